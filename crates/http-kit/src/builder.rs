//! The builder all client crates share, so that they all can be configured alike.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use url::Url;

use crate::budget::RetryBudget;
use crate::client::{HttpClient, Inner, Settings};
use crate::source::Credentials;
use crate::{Auth, RedactedUrl, RetryPolicy};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);
/// Shorter than servers wait (Apache, Node and actix-web close after 5 s, and may say 408 first): a request on a
/// connection that is being closed is lost, and one that changes something cannot be sent again.
const IDLE: Duration = Duration::from_secs(4);
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
const USER_AGENT: &str = concat!("bheem-workspace/", env!("CARGO_PKG_VERSION"));

/// Why a client could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL is not an `http` or `https` URL with a host.
    #[error("the base URL is not an absolute http or https URL")]
    BaseUrl,
    /// The base URL carries user-info, a query or a fragment, where secrets would leak from.
    #[error("the base URL must not carry user name, password, query or fragment")]
    BaseUrlParts,
    /// The credentials cannot be sent in a header.
    #[error("the credentials cannot be sent in a header")]
    Credentials,
    /// The user agent cannot be sent in a header.
    #[error("the user agent cannot be sent in a header")]
    UserAgent,
    /// The TLS library or the connection pool could not start.
    #[error("the HTTP engine could not start")]
    Engine(#[source] reqwest::Error),
}

/// Builds a client `C`.
pub struct ClientBuilder<C> {
    peer: &'static str,
    base_url: String,
    auth: Auth,
    connect_timeout: Duration,
    addresses: Vec<SocketAddr>,
    user_agent: String,
    settings: Settings,
    finish: Box<dyn FnOnce(HttpClient) -> C + Send>,
}

impl<C> ClientBuilder<C> {
    /// A builder for the client of `peer` (a stable name: it labels metrics and spans) that `finish` makes.
    pub fn new(
        peer: &'static str,
        base_url: impl Into<String>,
        auth: Auth,
        finish: impl FnOnce(HttpClient) -> C + Send + 'static,
    ) -> Self {
        Self {
            peer,
            base_url: base_url.into(),
            auth,
            connect_timeout: CONNECT_TIMEOUT,
            addresses: Vec::new(),
            user_agent: USER_AGENT.to_owned(),
            settings: Settings {
                timeout: TOTAL_TIMEOUT,
                max_body_bytes: MAX_BODY_BYTES,
                retry: RetryPolicy::none(),
            },
            finish: Box::new(finish),
        }
    }

    /// Time for one attempt, from connecting to the last byte of the answer. 30 s unless told otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// Time to connect. 5 s unless told otherwise.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Connects to these addresses and no others, whatever the name of the host resolves to meanwhile. For
    /// hosts that others name: what was found harmless is what is connected to.
    #[must_use]
    pub fn addresses(mut self, addresses: Vec<SocketAddr>) -> Self {
        self.addresses = addresses;
        self
    }

    /// When to ask again. Never unless told otherwise.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// The largest answer to read, counted after decompression. 8 MiB unless told otherwise.
    #[must_use]
    pub fn max_body_bytes(mut self, limit: usize) -> Self {
        self.settings.max_body_bytes = limit;
        self
    }

    /// The `User-Agent` to send.
    #[must_use]
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = text.into();
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// If the base URL, the credentials or the user agent cannot be used, or the TLS library cannot start.
    pub fn build(self) -> Result<C, BuildError> {
        let base = parse_base(&self.base_url)?;
        let auth = Credentials::of(&self.auth)?;
        let agent =
            HeaderValue::try_from(self.user_agent).map_err(|_invalid| BuildError::UserAgent)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that makes HTTP clients"
        )]
        let mut engine = reqwest::Client::builder();
        if let (Some(host), false) = (base.domain(), self.addresses.is_empty()) {
            engine = engine.resolve_to_addrs(host, &self.addresses);
        }
        let engine = engine
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .user_agent(agent)
            .build()
            .map_err(BuildError::Engine)?;
        let inner = Inner {
            engine,
            peer: self.peer,
            base,
            budget: RetryBudget::full(),
        };
        Ok((self.finish)(HttpClient {
            inner: Arc::new(inner),
            auth,
            settings: self.settings,
        }))
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = parse_base(&self.base_url);
        f.debug_struct("ClientBuilder")
            .field("peer", &self.peer)
            .field("base_url", &base.as_ref().map(RedactedUrl))
            .field("auth", &self.auth)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

fn parse_base(text: &str) -> Result<Url, BuildError> {
    let url = Url::parse(text).map_err(|_invalid| BuildError::BaseUrl)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(BuildError::BaseUrl);
    }
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if is_plain {
        Ok(url)
    } else {
        Err(BuildError::BaseUrlParts)
    }
}
