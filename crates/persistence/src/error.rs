//! What can go wrong between us and the database.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed use of the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection: the database is away, or all connections are busy.
    #[error("getting a database connection")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The account whose request it is has as many connections as it may have, and went on having them.
    #[error("the connections of one account are all in use")]
    ShareTaken,
    /// Another attempt has taken the `Idempotency-Key` over meanwhile; nothing was done.
    #[error("another attempt has taken the idempotency key over")]
    KeyLost,
    /// A unique index refused the row; the state of things has changed in between.
    #[error("unique index {constraint} refused the row")]
    Duplicate {
        /// Name of the index or constraint.
        constraint: String,
    },
    /// Another transaction was in the way (deadlock, serialization failure, lock timeout).
    #[error("another transaction was in the way")]
    Contention(#[source] DieselError),
    /// A row that had to be there is not.
    #[error("no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// A row does not convert: the data contradicts the code.
    #[error("table {table} holds a row that makes no sense: {reason}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// Which row and what is wrong.
        reason: String,
    },
    /// Any other failed statement.
    #[error("running a statement")]
    Statement(#[source] DieselError),
    /// Applying or reverting migrations failed.
    #[error("migrating the database")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Sealing or opening a stored secret failed.
    #[error("a stored secret")]
    Vault(#[from] bheem_vault::Error),
    /// The engine of runs failed.
    #[error("a durable run")]
    Saga(#[source] Box<bheem_saga::Error>),
}

impl From<bheem_saga::Error> for Error {
    fn from(error: bheem_saga::Error) -> Self {
        Self::Saga(Box::new(error))
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                Self::Duplicate {
                    constraint: info.constraint_name().unwrap_or_default().to_owned(),
                }
            }
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                Self::Contention(error)
            }
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)
                if info.message().contains("deadlock") =>
            {
                Self::Contention(error)
            }
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => {
                Self::Unavailable(Box::new(error))
            }
            _ => Self::Statement(error),
        }
    }
}

impl Error {
    /// Whether the unique index `name` refused the row.
    #[must_use]
    pub fn is_duplicate_of(&self, name: &str) -> bool {
        matches!(self, Self::Duplicate { constraint } if constraint == name)
    }

    pub(crate) fn inconsistent(table: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Inconsistent {
            table,
            reason: reason.to_string(),
        }
    }
}
