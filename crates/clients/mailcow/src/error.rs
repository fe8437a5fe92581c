//! What Mailcow can refuse.

use std::fmt;

use bheem_http_kit::{Effect, ErrorKind, Failure, PeerText};

use crate::names;

/// Mailcow's own code of a refusal, with what follows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    name: String,
    arguments: Vec<String>,
}

impl Code {
    pub(crate) fn new(parts: Vec<String>) -> Self {
        let mut parts = parts.into_iter().map(|part| names::unescaped(&part));
        Self {
            name: parts.next().unwrap_or_default(),
            arguments: parts.collect(),
        }
    }

    /// The code, such as `object_exists`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What follows it, such as the address.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Which limit stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// A mailbox of this size is not allowed in the domain.
    MailboxQuota,
    /// The domain's quota has too little left.
    DomainQuota,
    /// The domain has as many mailboxes as it may.
    Mailboxes,
    /// Another limit, by its code.
    Other(String),
}

impl Limit {
    pub(crate) fn of_code(name: &str) -> Option<Self> {
        match name {
            "mailbox_quota_exceeded"
            | "mailbox_quota_exceeds_domain_quota"
            | "mailbox_defquota_exceeds_mailbox_maxquota" => Some(Self::MailboxQuota),
            "mailbox_quota_left_exceeded" => Some(Self::DomainQuota),
            "max_mailbox_exceeded" => Some(Self::Mailboxes),
            other if other.ends_with("_exceeded") => Some(Self::Other(other.to_owned())),
            _ => None,
        }
    }
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The key, or the address we come from, is refused. Repeating gets that address banned.
    #[error("{operation}: Mailcow refuses the API key")]
    Unauthorized {
        /// The operation.
        operation: &'static str,
        /// What Mailcow says.
        said: PeerText,
    },
    /// The key may only read.
    #[error("{operation}: Mailcow takes the API key for reading only")]
    ReadOnlyKey {
        /// The operation.
        operation: &'static str,
    },
    /// A refusal that is not Mailcow's own: a proxy or a rule of the web server answered.
    #[error("{operation}: something in front of Mailcow answered {status}")]
    Blocked {
        /// The operation.
        operation: &'static str,
        /// The status.
        status: u16,
    },
    /// A web page, such as that of a sign-in, in place of an answer.
    #[error("{operation}: a web page in place of an answer (status {status})")]
    Page {
        /// The operation.
        operation: &'static str,
        /// The status.
        status: u16,
    },
    /// A success without a body: what Mailcow's PHP sends after an exception, and without a key (2026-08).
    #[error("{operation}: an empty answer")]
    EmptyAnswer {
        /// The operation.
        operation: &'static str,
    },
    /// "Task completed", with which Mailcow says that it has done nothing (2026-08).
    #[error("{operation}: nothing was done")]
    NothingDone {
        /// The operation.
        operation: &'static str,
    },
    /// The mailbox is there, and all its fields are empty.
    #[error("{operation}: the mailbox is only half made")]
    HalfMade {
        /// The operation.
        operation: &'static str,
    },
    /// The name holds a slash, which Mailcow's web server cannot pass on.
    #[error("{operation}: the name cannot be asked for")]
    Unaddressable {
        /// The operation.
        operation: &'static str,
    },
    /// The key was refused a moment ago, so nothing was sent.
    #[error("{operation}: not sent, as Mailcow has refused the API key")]
    KeyRefused {
        /// The operation.
        operation: &'static str,
    },
    /// The object, or the domain it belongs to, does not exist.
    #[error("{operation}: not found ({code})")]
    NotFound {
        /// The operation.
        operation: &'static str,
        /// Mailcow's code.
        code: Code,
    },
    /// The name is taken, or the object is still in use.
    #[error("{operation}: conflict ({code})")]
    Conflict {
        /// The operation.
        operation: &'static str,
        /// Mailcow's code.
        code: Code,
        /// Other parts of the request succeeded.
        is_partial: bool,
    },
    /// The name belongs to an alias domain, for which Mailcow shows its target domain.
    #[error("{operation}: the domain is an alias of {target}")]
    AliasDomain {
        /// The operation.
        operation: &'static str,
        /// The domain it points to.
        target: String,
    },
    /// A quota or a count stands in the way.
    #[error("{operation}: limit reached ({code})")]
    LimitReached {
        /// The operation.
        operation: &'static str,
        /// Which one.
        limit: Limit,
        /// Mailcow's code.
        code: Code,
        /// Other parts of the request succeeded.
        is_partial: bool,
    },
    /// `access_denied` for an object that exists, or where that cannot be told.
    #[error("{operation}: access denied")]
    Denied {
        /// The operation.
        operation: &'static str,
        /// Mailcow's code.
        code: Code,
        /// Other parts of the request succeeded.
        is_partial: bool,
    },
    /// Mailcow will not accept the request as it is.
    #[error("{operation}: refused ({code})")]
    Invalid {
        /// The operation.
        operation: &'static str,
        /// Mailcow's code.
        code: Code,
        /// Other parts of the request succeeded.
        is_partial: bool,
    },
    /// The answer is not one Mailcow gives.
    #[error("{operation}: not understood: {reason}")]
    Protocol {
        /// The operation.
        operation: &'static str,
        /// What was wrong with it.
        reason: &'static str,
    },
    /// The exchange itself failed.
    #[error(transparent)]
    Http(#[from] bheem_http_kit::Error),
}

impl Error {
    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unauthorized { .. }
            | Self::KeyRefused { .. }
            | Self::ReadOnlyKey { .. }
            | Self::Blocked { .. } => ErrorKind::Unauthorized,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Conflict { .. } | Self::AliasDomain { .. } | Self::HalfMade { .. } => {
                ErrorKind::Conflict
            }
            Self::LimitReached { .. }
            | Self::Denied { .. }
            | Self::Invalid { .. }
            | Self::NothingDone { .. }
            | Self::Unaddressable { .. } => ErrorKind::Invalid,
            Self::Protocol { .. } | Self::Page { .. } | Self::EmptyAnswer { .. } => {
                ErrorKind::Protocol
            }
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether Mailcow may have done it. A refusal beside a success leaves that open.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::KeyRefused { .. } | Self::Unaddressable { .. } => Effect::NotSent,
            Self::Unauthorized { .. }
            | Self::ReadOnlyKey { .. }
            | Self::Blocked { .. }
            | Self::NotFound { .. }
            | Self::AliasDomain { .. }
            | Self::HalfMade { .. }
            | Self::NothingDone { .. } => Effect::Rejected,
            Self::Conflict { is_partial, .. }
            | Self::LimitReached { is_partial, .. }
            | Self::Denied { is_partial, .. }
            | Self::Invalid { is_partial, .. } => {
                if *is_partial {
                    Effect::Unknown
                } else {
                    Effect::Rejected
                }
            }
            Self::Protocol { .. } | Self::Page { .. } | Self::EmptyAnswer { .. } => Effect::Unknown,
            Self::Http(error) => error.effect(),
        }
    }

    /// Something that was looked for and is not there.
    pub(crate) fn absent(operation: &'static str) -> Self {
        Self::NotFound {
            operation,
            code: Code::default(),
        }
    }

    /// Mailcow's own code.
    #[must_use]
    pub fn code(&self) -> Option<&Code> {
        match self {
            Self::NotFound { code, .. }
            | Self::Conflict { code, .. }
            | Self::LimitReached { code, .. }
            | Self::Denied { code, .. }
            | Self::Invalid { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The limit in the way.
    #[must_use]
    pub fn limit(&self) -> Option<&Limit> {
        match self {
            Self::LimitReached { limit, .. } => Some(limit),
            _ => None,
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
