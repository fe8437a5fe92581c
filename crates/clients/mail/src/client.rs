//! The client of one mail server, and a user's view of it.

use std::{fmt, sync::Arc};

use bheem_http_kit::SecretString;
use rustls_pki_types::ServerName;

use crate::{
    BuildError, Credentials, Endpoint, Error, Limits, PoolLimits, Timeouts, TlsMode,
    config::is_loopback, imap::pool::Pool, tls::Connector,
};

pub(crate) struct Shared {
    pub(crate) host: String,
    pub(crate) imap: Option<Endpoint>,
    pub(crate) submission: Option<Endpoint>,
    pub(crate) sieve: Option<Endpoint>,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
    pub(crate) connector: Connector,
    pub(crate) pool: Arc<Pool>,
}

impl Shared {
    /// The host of an endpoint.
    pub(crate) fn host<'a>(&'a self, endpoint: &'a Endpoint) -> &'a str {
        endpoint.host.as_deref().unwrap_or(&self.host)
    }
}

/// A client of one mail server. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

impl Client {
    /// Begins a client for a host, with the standard ports: IMAP 993 and submission 465 inside TLS (RFC 8314),
    /// ManageSieve 4190 with `STARTTLS`.
    pub fn builder(host: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            host: host.into(),
            imap: Some(Endpoint::implicit(993)),
            submission: Some(Endpoint::implicit(465)),
            sieve: Some(Endpoint::starttls(4190)),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            pool: PoolLimits::default(),
            roots: Vec::new(),
        }
    }

    /// A user of the server. Costs nothing: connections are made when they are needed.
    pub fn account(&self, user: impl Into<String>, credentials: Credentials) -> Account {
        Account {
            shared: Arc::clone(&self.shared),
            user: Arc::from(user.into()),
            credentials,
        }
    }

    /// A user with a password or app password.
    pub fn account_with_password(
        &self,
        user: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Account {
        self.account(user, Credentials::password(password))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared {
            host,
            imap,
            submission,
            sieve,
            ..
        } = &*self.shared;
        f.debug_struct("Client")
            .field("host", host)
            .field("imap", imap)
            .field("submission", submission)
            .field("sieve", sieve)
            .finish_non_exhaustive()
    }
}

/// How a [`Client`] is made.
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    host: String,
    imap: Option<Endpoint>,
    submission: Option<Endpoint>,
    sieve: Option<Endpoint>,
    timeouts: Timeouts,
    limits: Limits,
    pool: PoolLimits,
    roots: Vec<String>,
}

impl ClientBuilder {
    /// Where IMAP is; `None` if it is not used.
    #[must_use]
    pub fn imap(mut self, endpoint: impl Into<Option<Endpoint>>) -> Self {
        self.imap = endpoint.into();
        self
    }

    /// Where messages are submitted; `None` if none are.
    #[must_use]
    pub fn submission(mut self, endpoint: impl Into<Option<Endpoint>>) -> Self {
        self.submission = endpoint.into();
        self
    }

    /// Where ManageSieve is; `None` if there is none.
    #[must_use]
    pub fn sieve(mut self, endpoint: impl Into<Option<Endpoint>>) -> Self {
        self.sieve = endpoint.into();
        self
    }

    /// Trusts a certificate (PEM) besides the platform's authorities.
    #[must_use]
    pub fn root_certificate_pem(mut self, pem: impl Into<String>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// How long to wait.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How much to read.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many connections to keep.
    #[must_use]
    pub fn pool(mut self, limits: PoolLimits) -> Self {
        self.pool = limits;
        self
    }

    /// Makes the client; connects to nothing yet.
    ///
    /// # Errors
    /// If an endpoint without TLS is not on loopback, a host is no host, or a certificate cannot be read.
    pub fn build(self) -> Result<Client, BuildError> {
        for endpoint in [&self.imap, &self.submission, &self.sieve]
            .into_iter()
            .flatten()
        {
            let host = endpoint.host.as_deref().unwrap_or(&self.host);
            ServerName::try_from(host).map_err(|_invalid| BuildError::Host)?;
            if endpoint.tls == TlsMode::None && !is_loopback(host) {
                return Err(BuildError::Unencrypted);
            }
        }
        Ok(Client {
            shared: Arc::new(Shared {
                connector: Connector::new(&self.roots, self.timeouts.connect)?,
                host: self.host,
                imap: self.imap,
                submission: self.submission,
                sieve: self.sieve,
                timeouts: self.timeouts,
                limits: self.limits,
                pool: Arc::new(Pool::new(self.pool)),
            }),
        })
    }
}

/// A user of the server. Cheap to clone.
#[derive(Clone)]
pub struct Account {
    pub(crate) shared: Arc<Shared>,
    pub(crate) user: Arc<str>,
    pub(crate) credentials: Credentials,
}

impl Account {
    pub(crate) fn endpoint<'a>(
        operation: &'static str,
        endpoint: Option<&'a Endpoint>,
    ) -> Result<&'a Endpoint, Error> {
        endpoint.ok_or(Error::NotConfigured { operation })
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
