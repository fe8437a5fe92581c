//! What can go wrong, for all three protocols.
//!
//! Invariant: `Display` and `Debug` carry no credential, no address and no piece of a message. What the server said in
//! its own words is a [`PeerText`].

use std::io;

use bheem_http_kit::{Effect, ErrorKind, Failure, PeerText};

/// A recipient that the server does not take.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The address.
    pub address: String,
    /// The code, such as 550.
    pub code: u16,
    /// The server's words.
    pub text: PeerText,
}

impl std::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Refusal({})", self.code)
    }
}

/// Why a client could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// An endpoint without encryption is not on loopback.
    #[error("a connection without TLS is for loopback only")]
    Unencrypted,
    /// The host is not a name or address.
    #[error("the host is not a name or an address")]
    Host,
    /// The trusted certificate is not one.
    #[error("the trusted certificate cannot be read")]
    Certificate,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client was built without this service.
    #[error("{operation}: the client knows no such service")]
    NotConfigured {
        /// The operation.
        operation: &'static str,
    },
    /// What was asked for cannot be asked.
    #[error("{operation}: {reason}")]
    Invalid {
        /// The operation.
        operation: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The server does not offer what this needs.
    #[error("{operation}: the server does not offer {capability}")]
    Unsupported {
        /// The operation.
        operation: &'static str,
        /// What is missing.
        capability: &'static str,
    },
    /// No connection could be made.
    #[error("{operation}: no connection to the server")]
    Connect {
        /// The operation.
        operation: &'static str,
        /// The reason. A certificate that is not trusted is one.
        #[source]
        source: io::Error,
    },
    /// There is no token at the moment.
    #[error("{operation}: no credentials")]
    Credentials {
        /// The operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: bheem_http_kit::SourceError,
    },
    /// The credentials are refused.
    #[error("{operation}: the credentials are refused")]
    Unauthorized {
        /// The operation.
        operation: &'static str,
        /// The server's words.
        text: PeerText,
    },
    /// The user has as many connections as allowed, or all users together.
    #[error("{operation}: too many connections at once")]
    Busy {
        /// The operation.
        operation: &'static str,
    },
    /// The folder, message, part or script does not exist.
    #[error("{operation}: not found")]
    NotFound {
        /// The operation.
        operation: &'static str,
    },
    /// Something of that name exists already.
    #[error("{operation}: exists already")]
    Exists {
        /// The operation.
        operation: &'static str,
    },
    /// The folder is not the one the cursor or the number was given for: its `UIDVALIDITY` changed.
    #[error("{operation}: the folder was made anew, and numbers of its messages are void")]
    FolderReplaced {
        /// The operation.
        operation: &'static str,
    },
    /// The mailbox is full.
    #[error("{operation}: the mailbox is full")]
    OverQuota {
        /// The operation.
        operation: &'static str,
    },
    /// The server will not have this user write in the name of that sender.
    #[error("{operation}: the sender is refused ({code})")]
    SenderRefused {
        /// The operation.
        operation: &'static str,
        /// The code, such as 553.
        code: u16,
        /// The server's words.
        text: PeerText,
    },
    /// Recipients are refused, and nothing was sent to anybody.
    #[error("{operation}: {} recipients are refused", refused.len())]
    RecipientsRefused {
        /// The operation.
        operation: &'static str,
        /// Which ones.
        refused: Vec<Refusal>,
    },
    /// The server said no, for a reason of its own.
    #[error("{operation}: refused ({code})")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// Its code: a response code of IMAP or ManageSieve, or the number of SMTP.
        code: String,
        /// It may say yes later.
        is_temporary: bool,
        /// The server's words.
        text: PeerText,
    },
    /// The server says that it cannot at the moment, or says good-bye.
    #[error("{operation}: the server is unavailable")]
    Unavailable {
        /// The operation.
        operation: &'static str,
        /// The server's words.
        text: PeerText,
        /// Whether it may have done it.
        effect: Effect,
    },
    /// The answer did not come in time.
    #[error("{operation}: no answer in time")]
    Timeout {
        /// The operation.
        operation: &'static str,
        /// Whether it may have been done.
        effect: Effect,
    },
    /// The connection broke.
    #[error("{operation}: the connection broke")]
    Interrupted {
        /// The operation.
        operation: &'static str,
        /// How.
        #[source]
        source: io::Error,
        /// Whether it may have been done.
        effect: Effect,
    },
    /// The answer is larger than we are willing to read, or the message larger than we are willing to send.
    #[error("{operation}: larger than {limit} bytes")]
    TooLarge {
        /// The operation.
        operation: &'static str,
        /// The cap that was hit.
        limit: usize,
        /// Whether it may have been done.
        effect: Effect,
    },
    /// The answer is not one that the protocol knows.
    #[error("{operation}: not understood: {reason}")]
    Protocol {
        /// The operation.
        operation: &'static str,
        /// What was wrong with it.
        reason: &'static str,
        /// Whether it may have been done.
        effect: Effect,
    },
}

