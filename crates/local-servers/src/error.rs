//! What can go wrong when a server is started, changed or stopped.

use std::{fmt, io, path::PathBuf};

/// Debian packages that are not installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPackages(Vec<&'static str>);

impl MissingPackages {
    pub(crate) fn new(packages: Vec<&'static str>) -> Self {
        Self(packages)
    }

    /// Their names.
    #[must_use]
    pub fn packages(&self) -> &[&'static str] {
        &self.0
    }
}

impl fmt::Display for MissingPackages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "install {} (Debian packages)", self.0.join(" "))
    }
}

impl std::error::Error for MissingPackages {}

/// Why a server could not be started, changed or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server is not installed.
    #[error(transparent)]
    Missing(#[from] MissingPackages),
    /// The directory cannot hold the server.
    #[error("{} cannot hold the server: {reason}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file operation failed.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// No port of loopback is free.
    #[error("no free port on loopback")]
    NoFreePort,
    /// We are root, and there is no account that the server could run as.
    #[error("this machine has neither a `mail` nor a `nobody` account to run the server as")]
    NoAccount,
    /// A program could not be started.
    #[error("could not run {program}")]
    Spawn {
        /// The program.
        program: String,
        /// The cause.
        source: io::Error,
    },
    /// A program ended with a failure.
    #[error("{program} failed: {output}")]
    Program {
        /// The program.
        program: String,
        /// What it wrote last.
        output: String,
    },
    /// A server ended instead of serving.
    #[error("{server} ended while starting: {log}")]
    Ended {
        /// The server.
        server: &'static str,
        /// The end of its log.
        log: String,
    },
    /// A server does not answer on its port.
    #[error("{server} did not answer within {seconds} s: {log}")]
    NotReady {
        /// The server.
        server: &'static str,
        /// How long was waited.
        seconds: u64,
        /// The end of its log.
        log: String,
    },
    /// Something that is to be written into a configuration would break out of its place.
    #[error("{what} cannot be configured: {reason}")]
    Unusable {
        /// What it is.
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl Error {
    /// For `map_err` on a file operation.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
