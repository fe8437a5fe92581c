//! What a WebDAV server can refuse.

use bheem_http_kit::{Effect, ErrorKind, Failure, PathError, Response};

use crate::MultistatusError;
use crate::xml::parse;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 400, 415, 422: the request as it is will never be accepted.
    #[error("{operation}: refused as invalid")]
    Invalid {
        /// The operation.
        operation: &'static str,
        /// The condition that was not met.
        condition: Option<String>,
    },
    /// 401: the credentials are refused.
    #[error("{operation}: the server refuses the credentials")]
    Unauthorized {
        /// The operation.
        operation: &'static str,
    },
    /// 403: known, and told no.
    #[error("{operation}: forbidden")]
    Forbidden {
        /// The operation.
        operation: &'static str,
        /// The condition that was not met, such as `no-uid-conflict`.
        condition: Option<String>,
    },
    /// 404: nothing is there.
    #[error("{operation}: not found")]
    NotFound {
        /// The operation.
        operation: &'static str,
    },
    /// 405: not possible with what is there.
    #[error("{operation}: not allowed for this resource")]
    MethodNotAllowed {
        /// The operation.
        operation: &'static str,
    },
    /// 409: usually the parent collection is missing.
    #[error("{operation}: conflict")]
    Conflict {
        /// The operation.
        operation: &'static str,
        /// The condition that was not met.
        condition: Option<String>,
    },
    /// 412: the resource is not in the state the caller demanded.
    #[error("{operation}: precondition failed")]
    Precondition {
        /// The operation.
        operation: &'static str,
    },
    /// 423: somebody holds a lock.
    #[error("{operation}: locked")]
    Locked {
        /// The operation.
        operation: &'static str,
    },
    /// 507: no room is left.
    #[error("{operation}: no room left")]
    InsufficientStorage {
        /// The operation.
        operation: &'static str,
    },
    /// 207 to a change: a part of it failed.
    #[error("{operation}: done in part")]
    Partial {
        /// The operation.
        operation: &'static str,
    },
    /// The path cannot be sent.
    #[error("{operation}: unusable path")]
    Path {
        /// The operation.
        operation: &'static str,
        /// What is wrong with it.
        #[source]
        source: PathError,
    },
    /// The answer is not one a WebDAV server gives.
    #[error("{operation}: unexpected answer")]
    Protocol {
        /// The operation.
        operation: &'static str,
        /// What is wrong with it, if it is the XML.
        #[source]
        source: Option<MultistatusError>,
    },
    /// The exchange itself failed, or the status has no meaning of its own here (429, 500, 503, ...).
    #[error(transparent)]
    Http(#[from] bheem_http_kit::Error),
}

impl Error {
    /// The error of an answer whose status is no success.
    pub(crate) fn of_response(response: &Response) -> Self {
        let operation = response.operation();
        match response.status().as_u16() {
            400 | 415 | 422 => Self::Invalid {
                operation,
                condition: condition(response.body()),
            },
            401 => Self::Unauthorized { operation },
            403 => Self::Forbidden {
                operation,
                condition: condition(response.body()),
            },
            404 | 410 => Self::NotFound { operation },
            405 => Self::MethodNotAllowed { operation },
            409 => Self::Conflict {
                operation,
                condition: condition(response.body()),
            },
            412 => Self::Precondition { operation },
            423 => Self::Locked { operation },
            507 => Self::InsufficientStorage { operation },
            _ => Self::Http(response.to_error()),
        }
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unauthorized { .. } | Self::Forbidden { .. } => ErrorKind::Unauthorized,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Conflict { .. }
            | Self::Precondition { .. }
            | Self::Locked { .. }
            | Self::Partial { .. } => ErrorKind::Conflict,
            Self::Invalid { .. }
            | Self::MethodNotAllowed { .. }
            | Self::InsufficientStorage { .. }
            | Self::Path { .. } => ErrorKind::Invalid,
            Self::Protocol { .. } => ErrorKind::Protocol,
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether the server may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Path { .. } => Effect::NotSent,
            Self::Partial { .. } | Self::Protocol { .. } => Effect::Unknown,
            Self::Http(error) => error.effect(),
            _ => Effect::Rejected,
        }
    }

    /// The condition that was not met (RFC 4918, section 16), such as `no-uid-conflict`.
    #[must_use]
    pub fn condition(&self) -> Option<&str> {
        match self {
            Self::Invalid { condition, .. }
            | Self::Forbidden { condition, .. }
            | Self::Conflict { condition, .. } => condition.as_deref(),
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

/// The first element of a `DAV:error` that is not sabre's own talk.
fn condition(body: &[u8]) -> Option<String> {
    let root = parse(body)
        .ok()
        .filter(|root| root.local == "error" && root.namespace == crate::DAV)?;
    let first = root
        .children
        .into_iter()
        .find(|child| child.namespace != "http://sabredav.org/ns")?;
    Some(first.local)
}
