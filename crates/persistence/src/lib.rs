//! Tables, the pool, tenant transactions and repositories.
//!
//! There are two ways in. [`Database::tenant`] opens a transaction in which the database itself shows
//! one tenant only; it takes a [`TenantScope`], which comes from a checked membership or from a run.
//! [`Database::system`] works across tenants, as another role, and takes a [`SystemScope`] that says
//! why. Repositories exist only on the two, so code that holds neither cannot read a row.
//!
//! A transaction that is dropped before [`TenantTx::commit`] takes its connection with it: the
//! server rolls back at once, no matter where the future was cancelled.

mod effect;
mod erp;
mod error;
mod listen;
mod migrations;
mod page;
mod pool;
mod prepared;
mod presence;
pub mod repo;
mod schema;
mod scope;
mod share;
mod tx;

pub use effect::{Effect, HeldKey};
pub use erp::{ErpUser, ErpUsers};
pub use error::{Error, Result};
pub use listen::{Change, ChangeListener};
pub use migrations::{MIGRATIONS, migrate, pending_migrations, revert_all};
pub use page::{Cursor, PageRequest};
pub use pool::{Database, DatabaseSettings};
pub use presence::Presence;
pub use scope::{Actor, SystemScope, TenantScope};
pub use share::Share;
pub use tx::{SystemRead, SystemTx, TenantTx};
