//! What MSG91 can refuse.

use bheem_http_kit::{Effect, ErrorKind, Failure, PeerText};

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// MSG91 says that it failed, with whatever status.
    #[error("{operation}: MSG91 reports a failure")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// Whether it is about the key.
        is_unauthorized: bool,
        /// MSG91's words, which may repeat the number.
        message: PeerText,
    },
    /// A success that is not what MSG91 answers.
    #[error("{operation}: not an answer of MSG91")]
    Protocol {
        /// The operation.
        operation: &'static str,
    },
    /// The exchange failed, or the status is a failure.
    #[error(transparent)]
    Http(#[from] bheem_http_kit::Error),
}

impl Error {
    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused {
                is_unauthorized: true,
                ..
            } => ErrorKind::Unauthorized,
            Self::Refused { .. } => ErrorKind::Invalid,
            Self::Protocol { .. } => ErrorKind::Protocol,
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether the message may be on its way.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Refused { .. } => Effect::Rejected,
            Self::Protocol { .. } => Effect::Unknown,
            Self::Http(error) => error.effect(),
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
