//! Building a resolver.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::net::NetError;

use crate::Resolver;

/// More servers than this are not asked.
pub(crate) const SERVER_LIMIT: usize = 8;
const DNS_PORT: u16 = 53;

/// Why there is no resolver.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The system's configuration cannot be read.
    #[error("the system's name servers cannot be found out")]
    System(#[source] NetError),
    /// The engine could not start.
    #[error("the DNS engine could not start")]
    Engine(#[source] NetError),
}

/// How a resolver asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) timeout: Duration,
    pub(crate) total_timeout: Duration,
    pub(crate) attempts: u32,
    pub(crate) authoritative_port: u16,
    pub(crate) may_be_private: bool,
}

/// Builds a [`Resolver`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it builds"]
pub struct ResolverBuilder {
    servers: Vec<SocketAddr>,
    settings: Settings,
}

impl ResolverBuilder {
    pub(crate) fn new(servers: Vec<SocketAddr>) -> Self {
        Self {
            servers,
            settings: Settings {
                timeout: Duration::from_secs(3),
                total_timeout: Duration::from_secs(12),
                attempts: 2,
                authoritative_port: DNS_PORT,
                may_be_private: false,
            },
        }
    }

    /// Time for one server to answer. 3 s unless told otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// Time for one question, whatever happens. 12 s unless told otherwise.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.settings.total_timeout = timeout;
        self
    }

    /// How often all servers are gone through, at least once. Twice unless told otherwise.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.settings.attempts = attempts.max(1);
        self
    }

    /// Where authoritative servers listen. 53 unless told otherwise, which is for tests.
    pub fn authoritative_port(mut self, port: u16) -> Self {
        self.settings.authoritative_port = port;
        self
    }

    /// Also asks authoritative servers that are not in the public internet. Where others choose the domains this lets
    /// them choose hosts of our own network.
    pub fn private_servers(mut self) -> Self {
        self.settings.may_be_private = true;
        self
    }

    /// Builds it.
    ///
    /// # Errors
    /// If the engine cannot start.
    pub fn build(self) -> Result<Resolver, BuildError> {
        let servers = self.servers.into_iter().take(SERVER_LIMIT);
        Resolver::with(servers.collect(), self.settings)
    }
}
