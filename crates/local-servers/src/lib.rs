#![doc = include_str!("../README.md")]

mod error;
pub mod knot;
pub mod mail;
pub mod moto;
mod ports;
mod process;
pub mod radicale;
mod tools;
pub mod wsgidav;
pub mod xandikos;

pub use error::Error;
pub use ports::free_port;
pub use process::{Process, Program};
pub use tools::tools;
