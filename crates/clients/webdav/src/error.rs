//! What a WebDAV server can refuse.

use bheem_http_kit::{Effect, ErrorKind, Failure, PathError, Response};

use crate::xml::parse;
use crate::{Multistatus, MultistatusError};

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
        /// The condition that was not met, such as `lock-token-matches-request-uri`.
        condition: Option<String>,
    },
    /// 423: somebody holds a lock.
    #[error("{operation}: locked")]
    Locked {
        /// The operation.
        operation: &'static str,
        /// The condition that was not met, such as `lock-token-submitted`.
        condition: Option<String>,
    },
    /// 507: no room is left.
    #[error("{operation}: no room left")]
    InsufficientStorage {
        /// The operation.
        operation: &'static str,
        /// The condition that was not met, such as `quota-not-exceeded`.
        condition: Option<String>,
    },
    /// 503 of a Nextcloud that is being maintained: nothing was done.
    #[error("{operation}: the server is in maintenance")]
    Maintenance {
        /// The operation.
        operation: &'static str,
    },
    /// 207 to a change: a part of it failed.
    #[error("{operation}: done in part")]
    Partial {
        /// The operation.
        operation: &'static str,
    },
    /// 207 to a change, with what failed.
    #[error("{operation}: done, but for {} of it", .failures.len())]
    Incomplete {
        /// The operation.
        operation: &'static str,
        /// What was not done, and why.
        failures: Vec<Failed>,
    },
    /// A property cannot be changed, and so none was.
    #[error("{operation}: a property is refused with status {status}")]
    Property {
        /// The operation.
        operation: &'static str,
        /// Why.
        status: u16,
    },
    /// The caller's content could not be read, or has another length than was said.
    #[error("{operation}: the content cannot be read")]
    Content {
        /// The operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What is to be done depends on the state of the server, and that is not known yet: it may still be working.
    #[error("{operation}: the server may still be working on it")]
    Unsettled {
        /// The operation.
        operation: &'static str,
    },
    /// It is a folder, and has no content.
    #[error("{operation}: it is a folder")]
    Collection {
        /// The operation.
        operation: &'static str,
    },
    /// The base URL is not that of a user's files on Nextcloud (`.../remote.php/dav/files/{user}`).
    #[error("{operation}: the base URL is not that of a Nextcloud user's files")]
    Layout {
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

/// A member that a change failed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Which one.
    pub path: crate::DavPath,
    /// The status it was refused with.
    pub status: u16,
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
            412 => Self::Precondition {
                operation,
                condition: condition(response.body()),
            },
            423 => Self::Locked {
                operation,
                condition: condition(response.body()),
            },
            503 if response.header("x-nextcloud-maintenance-mode") == Some("1") => {
                Self::Maintenance { operation }
            }
            507 => Self::InsufficientStorage {
                operation,
                condition: condition(response.body()),
            },
            _ => Self::Http(response.to_error()),
        }
    }

    /// The error of a 207 that answers a change: what failed, if it can be read.
    pub(crate) fn of_parts(response: &Response) -> Self {
        let operation = response.operation();
        let failures: Vec<Failed> = Multistatus::parse(response.body())
            .unwrap_or_default()
            .responses
            .into_iter()
            .filter_map(|part| {
                let status = part.status.filter(|status| *status >= 400)?;
                Some(Failed {
                    path: part.path,
                    status,
                })
            })
            .collect();
        if failures.is_empty() {
            Self::Partial { operation }
        } else {
            Self::Incomplete {
                operation,
                failures,
            }
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
            | Self::Partial { .. }
            | Self::Incomplete { .. } => ErrorKind::Conflict,
            Self::Invalid { .. }
            | Self::MethodNotAllowed { .. }
            | Self::InsufficientStorage { .. }
            | Self::Property { .. }
            | Self::Content { .. }
            | Self::Collection { .. }
            | Self::Layout { .. }
            | Self::Path { .. } => ErrorKind::Invalid,
            Self::Maintenance { .. } => ErrorKind::Unavailable,
            Self::Unsettled { .. } => ErrorKind::Timeout,
            Self::Protocol { .. } => ErrorKind::Protocol,
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether the server may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Path { .. } | Self::Layout { .. } => Effect::NotSent,
            Self::Partial { .. }
            | Self::Incomplete { .. }
            | Self::Content { .. }
            | Self::Unsettled { .. }
            | Self::Protocol { .. } => Effect::Unknown,
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
            | Self::Conflict { condition, .. }
            | Self::Precondition { condition, .. }
            | Self::Locked { condition, .. }
            | Self::InsufficientStorage { condition, .. } => condition.as_deref(),
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
