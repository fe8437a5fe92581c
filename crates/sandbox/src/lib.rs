#![doc = include_str!("../README.md")]

mod busy;
mod clock;
mod control;
mod credentials;
mod digest;
mod discovery;
mod dns;
mod error;
mod fault;
mod http;
mod journal;
mod mailcow;
mod nextcloud;
mod notify;
mod peer;
mod random;
mod sandbox;
mod server;
mod store;
mod text;

pub use dns::PublishedRecord;
pub use error::Error;
pub use fault::{Fault, FaultAction};
pub use sandbox::{DnsHandle, Options, PeerHandle, Ports, Sandbox};
