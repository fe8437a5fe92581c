//! Where the servers are, and how much of them is tolerated.

use std::{net::IpAddr, time::Duration};

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// `STARTTLS`, which must succeed.
    StartTls,
    /// None: accepted for loopback alone.
    None,
}

/// One service of the mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) host: Option<String>,
    pub(crate) port: u16,
    pub(crate) tls: TlsMode,
}

impl Endpoint {
    /// A port with TLS from the first byte, such as 993 or 465.
    #[must_use]
    pub fn implicit(port: u16) -> Self {
        Self::new(port, TlsMode::Implicit)
    }

    /// A port with `STARTTLS`, such as 143, 587 or 4190.
    #[must_use]
    pub fn starttls(port: u16) -> Self {
        Self::new(port, TlsMode::StartTls)
    }

    /// A port without encryption, of loopback.
    #[must_use]
    pub fn plain(port: u16) -> Self {
        Self::new(port, TlsMode::None)
    }

    /// A port.
    #[must_use]
    pub fn new(port: u16, tls: TlsMode) -> Self {
        Self {
            host: None,
            port,
            tls,
        }
    }

    /// On another host than the client's.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection with its TLS handshake. 5 s.
    pub connect: Duration,
    /// For each command and its whole answer. 30 s.
    pub command: Duration,
    /// For the answer after a message was submitted; servers scan it while the client waits (RFC 5321, section
    /// 4.5.3.2.6, asks for 10 minutes). 2 minutes.
    pub submission: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            command: Duration::from_secs(30),
            submission: Duration::from_mins(2),
        }
    }
}

/// What is read from a server at most, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A line. A search's whole result is one. 8 MiB.
    pub line: usize,
    /// A literal: a piece of a message that the server announces with its size. 1 MiB.
    pub literal: usize,
    /// All that belongs to one command. 32 MiB.
    pub answer: usize,
    /// A message that is fetched or sent whole. 50 MiB.
    pub message: usize,
    /// A text of a message that is shown. 1 MiB; the rest is cut off, and the view says so.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            line: 8 * MIB,
            literal: MIB,
            answer: 32 * MIB,
            message: 50 * MIB,
            text: MIB,
        }
    }
}

/// How many IMAP connections are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// At once for one user. Servers have a limit of their own (Dovecot: 10 for each user and address). 4.
    pub per_user: usize,
    /// At once for all users, idle ones included. 256.
    pub total: usize,
    /// How long an unused one is kept. 2 minutes.
    pub idle: Duration,
    /// How long to wait for one to become free. 10 s.
    pub wait: Duration,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            per_user: 4,
            total: 256,
            idle: Duration::from_mins(2),
            wait: Duration::from_secs(10),
        }
    }
}
