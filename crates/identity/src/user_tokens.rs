//! Tokens by which the workspace acts for somebody at a peer, without ever having a password of
//! theirs: access tokens (RFC 9068) for one audience, good for a minute.
//!
//! One is used again until shortly before its end. An account that may not sign in gets none; one that
//! is in memory when the account is disabled is forgotten at once.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use bheem_domain::AccountId;
use bheem_persistence::{Change, Database, SystemScope, repo::AccountRecord};
use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use secrecy::SecretString;
use serde::Serialize;
use uuid::Uuid;

use crate::{Algorithm, Error, IdentityConfig, Keys, Result, Revocations};

/// `client_id` of the workspace itself.
pub const CLIENT_ID: &str = "bheem-workspace";
/// How long a token lives.
const LIFE: TimeDelta = TimeDelta::seconds(60);
/// It is not given out any more so long before its end.
const REST: TimeDelta = TimeDelta::seconds(10);
/// Tokens remembered.
const REMEMBERED: u64 = 50_000;

/// What a peer wants of its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// `typ` in the header: `at+jwt`, or `JWT` for peers that know nothing else.
    pub typ: &'static str,
    /// How it is signed.
    pub algorithm: Algorithm,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            typ: "at+jwt",
            algorithm: Algorithm::Es256,
        }
    }
}

type Key = (AccountId, Arc<str>, Arc<str>);

/// Makes and remembers such tokens; cheap to clone.
#[derive(Clone)]
pub struct UserTokens {
    keys: Keys,
    database: Database,
    issuer: Arc<str>,
    shapes: Arc<RwLock<HashMap<String, Shape>>>,
    made: Cache<Key, (SecretString, DateTime<Utc>)>,
}

impl std::fmt::Debug for UserTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserTokens").finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: AccountId,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: Uuid,
    scope: &'a str,
    client_id: &'a str,
    preferred_username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl UserTokens {
    pub(crate) fn new(
        keys: Keys,
        database: Database,
        config: &IdentityConfig,
        revocations: &Revocations,
    ) -> Self {
        let made: Cache<Key, (SecretString, DateTime<Utc>)> = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(Duration::from_mins(1))
            .support_invalidation_closures()
            .build();
        let forgets = made.clone();
        revocations.subscribe(move |change| match change {
            Change::Account(id) => {
                let id = *id;
                // It fails only where closures are not supported, which they are.
                if forgets
                    .invalidate_entries_if(move |(account, ..), _| *account == id)
                    .is_err()
                {
                    forgets.invalidate_all();
                }
            }
            Change::Unknown | Change::Keys => forgets.invalidate_all(),
            _ => {}
        });
        Self {
            keys,
            database,
            issuer: config.issuer.as_str().into(),
            shapes: Arc::default(),
            made,
        }
    }

    /// Makes tokens for `audience` in another shape from now on; for the start of the program.
    pub fn set_shape(&self, audience: impl Into<String>, shape: Shape) {
        let mut shapes = self.shapes.write().unwrap_or_else(PoisonError::into_inner);
        shapes.insert(audience.into(), shape);
    }

    /// A token of the account for one audience and scope, good for ten seconds at least.
    ///
    /// # Errors
    /// [`Error::AccountDisabled`] when the account may not sign in or is gone.
    pub async fn token(
        &self,
        account_id: AccountId,
        audience: &str,
        scope: &str,
    ) -> Result<SecretString> {
        let key: Key = (account_id, audience.into(), scope.into());
        let now = self.database.clock().now();
        if let Some((token, until)) = self.made.get(&key)
            && now < until
        {
            return Ok(token);
        }
        let account = self.account(account_id).await?;
        let token = self.mint(&account, audience, scope, now)?;
        self.made.insert(key, (token.clone(), now + LIFE - REST));
        Ok(token)
    }

    async fn account(&self, id: AccountId) -> Result<AccountRecord> {
        let scope = SystemScope::server("act for a person");
        let found = {
            let mut read = self.database.system_read(&scope).await?;
            read.accounts().find(id).await?
        };
        found
            .filter(|account| account.is_active)
            .ok_or(Error::AccountDisabled)
    }

    fn mint(
        &self,
        account: &AccountRecord,
        audience: &str,
        scope: &str,
        now: DateTime<Utc>,
    ) -> Result<SecretString> {
        let shape = {
            let shapes = self.shapes.read().unwrap_or_else(PoisonError::into_inner);
            shapes.get(audience).copied().unwrap_or_default()
        };
        // Services believe an address, so one that nobody has proven is none.
        let email = account.email.as_ref().map(ToString::to_string);
        let email = email.filter(|_| account.email_verified_at.is_some());
        let is_name_of_theirs =
            !account.username.contains('@') || email.as_ref() == Some(&account.username);
        let claims = Claims {
            iss: &self.issuer,
            sub: account.id,
            aud: audience,
            exp: (now + LIFE).timestamp(),
            iat: now.timestamp(),
            jti: self.database.clock().new_uuid(),
            scope,
            client_id: CLIENT_ID,
            preferred_username: if is_name_of_theirs {
                account.username.clone()
            } else {
                account.id.to_string()
            },
            email,
        };
        let token = self.keys.sign(shape.algorithm, Some(shape.typ), &claims)?;
        Ok(token.into())
    }
}
