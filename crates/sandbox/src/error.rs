//! Why the stand-ins could not be started.

use std::{io, path::PathBuf};

/// A failure of the sandbox itself; what the stand-ins answer is never an error here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A port could not be taken.
    #[error("could not listen for {peer} on port {port}")]
    Listen {
        /// Which stand-in.
        peer: &'static str,
        /// The wanted port; 0 is any.
        port: u16,
        /// The cause.
        source: io::Error,
    },
    /// A file in the data directory could not be read or written.
    #[error("could not {action} {}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file of ours has something in it that we did not write.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: serde_json::Error,
    },
    /// A stand-in that should have been started was not.
    #[error("there is no stand-in for {0}")]
    Missing(&'static str),
    /// The stand-ins' thread could not be started.
    #[error("could not start the stand-ins")]
    Start(#[source] io::Error),
}

impl Error {
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}