impl Error {
    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unauthorized { .. } => ErrorKind::Unauthorized,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Exists { .. } | Self::FolderReplaced { .. } => ErrorKind::Conflict,
            Self::RecipientsRefused { refused, .. } => {
                if refused.iter().all(|one| (400..500).contains(&one.code)) {
                    ErrorKind::Unavailable
                } else {
                    ErrorKind::Invalid
                }
            }
            Self::NotConfigured { .. }
            | Self::Invalid { .. }
            | Self::Unsupported { .. }
            | Self::OverQuota { .. }
            | Self::SenderRefused { .. }
            | Self::TooLarge {
                effect: Effect::NotSent,
                ..
            }
            | Self::Refused {
                is_temporary: false,
                ..
            } => ErrorKind::Invalid,
            Self::Refused { .. }
            | Self::Connect { .. }
            | Self::Credentials { .. }
            | Self::Busy { .. }
            | Self::Unavailable { .. }
            | Self::Interrupted { .. } => ErrorKind::Unavailable,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::TooLarge { .. } | Self::Protocol { .. } => ErrorKind::Protocol,
        }
    }

    /// Whether the server may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::NotConfigured { .. }
            | Self::Invalid { .. }
            | Self::Unsupported { .. }
            | Self::Connect { .. }
            | Self::Credentials { .. }
            | Self::Busy { .. } => Effect::NotSent,
            Self::Unauthorized { .. }
            | Self::NotFound { .. }
            | Self::Exists { .. }
            | Self::FolderReplaced { .. }
            | Self::OverQuota { .. }
            | Self::SenderRefused { .. }
            | Self::RecipientsRefused { .. }
            | Self::Refused { .. } => Effect::Rejected,
            Self::Unavailable { effect, .. }
            | Self::Timeout { effect, .. }
            | Self::Interrupted { effect, .. }
            | Self::TooLarge { effect, .. }
            | Self::Protocol { effect, .. } => *effect,
        }
    }

    /// The mailbox is full.
    #[must_use]
    pub fn is_over_quota(&self) -> bool {
        matches!(self, Self::OverQuota { .. })
    }

    /// The same, when it is known that the request itself had not been sent: it happened while getting ready.
    pub(crate) fn before_sending(mut self) -> Self {
        if let Self::Unavailable { effect, .. }
        | Self::Timeout { effect, .. }
        | Self::Interrupted { effect, .. }
        | Self::Protocol { effect, .. } = &mut self
        {
            *effect = Effect::NotSent;
        }
        self
    }

    pub(crate) fn protocol(operation: &'static str, reason: &'static str) -> Self {
        Self::Protocol {
            operation,
            reason,
            effect: Effect::Unknown,
        }
    }
}

impl Failure for Error {
    fn kind(&self) -> ErrorKind {
        Self::kind(self)
    }

    fn effect(&self) -> Effect {
        Self::effect(self)
    }
}
