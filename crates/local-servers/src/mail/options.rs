//! What a mail server is started with.

use std::path::PathBuf;

use secrecy::SecretString;

/// How to start. Without more, in a temporary directory and on free ports.
#[derive(Clone, Debug, Default)]
pub struct MailOptions {
    pub(super) directory: Option<PathBuf>,
    pub(super) ports: MailPorts,
    pub(super) oauth: Option<OAuth>,
}

impl MailOptions {
    /// A temporary directory, free ports, no OAuth.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps configuration, mail and logs in a directory, which is made if need be. Starting there again finds the mail
    /// of before.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Listens on certain ports of loopback.
    #[must_use]
    pub fn ports(mut self, ports: MailPorts) -> Self {
        self.ports = ports;
        self
    }

    /// Accepts access tokens (XOAUTH2, OAUTHBEARER) that an authorization server vouches for.
    #[must_use]
    pub fn oauth(mut self, oauth: OAuth) -> Self {
        self.oauth = Some(oauth);
        self
    }
}

/// Ports of loopback; `None` is any free one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailPorts {
    /// IMAP, with STARTTLS.
    pub imap: Option<u16>,
    /// IMAP inside TLS.
    pub imaps: Option<u16>,
    /// ManageSieve, with STARTTLS.
    pub sieve: Option<u16>,
    /// Local delivery, without any login.
    pub lmtp: Option<u16>,
    /// SMTP from other servers.
    pub smtp: Option<u16>,
    /// Submission, with STARTTLS.
    pub submission: Option<u16>,
    /// Submission inside TLS.
    pub submissions: Option<u16>,
}

/// The authorization server that is asked about each token (RFC 7662), so that a revoked one is refused at once.
#[derive(Clone, Debug)]
pub struct OAuth {
    pub(super) introspection_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) username_attribute: String,
}

impl OAuth {
    /// The introspection endpoint and the client that Dovecot is there. The answer's `username` must be the mailbox's
    /// address.
    pub fn new(
        introspection_url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Self {
        Self {
            introspection_url: introspection_url.into(),
            client_id: client_id.into(),
            client_secret,
            username_attribute: "username".to_owned(),
        }
    }

    /// Takes the address from another member of the answer, such as `email`.
    #[must_use]
    pub fn username_attribute(mut self, name: impl Into<String>) -> Self {
        self.username_attribute = name.into();
        self
    }
}
