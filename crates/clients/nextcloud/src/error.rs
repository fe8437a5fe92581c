//! What Nextcloud can refuse.

use bheem_http_kit::{Effect, ErrorKind, Failure, PeerText};

/// Why an operation failed. The message is Nextcloud's own, in the language of the calling account; it may name
/// the user, so it is part of neither `Display` nor `Debug`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller is known, and told no: by the rules for its account, or by those of the server.
    #[error("{operation}: Nextcloud does not allow it (OCS {code})")]
    Forbidden {
        /// The operation.
        operation: &'static str,
        /// The OCS status code.
        code: i64,
        /// What Nextcloud says.
        message: PeerText,
    },
    /// The credentials are refused or do not suffice.
    #[error("{operation}: Nextcloud refuses the credentials")]
    Unauthorized {
        /// The operation.
        operation: &'static str,
        /// The OCS status code, if there was one.
        code: Option<i64>,
    },
    /// The calling account has lost its rights: what it cannot see may be there.
    #[error("{operation}: the calling account is no administrator")]
    NotAdministrator {
        /// The operation.
        operation: &'static str,
    },
    /// A refusal that is not Nextcloud's own: a proxy or a rule of the web server answered.
    #[error("{operation}: something in front of Nextcloud answered {status}")]
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
    /// A success without a body, after something failed inside.
    #[error("{operation}: an empty answer")]
    Empty {
        /// The operation.
        operation: &'static str,
    },
    /// The user or group does not exist.
    #[error("{operation}: not found (OCS {code})")]
    NotFound {
        /// The operation.
        operation: &'static str,
        /// The OCS status code.
        code: i64,
    },
    /// The user or group exists already.
    #[error("{operation}: exists already (OCS {code})")]
    Conflict {
        /// The operation.
        operation: &'static str,
        /// The OCS status code.
        code: i64,
    },
    /// Nextcloud will not accept the request as it is.
    #[error("{operation}: refused (OCS {code})")]
    Invalid {
        /// The operation.
        operation: &'static str,
        /// The OCS status code.
        code: i64,
        /// What Nextcloud says, for example which password rule was broken.
        message: PeerText,
    },
    /// Nextcloud failed while it worked.
    #[error("{operation}: Nextcloud failed (OCS {code})")]
    Failed {
        /// The operation.
        operation: &'static str,
        /// The OCS status code.
        code: i64,
    },
    /// The answer is not one Nextcloud gives.
    #[error("{operation}: not an answer of the OCS API")]
    Protocol {
        /// The operation.
        operation: &'static str,
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
            | Self::Forbidden { .. }
            | Self::NotAdministrator { .. }
            | Self::Blocked { .. } => ErrorKind::Unauthorized,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Conflict { .. } => ErrorKind::Conflict,
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Failed { .. } => ErrorKind::Unavailable,
            Self::Protocol { .. } | Self::Page { .. } | Self::Empty { .. } => ErrorKind::Protocol,
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether Nextcloud may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Failed { .. }
            | Self::Protocol { .. }
            | Self::Page { .. }
            | Self::Empty { .. } => Effect::Unknown,
            Self::Http(error) => error.effect(),
            _ => Effect::Rejected,
        }
    }

    /// What Nextcloud says, in the language of the calling account. To show it to a person is the caller's decision.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Forbidden { message, .. } | Self::Invalid { message, .. } => {
                Some(message.as_str())
            }
            _ => None,
        }
    }

    /// The OCS status code.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Unauthorized { code, .. } => *code,
            Self::Forbidden { code, .. }
            | Self::NotFound { code, .. }
            | Self::Conflict { code, .. }
            | Self::Invalid { code, .. }
            | Self::Failed { code, .. } => Some(*code),
            Self::NotAdministrator { .. }
            | Self::Blocked { .. }
            | Self::Page { .. }
            | Self::Empty { .. }
            | Self::Protocol { .. }
            | Self::Http(_) => None,
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
