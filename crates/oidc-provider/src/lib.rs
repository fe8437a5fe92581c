//! An OpenID Connect provider: OAuth 2.1's profile of OpenID Connect Core, and the pages that people
//! sign in on.
//!
//! It knows no HTTP framework. Each endpoint is a method of [`Provider`] that takes what came over the
//! wire and answers what goes back; the server only carries both. Everything that must outlive a
//! request is in PostgreSQL, so any replica can serve any step of a flow.

mod audience;
mod client;
mod config;
mod error;
mod jose;
mod parameters;
mod wire;

pub use config::ProviderConfig;
pub use error::{Error, OAuthError, Result};
pub use parameters::Parameters;
pub use wire::{Answer, Incoming, Outcome, Refusal, Refused};

use std::sync::Arc;

use bheem_domain::Clock;
use bheem_identity::Identity;
use bheem_persistence::{Database, SystemScope};
use bheem_vault::Vault;

/// The provider; cheap to clone.
#[derive(Clone)]
pub struct Provider {
    inner: Arc<Inner>,
}

/// What all endpoints work with.
struct Inner {
    database: Database,
    vault: Vault,
    identity: Identity,
    clock: Arc<dyn Clock>,
    config: ProviderConfig,
    clients: client::Clients,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider")
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// A provider on this database. Its view of what changed is that of `identity`.
    #[must_use]
    pub fn new(
        database: Database,
        vault: Vault,
        identity: Identity,
        config: ProviderConfig,
    ) -> Self {
        let clock = Arc::clone(database.clock());
        let clients = client::Clients::new(database.clone(), identity.revocations());
        Self {
            inner: Arc::new(Inner {
                database,
                vault,
                identity,
                clock,
                config,
                clients,
            }),
        }
    }

    fn scope(reason: &'static str) -> SystemScope {
        SystemScope::server(reason)
    }
}
