//! What Mailcow can refuse.

use std::fmt;

use bheem_http_kit::{Effect, ErrorKind, Failure};

/// Mailcow's own code of a refusal, with what follows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    name: String,
    arguments: Vec<String>,
}

impl Code {
    pub(crate) fn new(parts: Vec<String>) -> Self {
        let mut parts = parts.into_iter();
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
            Self::Unauthorized { .. } | Self::KeyRefused { .. } => ErrorKind::Unauthorized,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Conflict { .. } | Self::AliasDomain { .. } => ErrorKind::Conflict,
            Self::LimitReached { .. } | Self::Denied { .. } | Self::Invalid { .. } => {
                ErrorKind::Invalid
            }
            Self::Protocol { .. } => ErrorKind::Protocol,
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether Mailcow may have done it. A refusal beside a success leaves that open.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::KeyRefused { .. } => Effect::NotSent,
            Self::Unauthorized { .. } | Self::NotFound { .. } | Self::AliasDomain { .. } => {
                Effect::Rejected
            }
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
            Self::Protocol { .. } => Effect::Unknown,
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
