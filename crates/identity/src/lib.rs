//! Accounts, passwords, sessions and access tokens.
//!
//! A person signs in with a name and a password and gets an access token (a signed JWT, checked
//! without a database) and a refresh token (a message authentication code over the session and its
//! generation, so that a token used twice is recognised and ends the session). Sessions are rows:
//! ending one is a change of a row, of which every replica hears at once.
//!
//! Hashing passwords is the costliest thing here. It runs on threads of its own, a few at a time,
//! so that no number of sign-ins can hold up other requests.

mod account;
mod addresses;
mod administration;
mod begin;
mod beside;
mod browser;
mod config;
mod error;
mod events;
mod factors;
mod first_factor;
mod invitations;
mod keys;
mod lane;
mod limits;
mod link;
mod passwords;
mod register;
mod revocations;
mod session_token;
mod sign_in;
mod sources;
mod standings;
mod throttle;
mod token;
mod user_tokens;
mod verify;

pub use account::PasswordChange;
pub use administration::{AccountChange, reset_address};
pub use browser::{BrowserSession, BrowserSignedIn, FirstFactor};
pub use config::IdentityConfig;
pub use error::{Error, Result};
pub use factors::{Ceremony, Factors, Fresh, Method, RegisteredPasskey, SecondFactor, TotpSetup};
pub use keys::{Algorithm, KeyInfo, KeyState, Keys, SigningKey};
pub use limits::{Limit, Occasion, Reached};
pub use link::ResetRequest;
pub use passwords::Passwords;
pub use register::{Registered, Registration};
pub use revocations::Revocations;
pub use sign_in::{Client, SignedIn};
pub use sources::{IdentitySource, Ownership, Verdict, Verified};
pub use token::{AccessClaims, AccessTokens, Authenticated};
pub use user_tokens::{CLIENT_ID, Shape, UserTokens};

use std::sync::Arc;

use bheem_domain::Clock;
use bheem_persistence::{Database, SystemScope};
use bheem_vault::Vault;
use standings::Standings;

/// Everything about who somebody is; cheap to clone.
#[derive(Clone)]
pub struct Identity {
    database: Database,
    vault: Vault,
    clock: Arc<dyn Clock>,
    config: Arc<IdentityConfig>,
    passwords: Passwords,
    tokens: AccessTokens,
    keys: Keys,
    user_tokens: UserTokens,
    revocations: Arc<Revocations>,
    standings: Standings,
    webauthn: Option<Arc<webauthn_rs::Webauthn>>,
    sources: Arc<Vec<Arc<dyn IdentitySource>>>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Identity {
    /// Loads the signing keys, making the first ones if there are none, and begins with an empty view
    /// of revoked sessions; [`Revocations::watch`] keeps it current, and [`Keys::watch`] the keys.
    ///
    /// # Errors
    /// When the database fails, or a key does not open with this vault.
    pub async fn start(database: Database, vault: Vault, config: IdentityConfig) -> Result<Self> {
        let clock = Arc::clone(database.clock());
        // Tokens of the provider end by these revocations, too.
        let longest = config.access_token_life.max(config.longest_token_life);
        let revocations = Arc::new(Revocations::new(longest));
        let keys = Keys::start(database.clone(), vault.clone(), &config, &revocations).await?;
        Ok(Self {
            passwords: Passwords::new(config.hashing_threads, config.hashing_queue)?,
            tokens: AccessTokens::new(
                keys.clone(),
                &config,
                Arc::clone(&revocations),
                database.clone(),
            ),
            user_tokens: UserTokens::new(keys.clone(), database.clone(), &config, &revocations),
            keys,
            standings: Standings::new(&revocations),
            revocations,
            webauthn: factors::relying_party(&config).map(Arc::new),
            sources: Arc::default(),
            config: Arc::new(config),
            clock,
            vault,
            database,
        })
    }

    /// Asks these sources, in this order, for people whom we do not know.
    #[must_use]
    pub fn with_sources(self, sources: Vec<Arc<dyn IdentitySource>>) -> Self {
        Self {
            sources: Arc::new(sources),
            ..self
        }
    }

    /// What hashes and checks passwords.
    #[must_use]
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// What checks access tokens.
    #[must_use]
    pub fn tokens(&self) -> &AccessTokens {
        &self.tokens
    }

    /// The keys that sign tokens.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Tokens by which the workspace acts for people at its peers.
    #[must_use]
    pub fn user_tokens(&self) -> &UserTokens {
        &self.user_tokens
    }

    /// The view of revoked sessions.
    #[must_use]
    pub fn revocations(&self) -> &Arc<Revocations> {
        &self.revocations
    }

    fn scope(reason: &'static str) -> SystemScope {
        SystemScope::server(reason)
    }
}

/// How well it is known who somebody is, by what they proved it with (RFC 8176): `aal2` after two
/// factors, else `aal1`.
#[must_use]
pub fn acr(amr: &[String]) -> &'static str {
    if amr.iter().any(|method| method == "mfa") {
        AAL2
    } else {
        AAL1
    }
}

/// `acr` of one factor (NIST SP 800-63B has the levels).
pub const AAL1: &str = "aal1";
/// `acr` of two factors.
pub const AAL2: &str = "aal2";
