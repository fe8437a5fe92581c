//! What can go wrong while runs are made. What goes wrong in a run is told by the run.

/// The result of making runs.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A run could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The engine of runs refused.
    #[error("a durable run")]
    Saga(#[from] bheem_saga::Error),
}

impl From<Error> for bheem_persistence::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Saga(source) => source.into(),
        }
    }
}

impl From<bheem_saga::DefinitionError> for Error {
    fn from(error: bheem_saga::DefinitionError) -> Self {
        Self::Saga(error.into())
    }
}
