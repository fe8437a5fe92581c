#![doc = include_str!("../README.md")]

mod answer;
mod client;
mod error;
mod flow;
mod mobile;

pub use answer::Sent;
pub use client::{Channel, Client};
pub use error::Error;
pub use flow::{Flow, Recipient};
pub use mobile::{Mobile, MobileError};

pub use bheem_http_kit::{
    BuildError, ClientBuilder, Effect, ErrorKind, PeerText, RetryPolicy, SecretString,
};
