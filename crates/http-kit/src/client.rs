//! The client behind all clients.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use url::Url;

use crate::budget::RetryBudget;
use crate::observe::observe;
use crate::source::Credentials;
use crate::{Auth, BuildError, EncodedPath, Failure, RedactedUrl, Request, RetryPolicy};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) timeout: Duration,
    pub(crate) max_body_bytes: usize,
    pub(crate) retry: RetryPolicy,
}

pub(crate) struct Inner {
    pub(crate) engine: reqwest::Client,
    pub(crate) peer: &'static str,
    pub(crate) base: Url,
    pub(crate) budget: RetryBudget,
}

/// An HTTP client bound to one base URL. Clones share the connection pool and the retry budget.
#[derive(Clone)]
pub struct HttpClient {
    pub(crate) inner: Arc<Inner>,
    pub(crate) auth: Credentials,
    pub(crate) settings: Settings,
}

impl HttpClient {
    /// A request to the path below the base URL that the segments spell. They are encoded here; a segment that
    /// cannot be sent makes `send` fail. An empty last segment gives a trailing slash.
    pub fn request(&self, operation: &'static str, method: Method, segments: &[&str]) -> Request {
        Request::new(
            self.clone(),
            operation,
            method,
            EncodedPath::relative(segments),
        )
    }

    /// A request to an encoded path.
    pub fn request_path(
        &self,
        operation: &'static str,
        method: Method,
        path: &EncodedPath,
    ) -> Request {
        Request::new(self.clone(), operation, method, Ok(path.clone()))
    }

    /// Runs one operation in a span of its own and counts it by its outcome.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn observe<T, E, F>(&self, operation: &'static str, work: F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: Failure,
    {
        observe(self.inner.peer, operation, work).await
    }

    /// The same client with other credentials, on the same connections.
    ///
    /// # Errors
    /// If the credentials cannot be sent in a header.
    pub fn with_auth(&self, auth: &Auth) -> Result<Self, BuildError> {
        Ok(Self {
            auth: Credentials::of(auth)?,
            ..self.clone()
        })
    }

    /// A client of another part of the same server, named `peer` in spans and metrics: its base URL is `path` below
    /// this one's. Shares the connections and the credentials, but not the retry budget.
    #[must_use]
    pub fn below(&self, peer: &'static str, path: &EncodedPath) -> Self {
        Self {
            inner: Arc::new(Inner {
                engine: self.inner.engine.clone(),
                peer,
                base: self.url(path),
                budget: RetryBudget::full(),
            }),
            ..self.clone()
        }
    }

    /// The same client with another time limit for an attempt.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            settings: Settings {
                timeout,
                ..self.settings
            },
            ..self.clone()
        }
    }

    /// The same client with another retry policy.
    #[must_use]
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self {
            settings: Settings {
                retry,
                ..self.settings
            },
            ..self.clone()
        }
    }

    /// The time limit for an attempt.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.settings.timeout
    }

    /// The base URL.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.inner.base
    }

    /// The absolute URL of a path, as the `Destination` header of WebDAV wants it.
    #[must_use]
    pub fn url(&self, path: &EncodedPath) -> Url {
        let mut url = self.inner.base.clone();
        url.set_path(&path.resolve(self.inner.base.path()));
        url
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("peer", &self.inner.peer)
            .field("base_url", &RedactedUrl(&self.inner.base))
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
