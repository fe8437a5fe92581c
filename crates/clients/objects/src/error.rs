//! What can go wrong. The library's own errors repeat addresses and what the server said, so none of their text is kept.

use std::error::Error as _;

use bheem_http_kit::{Effect, ErrorKind, Failure, StatusCode};
use object_store::client::{HttpError, HttpErrorKind};

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bucket cannot be used as it was described.
    #[error("the bucket is not described well: {0}")]
    Configuration(&'static str),
    /// The server said no, or there was none.
    #[error("{operation}: {}", kind.as_str())]
    Store {
        /// The operation.
        operation: &'static str,
        /// What happened.
        kind: ErrorKind,
        /// Whether it may have been done.
        effect: Effect,
    },
    /// What was to be written could not be read to its end; nothing was written.
    #[error("{operation}: the data could not be read")]
    Source {
        /// The operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Configuration(_) | Self::Source { .. } => ErrorKind::Invalid,
            Self::Store { kind, .. } => *kind,
        }
    }

    /// Whether it may have been done.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Configuration(_) => Effect::NotSent,
            Self::Store { effect, .. } => *effect,
            Self::Source { .. } => Effect::Rejected,
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

pub(crate) fn of(operation: &'static str, error: &object_store::Error) -> Error {
    use object_store::Error as Store;
    let (kind, effect) = match error {
        Store::NotFound { .. } => (ErrorKind::NotFound, Effect::Rejected),
        Store::AlreadyExists { .. } | Store::Precondition { .. } | Store::NotModified { .. } => {
            (ErrorKind::Conflict, Effect::Rejected)
        }
        Store::PermissionDenied { .. } | Store::Unauthenticated { .. } => {
            (ErrorKind::Unauthorized, Effect::Rejected)
        }
        Store::InvalidPath { .. } | Store::NotSupported { .. } | Store::NotImplemented { .. } => {
            (ErrorKind::Invalid, Effect::Rejected)
        }
        other => generic(other),
    };
    Error::Store {
        operation,
        kind,
        effect,
    }
}

/// A connection that failed, or a status that has no name of its own.
fn generic(error: &object_store::Error) -> (ErrorKind, Effect) {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(http) = inner.downcast_ref::<HttpError>() {
            return match http.kind() {
                HttpErrorKind::Connect => (ErrorKind::Unavailable, Effect::NotSent),
                HttpErrorKind::Timeout => (ErrorKind::Timeout, Effect::Unknown),
                HttpErrorKind::Decode => (ErrorKind::Protocol, Effect::Unknown),
                _ => (ErrorKind::Unavailable, Effect::Unknown),
            };
        }
        cause = inner.source();
    }
    // The library tells a status in its text alone.
    match status_in(&error.to_string()) {
        Some(status) => (
            ErrorKind::of_status(status, None),
            Effect::of_status(status),
        ),
        None => (ErrorKind::Protocol, Effect::Unknown),
    }
}

fn status_in(text: &str) -> Option<StatusCode> {
    let (_, rest) = text.split_once("status code: ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    StatusCode::from_bytes(digits.as_bytes()).ok()
}
