//! Tenants.

mod create;
mod manage;

pub use create::{CreateTenant, OwnTenant};
pub use manage::UpdateTenant;
