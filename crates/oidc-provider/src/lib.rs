//! An OpenID Connect provider: OAuth 2.1's profile of OpenID Connect Core, and the pages that people
//! sign in on.
//!
//! It knows no HTTP framework. Each endpoint is a method of [`Provider`] that takes what came over the
//! wire and answers what goes back; the server only carries both. Everything that must outlive a
//! request is in PostgreSQL, so any replica can serve any step of a flow.

mod admin;
mod audience;
mod authorize;
mod client;
mod config;
mod consents;
mod device_authorization;
mod discovery;
mod dpop;
mod error;
mod introspect;
mod jose;
mod logout;
mod pages;
mod parameters;
mod people;
mod person_claims;
mod refresh_token;
mod registration;
mod revoke;
mod scope;
mod sweep;
mod token;
mod userinfo;
mod wire;

pub use admin::{
    AdminError, ClientScope, CreatedClient, CreatedInitialAccessToken, NewClientRequest,
};
pub use config::{ProgramServer, ProviderConfig};
pub use error::{Error, OAuthError, Result};
pub use logout::{LogoutParams, TellClient};
pub use pages::{Asset, Methods, Page, PageRequest, asset};
pub use parameters::Parameters;
pub use registration::default_settings;
pub use wire::{Answer, Incoming, Outcome, Refusal, Refused};

use std::sync::{Arc, OnceLock, RwLock};

use bheem_domain::Clock;
use bheem_identity::Identity;
use bheem_persistence::{Database, SystemScope};
use bheem_vault::Vault;
use bytes::Bytes;

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
    people: people::People,
    checked: token::CheckedTokens,
    /// The discovery document, once it was rendered.
    discovery: OnceLock<Bytes>,
    /// The published keys as they are told, and of which version they are.
    jwks: RwLock<Option<(u64, Bytes)>>,
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
        let people = people::People::new(database.clone(), identity.revocations());
        let checked = token::CheckedTokens::new(config.access_token_life);
        Self {
            inner: Arc::new(Inner {
                database,
                vault,
                identity,
                clock,
                config,
                clients,
                people,
                checked,
                discovery: OnceLock::new(),
                jwks: RwLock::default(),
            }),
        }
    }

    fn scope(reason: &'static str) -> SystemScope {
        SystemScope::server(reason)
    }
}
