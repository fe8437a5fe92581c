#![doc = include_str!("../README.md")]

mod client;
mod envelope;
mod error;
mod groups;
mod server;
mod users;

pub use client::Client;
pub use error::Error;
pub use groups::{Group, Groups};
pub use server::{Capabilities, ServerVersion, Status};
pub use users::{CreateUser, Quota, User, UserField, Users};

pub use bheem_http_kit::{
    Auth, BuildError, ClientBuilder, Created, Deleted, Effect, ErrorKind, Page, PeerText,
    RetryPolicy, SecretString,
};
