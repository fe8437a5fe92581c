#![doc = include_str!("../README.md")]

mod auth;
mod client;
mod config;
mod error;
pub mod imap;
pub mod message;
mod observe;
pub mod sieve;
mod smtp;
mod tls;
mod wire;

pub use auth::{Credentials, TokenSource};
pub use bheem_http_kit::Listed;
pub use client::{Account, Client, ClientBuilder};
pub use config::{Endpoint, Limits, PoolLimits, Timeouts, TlsMode};
pub use error::{BuildError, Error, Refusal};
pub use smtp::{Submission, SubmitPolicy};

pub use bheem_http_kit::{
    Created, Deleted, Effect, ErrorKind, Page, PeerText, SecretString, SourceError,
};
