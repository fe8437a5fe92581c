//! Credentials that live shorter than a client, such as tokens made for one minute.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue};

use crate::{Auth, BuildError};

/// Why there are no credentials.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// Gives the credentials of each request when it is sent.
pub trait CredentialSource: Send + Sync {
    /// The credentials for a request. `is_refused` says that the peer has just answered it 401 with those given
    /// before; then the request is sent once more with what this answers.
    fn credentials(&self, is_refused: bool) -> BoxFuture<'_, Result<Auth, SourceError>>;
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

    pub(crate) fn is_source(&self) -> bool {
        matches!(self, Self::Source(_))
    }

    pub(crate) async fn header(
        &self,
        is_refused: bool,
    ) -> Result<Option<(HeaderName, HeaderValue)>, SourceError> {
        match self {
            Self::Fixed(header) => Ok(header.clone()),
            Self::Source(source) => Ok(source.credentials(is_refused).await?.to_header()?),
        }
    }
}

/// After so many requests with the second credentials the first are tried again: somebody may have taught the peer
/// to take them.
const TRY_AGAIN_AFTER: u32 = 256;

/// Whether a peer takes the first of two kinds of credentials. Shared by everybody who talks to that peer.
#[derive(Debug, Default)]
pub struct Preference {
    /// Requests that will still go without trying the first kind.
    without: AtomicU32,
}

/// Credentials, and others for a peer that refuses them.
#[derive(Clone)]
pub struct Fallback {
    first: Arc<dyn CredentialSource>,
    second: Arc<dyn CredentialSource>,
    preference: Arc<Preference>,
}

impl Fallback {
    /// `first`, and `second` where the peer refuses it.
    #[must_use]
    pub fn new(
        first: Arc<dyn CredentialSource>,
        second: Arc<dyn CredentialSource>,
        preference: Arc<Preference>,
    ) -> Self {
        Self {
            first,
            second,
            preference,
        }
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback")
            .field("preference", &self.preference)
            .finish_non_exhaustive()
    }
}

impl CredentialSource for Fallback {
    fn credentials(&self, is_refused: bool) -> BoxFuture<'_, Result<Auth, SourceError>> {
        let without = &self.preference.without;
        if is_refused {
            without.store(TRY_AGAIN_AFTER, Ordering::Relaxed);
            return self.second.credentials(false);
        }
        let counted = without.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        });
        match counted {
            Ok(_left) => self.second.credentials(false),
            Err(_none) => self.first.credentials(false),
        }
    }
}
