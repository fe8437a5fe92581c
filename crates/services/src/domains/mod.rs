//! Domains of a tenant.

mod check;
mod manage;
mod verify;

pub use manage::{AddDomain, DomainView, UpdateDomain};
pub use verify::Verified;
