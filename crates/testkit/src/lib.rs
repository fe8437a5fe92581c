#![doc = include_str!("../README.md")]

mod admin;
mod database;
mod error;
mod migrate;
mod server;
mod template;
mod url;

pub use database::TestDatabase;
pub use error::Error;
pub use server::{shared_options, stop};
