#![doc = include_str!("../README.md")]

mod client;
mod error;
mod passwords;
mod register;
mod session;
mod user;

pub use client::Client;
pub use error::Error;
pub use register::{NewUser, Registered};
pub use session::{SignIn, Tokens, Validation};
pub use user::User;

pub use bheem_http_kit::{BuildError, ClientBuilder, Effect, ErrorKind, RetryPolicy, SecretString};
