//! Credentials that live shorter than a client, such as tokens made for one minute.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue};

use crate::{Auth, BuildError};

/// Why there are no credentials.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// Gives the credentials of each request when it is sent.
pub trait CredentialSource: Send + Sync {
    /// The credentials for a request.
    fn credentials(&self) -> BoxFuture<'_, Result<Auth, SourceError>>;

    /// Notes that the peer has answered 401 to a request with this header.
    fn refused(&self, _header: &HeaderValue) {}

    /// Other credentials for a request that was refused with this header; `None` if there are none, and then the refusal
    /// stands. What is the same as before is not sent again.
    fn another<'a>(
        &'a self,
        _refused: &'a HeaderValue,
    ) -> BoxFuture<'a, Result<Option<Auth>, SourceError>> {
        Box::pin(async { Ok(Some(self.credentials().await?)) })
    }
}

/// What a client proves itself with.
#[derive(Clone)]
pub(crate) enum Credentials {
    /// Always the same header, or none.
    Fixed(Option<(HeaderName, HeaderValue)>),
    /// Asked for each time.
    Source(Arc<dyn CredentialSource>),
}

impl Credentials {
    pub(crate) fn of(auth: &Auth) -> Result<Self, BuildError> {
        Ok(match auth {
            Auth::Source(source) => Self::Source(Arc::clone(source)),
            fixed => Self::Fixed(fixed.to_header()?),
        })
    }

    pub(crate) async fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, SourceError> {
        match self {
            Self::Fixed(header) => Ok(header.clone()),
            Self::Source(source) => Ok(source.credentials().await?.to_header()?),
        }
    }

    pub(crate) fn refused(&self, header: &HeaderValue) {
        if let Self::Source(source) = self {
            source.refused(header);
        }
    }

    /// Another header than the one that was refused, if there is one. Peers count each refusal against the address that
    /// it came from, so the same is never sent twice.
    pub(crate) async fn another(
        &self,
        refused: &HeaderValue,
    ) -> Result<Option<(HeaderName, HeaderValue)>, SourceError> {
        let Self::Source(source) = self else {
            return Ok(None);
        };
        let Some(auth) = source.another(refused).await? else {
            return Ok(None);
        };
        Ok(auth.to_header()?.filter(|(_, value)| value != refused))
    }
}

/// After so many requests of one person with the second credentials the first are tried again: somebody may have taught
/// the peer to take them.
const TRY_AGAIN_AFTER: u32 = 64;

/// People of whom something is remembered; more are not.
const PEOPLE: usize = 100_000;

/// Which of two kinds of credentials a peer takes, person by person. Shared by everybody who talks to that peer.
#[derive(Debug, Default)]
pub struct Preference {
    people: Mutex<HashMap<String, Memory>>,
    hasher: std::hash::RandomState,
}

/// What is remembered of one person.
#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    /// Requests that will still go without trying the first kind.
    without: u32,
    /// The second credentials that were refused, as a hash.
    refused: Option<u64>,
}

impl Preference {
    /// Forgets what was refused to a person, because something has changed there.
    pub fn forget(&self, person: &str) {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.remove(person);
    }

    fn with<T>(&self, person: &str, work: impl FnOnce(&mut Memory) -> T) -> T {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= PEOPLE && !people.contains_key(person) {
            return work(&mut Memory::default());
        }
        work(people.entry(person.to_owned()).or_default())
    }

    fn hash(&self, auth: &Auth) -> Result<Option<u64>, BuildError> {
        let header = auth.to_header()?;
        Ok(header.map(|(_, value)| self.hasher.hash_one(value.as_bytes())))
    }
}

/// The credentials of one person: a first kind, and kept ones for a peer that refuses it. Kept ones that the peer has
/// refused are not offered again before they have changed: a peer counts such attempts, and shuts everybody out.
#[derive(Clone)]
pub struct Fallback {
    first: Option<Arc<dyn CredentialSource>>,
    kept: Auth,
    person: String,
    preference: Arc<Preference>,
}

impl Fallback {
    /// `first`, and `kept` where the peer refuses it to `person`.
    #[must_use]
    pub fn new(
        first: Arc<dyn CredentialSource>,
        kept: Auth,
        person: impl Into<String>,
        preference: Arc<Preference>,
    ) -> Self {
        Self {
            first: Some(first),
            ..Self::kept(kept, person, preference)
        }
    }

    /// Nothing but what is kept for `person`.
    #[must_use]
    pub fn kept(kept: Auth, person: impl Into<String>, preference: Arc<Preference>) -> Self {
        Self {
            first: None,
            kept,
            person: person.into(),
            preference,
        }
    }

    fn is_refused(&self) -> Result<bool, BuildError> {
        let hash = self.preference.hash(&self.kept)?;
        let refused = self.preference.with(&self.person, |memory| memory.refused);
        Ok(refused.is_some() && refused == hash)
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").finish_non_exhaustive()
    }
}

/// Why kept credentials are not offered.
const REFUSED_BEFORE: &str = "what is kept was refused before and has not changed since";

impl CredentialSource for Fallback {
    fn credentials(&self) -> BoxFuture<'_, Result<Auth, SourceError>> {
        Box::pin(async {
            let is_refused = self.is_refused()?;
            let goes_without = self.preference.with(&self.person, |memory| {
                let is_counted = memory.without > 0;
                memory.without = memory.without.saturating_sub(1);
                is_counted
            });
            match &self.first {
                Some(first) if is_refused || !goes_without => first.credentials().await,
                None if is_refused => Err(REFUSED_BEFORE.into()),
                _ => Ok(self.kept.clone()),
            }
        })
    }

    fn refused(&self, header: &HeaderValue) {
        let is_kept = matches!(self.kept.to_header(), Ok(Some((_, kept))) if kept == *header);
        let hash = self.preference.hasher.hash_one(header.as_bytes());
        self.preference.with(&self.person, |memory| {
            if is_kept {
                memory.without = 0;
                memory.refused = Some(hash);
            }
        });
    }

    fn another<'a>(
        &'a self,
        refused: &'a HeaderValue,
    ) -> BoxFuture<'a, Result<Option<Auth>, SourceError>> {
        Box::pin(async move {
            let Some(first) = &self.first else {
                return Ok(None);
            };
            let is_kept = self
                .kept
                .to_header()?
                .is_some_and(|(_, kept)| kept == *refused);
            if is_kept {
                // The first kind may have begun to work meanwhile.
                return first.credentials().await.map(Some);
            }
            if self.is_refused()? {
                return Ok(None);
            }
            self.preference
                .with(&self.person, |memory| memory.without = TRY_AGAIN_AFTER);
            Ok(Some(self.kept.clone()))
        })
    }
}
