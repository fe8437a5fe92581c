#![doc = include_str!("../README.md")]

mod admin;
mod binaries;
mod cluster;
mod command;
mod error;
mod initdb;
mod layout;
mod lock;
mod ownership;
mod pid_file;
mod probe;
mod processes;
mod server;
mod shared;
mod stale;
mod wait;

pub use binaries::Binaries;
pub use cluster::{Cluster, Options};
pub use error::Error;
pub use lock::InstanceLock;
pub use shared::{Shared, SharedOptions, stop_shared};
