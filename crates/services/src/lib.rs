//! The use cases behind the HTTP API: one function each, no HTTP, no SQL.
//!
//! A use case takes the scope it needs as an argument, so it cannot be called by somebody who was
//! not let in. One use case is one transaction; what touches a peer is enqueued in it as a durable
//! run and happens afterwards.

pub mod accounts;
mod alerts;
pub mod app_passwords;
mod audit;
mod closing;
mod config;
pub mod domains;
mod error;
mod json;
pub mod members;
pub mod operations;
mod sources;
pub mod tenants;
pub mod workspace;

pub use audit::{ReadAudit, ReadAuditWriter};
pub use config::ServicesConfig;
pub use error::{Error, Result};
pub use sources::{ErpSource, PassportSource};

use std::sync::Arc;

use bheem_domain::Clock;
use bheem_identity::Identity;
use bheem_persistence::Database;
use bheem_provisioning::{AppPasswords, Planner};
use bheem_saga::Store;

/// Everything the use cases work with; cheap to clone.
#[derive(Clone)]
pub struct Services {
    database: Database,
    identity: Identity,
    planner: Planner,
    runs: Store,
    app_passwords: AppPasswords,
    dns: bheem_dns::Resolver,
    config: Arc<ServicesConfig>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}

impl Services {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        database: Database,
        identity: Identity,
        planner: Planner,
        runs: Store,
        app_passwords: AppPasswords,
        dns: bheem_dns::Resolver,
        config: ServicesConfig,
    ) -> Self {
        Self {
            clock: Arc::clone(database.clock()),
            database,
            identity,
            planner,
            runs,
            app_passwords,
            dns,
            config: Arc::new(config),
        }
    }

    /// Who somebody is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Durable runs.
    #[must_use]
    pub fn runs(&self) -> &Store {
        &self.runs
    }

    /// Which peers there are, and how runs are made.
    #[must_use]
    pub fn planner(&self) -> &Planner {
        &self.planner
    }

    /// Settings.
    #[must_use]
    pub fn config(&self) -> &ServicesConfig {
        &self.config
    }
}
