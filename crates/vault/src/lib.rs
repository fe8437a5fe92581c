#![doc = include_str!("../README.md")]

mod error;
mod key_ring;
mod numbered;
mod seal;
pub mod token;

pub use error::Error;
pub use key_ring::{KeyRing, MasterKey};
pub use seal::{Context, Sealed, Vault};
