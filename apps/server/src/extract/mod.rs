//! What a handler takes as arguments. Authorization is one of them: a handler that did not check
//! has no scope to call a use case with.

mod administrator;
mod client;
mod guard;
mod json;
mod prefer;
mod query;
mod step_up;
mod super_admin;
mod tenant;
mod user;

pub use administrator::Administrator;
pub use client::RequestClient;
pub use guard::{Access, Guard, GuardedArgs};
pub use json::ApiJson;
pub(crate) use json::unreadable;
pub use prefer::Wait;
pub use query::ApiQuery;
pub use step_up::Assurance;
pub use super_admin::SuperAdmin;
pub(crate) use super_admin::audit_platform_read;
pub use tenant::{TenantAdmin, TenantMember};
pub use user::{CurrentUser, MaybeUser};
