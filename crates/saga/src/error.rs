//! What can go wrong around a run, for those who start, watch and repair runs.

use diesel_async::pooled_connection::deadpool::PoolError;
use uuid::Uuid;

use crate::{DefinitionError, RunState};

/// Result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation on runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection could be had from the pool.
    #[error("taking a database connection")]
    Pool(#[from] PoolError),
    /// A statement failed.
    #[error("running a statement on the saga tables")]
    Database(#[from] diesel::result::Error),
    /// The run's graph is not one.
    #[error("the run is not well defined")]
    Definition(#[from] DefinitionError),
    /// Another run is active for the same subject.
    #[error("run {run_id} is already active for this subject")]
    ActiveRun {
        /// The active run.
        run_id: Uuid,
    },
    /// The run does not exist, or belongs to somebody else.
    #[error("no run {run_id}")]
    UnknownRun {
        /// What was asked for.
        run_id: Uuid,
    },
    /// The run has no such step.
    #[error("run {run_id} has no step {step}")]
    UnknownStep {
        /// The run.
        run_id: Uuid,
        /// What was asked for.
        step: String,
    },
    /// A worker holds the run at this moment; its next border is seconds away.
    #[error("a worker is on run {run_id} at this moment")]
    Busy {
        /// The run.
        run_id: Uuid,
    },
    /// The run's state does not allow the operation.
    #[error("run {run_id} is {state}: {why}")]
    Refused {
        /// The run.
        run_id: Uuid,
        /// Its state.
        state: RunState,
        /// What stands against it.
        why: &'static str,
    },
    /// A person must say why.
    #[error("a reason is required")]
    ReasonRequired,
    /// Parameters do not serialise.
    #[error("writing the parameters of a {kind} run")]
    Params {
        /// Kind of the run.
        kind: &'static str,
        /// The serialiser's complaint.
        source: serde_json::Error,
    },
    /// A row that this program did not write.
    #[error("inconsistent row in {table}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The value that makes no sense.
        what: String,
    },
}

/// The error and everything behind it, for a log line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
