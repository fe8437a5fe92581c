//! What a CalDAV server can refuse.

use bheem_http_kit::{Effect, ErrorKind, Failure};
use bheem_webdav::PathError;

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
    /// Another object of this calendar, or of its trash bin, has the same UID.
    #[error("{operation}: another object has this UID")]
    UidConflict {
        /// The operation.
        operation: &'static str,
    },
    /// The server does not accept the iCalendar text.
    #[error("{operation}: the calendar data is refused")]
    InvalidData {
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
    /// What exists under the name is not a calendar, or is gone again.
    #[error("{operation}: there is no calendar of this name, and none can be made")]
    NotACalendar {
        /// The operation.
        operation: &'static str,
    },
    /// A failure of WebDAV.
    #[error(transparent)]
    Dav(#[from] bheem_webdav::Error),
}

impl Error {
    pub(crate) fn path(operation: &'static str, source: PathError) -> Self {
        Self::Dav(bheem_webdav::Error::Path { operation, source })
    }

    /// Gives the conditions of RFC 4791 their names.
    pub(crate) fn of_dav(operation: &'static str, error: bheem_webdav::Error) -> Self {
        match error.condition() {
            Some("no-uid-conflict") => Self::UidConflict { operation },
            Some(
                "valid-calendar-data"
                | "valid-calendar-object-resource"
                | "supported-calendar-data",
            ) => Self::InvalidData { operation },
            _ => Self::Dav(error),
        }
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Limit { .. } | Self::InvalidData { .. } => ErrorKind::Invalid,
            Self::UidConflict { .. } | Self::NotACalendar { .. } => ErrorKind::Conflict,
            Self::Discovery { .. } => ErrorKind::Protocol,
            Self::Dav(error) => error.kind(),
        }
    }

    /// Whether the server may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Dav(error) => error.effect(),
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
