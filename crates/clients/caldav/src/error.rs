//! What a CalDAV or CardDAV server can refuse.

use bheem_http_kit::{Effect, ErrorKind, Failure};
use bheem_webdav::PathError;

use crate::{EditError, FormatError};

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The user has as many calendars as the server allows.
    #[error("{operation}: no more calendars are allowed")]
    Limit {
        /// The operation.
        operation: &'static str,
    },
    /// Something is at the path where nothing was expected (412 to `If-None-Match: *`).
    #[error("{operation}: an object of this name exists")]
    Exists {
        /// The operation.
        operation: &'static str,
    },
    /// The object is not in the version that was to be changed (412 to `If-Match`): read it again.
    #[error("{operation}: the object was changed meanwhile, or is gone")]
    Changed {
        /// The operation.
        operation: &'static str,
    },
    /// Another object of this collection, or of its trash bin, has the same UID.
    #[error("{operation}: another object has this UID")]
    UidConflict {
        /// The operation.
        operation: &'static str,
    },
    /// The server does not accept the text of the object.
    #[error("{operation}: the data is refused")]
    InvalidData {
        /// The operation.
        operation: &'static str,
        /// The condition that was not met, such as `max-resource-size`.
        condition: String,
    },
    /// The server has no such report, or no such method.
    #[error("{operation}: the server does not offer this")]
    Unsupported {
        /// The operation.
        operation: &'static str,
    },
    /// Discovery led nowhere.
    #[error("{operation}: the server names no {property}")]
    Discovery {
        /// The operation.
        operation: &'static str,
        /// The property that is missing.
        property: &'static str,
    },
    /// Discovery led where credentials must not go: to another host, or away from TLS.
    #[error("{operation}: a redirect leads to a place that was not allowed")]
    Redirect {
        /// The operation.
        operation: &'static str,
    },
    /// What exists under the name is not a collection of the wanted kind, or is gone again.
    #[error(
        "{operation}: there is no collection of this kind under the name, and none can be made"
    )]
    NotACalendar {
        /// The operation.
        operation: &'static str,
    },
    /// A calendar of this name is in the trash bin: restore it, or delete it for good.
    #[error("{operation}: a calendar of this name is in the trash bin")]
    InTrash {
        /// The operation.
        operation: &'static str,
    },
    /// An object on the server cannot be read.
    #[error("{operation}: the object cannot be read")]
    Format {
        /// The operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: FormatError,
    },
    /// An object cannot be changed so.
    #[error("{operation}: the object cannot be changed so")]
    Edit {
        /// The operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: EditError,
    },
    /// A failure of WebDAV.
    #[error(transparent)]
    Dav(#[from] bheem_webdav::Error),
}

impl Error {
    pub(crate) fn path(operation: &'static str, source: PathError) -> Self {
        Self::Dav(bheem_webdav::Error::Path { operation, source })
    }

    /// Gives the conditions of RFC 4791, section 5.3.2.1, and RFC 6352, section 6.3.2.1, their names.
    pub(crate) fn of_dav(operation: &'static str, error: bheem_webdav::Error) -> Self {
        match error.condition() {
            Some("no-uid-conflict") => Self::UidConflict { operation },
            Some(
                condition @ ("valid-calendar-data"
                | "valid-calendar-object-resource"
                | "supported-calendar-data"
                | "supported-calendar-component"
                | "valid-address-data"
                | "supported-address-data"
                | "max-resource-size"
                | "min-date-time"
                | "max-date-time"
                | "max-instances"
                | "max-attendees-per-instance"),
            ) => Self::InvalidData {
                operation,
                condition: condition.to_owned(),
            },
            _ => Self::Dav(error),
        }
    }

    /// The same for a report: those that a server does not know.
    pub(crate) fn of_report(operation: &'static str, error: Self) -> Self {
        let is_unknown = match &error {
            Self::Dav(bheem_webdav::Error::MethodNotAllowed { .. }) => true,
            Self::Dav(bheem_webdav::Error::Http(error)) => {
                error.status().is_some_and(|status| status.as_u16() == 501)
            }
            Self::Dav(error) => error.condition() == Some("supported-report"),
            _ => false,
        };
        if is_unknown {
            Self::Unsupported { operation }
        } else {
            error
        }
    }

    /// The condition of the protocol that was not met, if the server named one.
    #[must_use]
    pub fn condition(&self) -> Option<&str> {
        match self {
            Self::UidConflict { .. } => Some("no-uid-conflict"),
            Self::InvalidData { condition, .. } => Some(condition),
            Self::Dav(error) => error.condition(),
            _ => None,
        }
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Limit { .. }
            | Self::InvalidData { .. }
            | Self::Unsupported { .. }
            | Self::Edit { .. } => ErrorKind::Invalid,
            Self::UidConflict { .. }
            | Self::NotACalendar { .. }
            | Self::InTrash { .. }
            | Self::Exists { .. }
            | Self::Changed { .. } => ErrorKind::Conflict,
            Self::Discovery { .. } | Self::Redirect { .. } | Self::Format { .. } => {
                ErrorKind::Protocol
            }
            Self::Dav(error) => error.kind(),
        }
    }

    /// Whether the server may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Dav(error) => error.effect(),
            // Read, but nothing was written.
            Self::Format { .. } | Self::Edit { .. } => Effect::NotSent,
            _ => Effect::Rejected,
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
