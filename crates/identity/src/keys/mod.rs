//! Keys that sign tokens: made here, sealed, shared by all replicas, changed by schedule.
//!
//! Each algorithm has its own line of keys. A key is *next* while it is published and does not sign
//! yet, *current* while it signs, *retired* while tokens that it signed may still live. All of it is
//! in rows, which are changed under one lock, so that of many replicas one makes the next key. What
//! is in memory is read anew when a row has changed, and every minute.

mod algorithm;
mod schedule;
mod signing_key;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use bheem_domain::Clock;
use bheem_persistence::{
    Change, Database, SystemScope,
    repo::{Entity, SigningKeyRecord},
};
use bheem_vault::{Vault, token};
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::Notify;

pub use algorithm::Algorithm;
pub use signing_key::SigningKey;

use crate::{Error, IdentityConfig, Result, Revocations};
use schedule::{Due, Schedule};

/// Rows are looked at this often, whatever is heard of them.
const EVERY: Duration = Duration::from_mins(1);

/// The keys of the installation; cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    database: Database,
    vault: Vault,
    schedule: Schedule,
    set: RwLock<Arc<Set>>,
    changed: Notify,
}

/// The keys as they were read last, those that sign latest first.
#[derive(Default)]
struct Set {
    version: u64,
    keys: Vec<Arc<SigningKey>>,
}

/// What a key is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published, and does not sign yet.
    Next,
    /// Signs.
    Current,
    /// Signs no more; what it signed is still good.
    Retired,
}

