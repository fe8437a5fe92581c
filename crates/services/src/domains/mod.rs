//! Domains of a tenant.

mod handover;
mod look;
mod manage;
mod remove;
mod verify;
mod watch;

pub use manage::{AddDomain, DomainView, UpdateDomain};
pub use verify::Verified;
