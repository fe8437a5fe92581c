#![doc = include_str!("../README.md")]

mod bucket;
mod builder;
mod error;
mod key;
mod list;
mod read;
mod sign;
mod write;

pub use bucket::Bucket;
pub use builder::BucketBuilder;
pub use error::Error;
pub use key::{Key, KeyError};
pub use list::Meta;
pub use read::Object;

pub use bheem_http_kit::{Deleted, Effect, ErrorKind, Page, SecretString};
