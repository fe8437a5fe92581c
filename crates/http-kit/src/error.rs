//! What can go wrong between us and a peer, in the two dimensions a durable caller needs.
//!
//! Invariant: no variant carries a URL, a header or a piece of a body, so an error may be logged as it is.

use std::time::Duration;

use http::StatusCode;

use crate::path::PathError;

/// May the peer have done what was asked?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The request never reached the peer.
    NotSent,
    /// The peer answered that it did not do it.
    Rejected,
    /// Nobody can tell: look before asking again.
    Unknown,
}

/// What happened, in terms that are the same for every peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The credentials are refused, or not allowed to do this. Never retried: repeating gets the caller banned.
    Unauthorized,
    /// The object does not exist.
    NotFound,
    /// The object exists already, or changed meanwhile.
    Conflict,
    /// The peer will not accept this request as it is, now or later.
    Invalid,
    /// Too many requests.
    RateLimited {
        /// How long the peer asked us to wait.
        after: Option<Duration>,
    },
    /// The peer is away or unwell.
    Unavailable,
    /// No answer in time.
    Timeout,
    /// The answer could not be understood.
    Protocol,
}

impl ErrorKind {
    /// A stable name, used as metric label.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Invalid => "invalid",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
        }
    }

    /// May the same request succeed later, unchanged?
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::Unavailable | Self::Timeout
        )
    }

    /// The kind of a failing status, for peers that mean what their status says.
    #[must_use]
    pub fn of_status(status: StatusCode, after: Option<Duration>) -> Self {
        match status.as_u16() {
            401 | 403 | 407 => Self::Unauthorized,
            404 | 410 => Self::NotFound,
            409 | 412 | 423 => Self::Conflict,
            408 | 504 => Self::Timeout,
            425 | 429 => Self::RateLimited { after },
            400..=499 | 507 => Self::Invalid,
            500 | 502 | 503 | 520..=530 => Self::Unavailable,
            _ => Self::Protocol,
        }
    }
}

impl Effect {
    /// The effect of a failing status: a 4xx, a redirect that keeps the method, and the 5xx that say "not at
    /// all" are refusals; any other 5xx may have come after the work was done (RFC 9110, section 15.6).
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            408 => Self::Unknown,
            301 | 307 | 308 | 400..=499 | 501 | 505 | 507 => Self::Rejected,
            _ => Self::Unknown,
        }
    }
}

/// What every error of a client crate can tell.
pub trait Failure {
    /// What happened.
    fn kind(&self) -> ErrorKind;
    /// Whether the peer may have done it.
    fn effect(&self) -> Effect;
}

/// A failure below the peer's own vocabulary.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request could not be formed.
    #[error("{operation}: the request cannot be formed")]
    Request {
        /// The operation.
        operation: &'static str,
        /// What was wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There are no credentials at the moment.
    #[error("{operation}: no credentials")]
    Credentials {
        /// The operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: crate::SourceError,
    },
    /// No connection could be made.
    #[error("{operation}: no connection to the peer")]
    Connect {
        /// The operation.
        operation: &'static str,
        /// The reason, without the URL.
        #[source]
        source: reqwest::Error,
    },
    /// The answer did not come in time.
    #[error("{operation}: no answer in time")]
    Timeout {
        /// The operation.
        operation: &'static str,
    },
    /// The connection broke after the request began to be sent.
    #[error("{operation}: the connection broke")]
    Interrupted {
        /// The operation.
        operation: &'static str,
        /// The reason, without the URL.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is larger than we are willing to read.
    #[error("{operation}: the answer is larger than {limit} bytes")]
    TooLarge {
        /// The operation.
        operation: &'static str,
        /// The cap that was hit.
        limit: usize,
    },
    /// A status that is not a success.
    #[error("{operation}: the peer answered {status}")]
    Status {
        /// The operation.
        operation: &'static str,
        /// The status.
        status: StatusCode,
        /// How long the peer asked us to wait.
        retry_after: Option<Duration>,
    },
    /// The body is not the JSON we expected. Says where, never what: values may be secrets.
    #[error(
        "{operation}: unexpected answer at `{path}` ({category}, line {line}, column {column})"
    )]
    Decode {
        /// The operation.
        operation: &'static str,
        /// The JSON path.
        path: String,
        /// `syntax`, `data` or `eof`.
        category: &'static str,
        /// Line in the body.
        line: usize,
        /// Column in the body.
        column: usize,
    },
}

impl Error {
    /// An [`Error::Request`] for a path that cannot be sent.
    #[must_use]
    pub fn path(operation: &'static str, source: PathError) -> Self {
        Self::Request {
            operation,
            source: Box::new(source),
        }
    }

    pub(crate) fn from_reqwest(operation: &'static str, source: reqwest::Error) -> Self {
        let source = source.without_url();
        if source.is_builder() {
            Self::Request {
                operation,
                source: Box::new(source),
            }
        } else if source.is_connect() {
            Self::Connect { operation, source }
        } else if source.is_timeout() {
            Self::Timeout { operation }
        } else {
            Self::Interrupted { operation, source }
        }
    }

    /// The operation that failed.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Request { operation, .. }
            | Self::Credentials { operation, .. }
            | Self::Connect { operation, .. }
            | Self::Timeout { operation }
            | Self::Interrupted { operation, .. }
            | Self::TooLarge { operation, .. }
            | Self::Status { operation, .. }
            | Self::Decode { operation, .. } => operation,
        }
    }

    /// The peer's status, if it answered with a failing one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// How long the peer asked us to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Request { .. } => ErrorKind::Invalid,
            Self::Credentials { .. } | Self::Connect { .. } | Self::Interrupted { .. } => {
                ErrorKind::Unavailable
            }
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::TooLarge { .. } | Self::Decode { .. } => ErrorKind::Protocol,
            Self::Status {
                status,
                retry_after,
                ..
            } => ErrorKind::of_status(*status, *retry_after),
        }
    }

    /// Whether the peer may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Request { .. } | Self::Credentials { .. } | Self::Connect { .. } => {
                Effect::NotSent
            }
            Self::Status { status, .. } => Effect::of_status(*status),
            _ => Effect::Unknown,
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
