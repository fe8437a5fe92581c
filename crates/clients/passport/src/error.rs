//! What can go wrong with Passport.

use bheem_http_kit::{Effect, ErrorKind, Failure};

/// Why nobody knows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A 2xx that is not what Passport answers.
    #[error("{operation}: not an answer of Passport")]
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
            Self::Protocol { .. } => ErrorKind::Protocol,
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether Passport may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
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
