//! What Notify can refuse.

use bheem_http_kit::{Effect, ErrorKind, Failure, PeerText};

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A 2xx whose body says that it failed.
    #[error("{operation}: Notify accepted the call and reports a failure")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// What Notify says. It may repeat the message, so it is part of neither `Display` nor `Debug`.
        message: Option<PeerText>,
    },
    /// A 2xx that is not the JSON object Notify answers.
    #[error("{operation}: not an answer of Notify")]
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