/// What there is to know of a key but the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// The `kid`.
    pub id: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// What it is now.
    pub state: KeyState,
    /// When it was made and published.
    pub created_at: DateTime<Utc>,
    /// When it begins to sign.
    pub sign_from: DateTime<Utc>,
    /// When it stops, if that is known.
    pub sign_until: Option<DateTime<Utc>>,
    /// When it is published no longer, if that is known.
    pub publish_until: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// Loads the keys, making what is missing; one of each algorithm is there afterwards.
    pub(crate) async fn start(
        database: Database,
        vault: Vault,
        config: &IdentityConfig,
        revocations: &Revocations,
    ) -> Result<Self> {
        let keys = Self(Arc::new(Inner {
            database,
            vault,
            schedule: Schedule::new(config),
            set: RwLock::default(),
            changed: Notify::new(),
        }));
        keys.rotate_due().await?;
        keys.reload().await?;
        let inner = Arc::downgrade(&keys.0);
        revocations.subscribe(move |change| {
            if matches!(change, Change::Keys | Change::Unknown)
                && let Some(inner) = inner.upgrade()
            {
                inner.changed.notify_one();
            }
        });
        Ok(keys)
    }

    /// The key that signs now.
    ///
    /// # Errors
    /// [`Error::Crypto`] when there is none.
    pub fn current(&self, algorithm: Algorithm) -> Result<Arc<SigningKey>> {
        let (set, now) = (self.set(), self.now());
        let mut begun = set
            .keys
            .iter()
            .filter(|key| key.algorithm == algorithm && key.sign_from <= now);
        begun
            .clone()
            .find(|key| key.sign_until.is_none_or(|until| until > now))
            // Better an old key than none, if its successor could not be read.
            .or_else(|| begun.next())
            .map(Arc::clone)
            .ok_or(Error::Crypto("no signing key"))
    }

    /// The published key with this `kid`.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<Arc<SigningKey>> {
        let set = self.set();
        set.keys.iter().find(|key| key.id == kid).map(Arc::clone)
    }

    /// Every key that relying parties should know: next, current and retired ones.
    #[must_use]
    pub fn published(&self) -> Vec<Arc<SigningKey>> {
        self.set().keys.clone()
    }

    /// A number that changes when [`Self::published`] does.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.set().version
    }

    /// A JWT (RFC 7519) of these claims in compact form, signed with the current key.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn sign(
        &self,
        algorithm: Algorithm,
        typ: Option<&str>,
        claims: &impl Serialize,
    ) -> Result<String> {
        #[derive(Serialize)]
        struct Header<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            typ: Option<&'a str>,
            alg: &'a str,
            kid: &'a str,
        }
        let key = self.current(algorithm)?;
        let unreadable = |_error| Error::Crypto("writing a token");
        let header = serde_json::to_vec(&Header {
            typ,
            alg: algorithm.as_str(),
            kid: &key.id,
        })
        .map_err(unreadable)?;
        let claims = serde_json::to_vec(claims).map_err(unreadable)?;
        let mut token = token::encode(&header);
        token.push('.');
        token.push_str(&token::encode(&claims));
        let signature = token::encode(&key.sign(token.as_bytes())?);
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }

    /// All keys as the rows say.
    ///
    /// # Errors
    /// When the database fails or a key does not open.
    pub async fn list(&self) -> Result<Vec<KeyInfo>> {
        self.reload().await?;
        let now = self.now();
        Ok(self.set().keys.iter().map(|key| info(key, now)).collect())
    }

    /// Makes a new key at somebody's wish. It is published at once and signs after the lead time; with
    /// `immediately`, because a key may be known to others, it signs at once. A key that waits for its
    /// time already is answered as it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rotate_now(&self, algorithm: Algorithm, immediately: bool) -> Result<KeyInfo> {
        let key = self.generate(algorithm).await?;
        let mut tx = self.0.database.system(&Self::scope()).await?;
        tx.signing_keys().lock().await?;
        let (keys, now) = (tx.signing_keys().list().await?, self.now());
        let wished = self.0.schedule.wished(algorithm, &keys, immediately, now);
        let waiting = keys.iter().find(|key| {
            key.algorithm == algorithm.as_str() && key.sign_from > now && key.sign_until.is_none()
        });
        let id = match (wished, waiting) {
            (None, Some(waiting)) => waiting.id.to_string(),
            (None, None) => return Err(Error::Crypto("no signing key")),
            (Some(due), _) => {
                let id = key.id.to_string();
                insert(&mut tx, key, due).await?;
                id
            }
        };
        tx.commit().await?;
        self.reload().await?;
        self.find(&id)
            .map(|key| info(&key, now))
            .ok_or(Error::Crypto("no signing key"))
    }

    /// Makes the keys whose time has come and deletes those whose time is over. Of many replicas, one
    /// does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rotate_due(&self) -> Result<()> {
        let (scope, now) = (Self::scope(), self.now());
        let rows = {
            let mut read = self.0.database.system_read(&scope).await?;
            read.signing_keys().list().await?
        };
        let ended = rows
            .iter()
            .any(|row| row.publish_until.is_some_and(|until| until <= now));
        let mut made = Vec::new();
        for algorithm in Algorithm::ALL {
            if self.0.schedule.due(algorithm, &rows, now).is_some() {
                made.push((algorithm, self.generate(algorithm).await?));
            }
        }
        if made.is_empty() && !ended {
            return Ok(());
        }
        let mut tx = self.0.database.system(&scope).await?;
        tx.signing_keys().lock().await?;
        let (rows, now) = (tx.signing_keys().list().await?, self.now());
        for (algorithm, key) in made {
            // Another replica may have been faster; its key stays and this one is dropped.
            if let Some(due) = self.0.schedule.due(algorithm, &rows, now) {
                insert(&mut tx, key, due).await?;
            }
        }
        tx.signing_keys().purge(now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads the rows anew.
    ///
    /// # Errors
    /// When the database fails or a key does not open; what was known stays.
    pub async fn reload(&self) -> Result<()> {
        let rows = {
            let mut read = self.0.database.system_read(&Self::scope()).await?;
            read.signing_keys().list().await?
        };
        let before = self.set();
        let known: HashMap<&str, &Arc<SigningKey>> = before
            .keys
            .iter()
            .map(|key| (key.id.as_str(), key))
            .collect();
        let keys = rows
            .iter()
            .map(|row| match known.get(row.id.to_string().as_str()) {
                Some(key) if is_same(key, row) => Ok(Arc::clone(key)),
                _ => SigningKey::open(row, &self.0.vault).map(Arc::new),
            })
            .collect::<Result<Vec<_>>>()?;
        let is_unchanged = keys.len() == before.keys.len()
            && keys
                .iter()
                .zip(&before.keys)
                .all(|(new, old)| Arc::ptr_eq(new, old));
        if !is_unchanged {
            let mut set = self.0.set.write().unwrap_or_else(PoisonError::into_inner);
            let version = set.version.wrapping_add(1);
            *set = Arc::new(Set { version, keys });
        }
        Ok(())
    }

    /// Keeps the keys current, and changes them by schedule, until the future is dropped.
    pub async fn watch(&self) {
        let mut is_due = true;
        loop {
            let work = async {
                if is_due {
                    self.rotate_due().await?;
                }
                self.reload().await
            };
            if let Err(error) = work.await {
                tracing::warn!(%error, "the signing keys could not be looked at");
            }
            is_due = tokio::select! {
                () = self.0.changed.notified() => false,
                () = tokio::time::sleep(EVERY) => true,
            };
        }
    }

    fn set(&self) -> Arc<Set> {
        let set = self.0.set.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&set)
    }

    fn now(&self) -> DateTime<Utc> {
        self.0.database.clock().now()
    }

    fn scope() -> SystemScope {
        SystemScope::server("signing keys")
    }

    async fn generate(&self, algorithm: Algorithm) -> Result<SigningKeyRecord> {
        let (vault, clock) = (self.0.vault.clone(), Arc::clone(self.0.database.clock()));
        #[expect(
            clippy::disallowed_methods,
            reason = "finding the primes of an RSA key takes long; it happens a few times a year"
        )]
        let made = tokio::task::spawn_blocking(move || {
            let clock: Arc<dyn Clock> = clock;
            signing_key::generate(algorithm, &vault, &*clock)
        });
        made.await
            .map_err(|_error| Error::Crypto("the thread that made a key ended"))?
    }
}

/// Adds the key, and lets the others end when it begins.
async fn insert(
    tx: &mut bheem_persistence::SystemTx,
    key: SigningKeyRecord,
    due: Due,
) -> Result<()> {
    let until = due.others_published_until;
    tx.signing_keys()
        .retire(&key.algorithm, due.sign_from, until)
        .await?;
    let entity = Entity::new("signing_key", key.id);
    let description = format!("Signing key for {} made", key.algorithm);
    let key = SigningKeyRecord {
        sign_from: due.sign_from,
        ..key
    };
    tx.signing_keys().insert(&key).await?;
    tx.activity(None)
        .record("identity.key_made", Some(entity), &description, None)
        .await?;
    Ok(())
}

fn is_same(key: &SigningKey, row: &SigningKeyRecord) -> bool {
    (key.sign_from, key.sign_until, key.publish_until)
        == (row.sign_from, row.sign_until, row.publish_until)
}

fn info(key: &SigningKey, now: DateTime<Utc>) -> KeyInfo {
    let state = if key.sign_until.is_some_and(|until| until <= now) {
        KeyState::Retired
    } else if key.sign_from > now {
        KeyState::Next
    } else {
        KeyState::Current
    };
    KeyInfo {
        id: key.id.clone(),
        algorithm: key.algorithm,
        state,
        created_at: key.created_at,
        sign_from: key.sign_from,
        sign_until: key.sign_until,
        publish_until: key.publish_until,
    }
}
