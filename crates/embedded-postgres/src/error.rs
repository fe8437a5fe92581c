//! What can go wrong, one variant per failing operation.

use std::{io, path::PathBuf};

/// Why a cluster could not be started, used or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No PostgreSQL server binaries were found.
    #[error(
        "no PostgreSQL server was found (looked for `initdb` and `postgres` {looked}); install it with \
         `apt install postgresql` (Debian, Ubuntu), `dnf install postgresql-server` (Fedora) or \
         `brew install postgresql` (macOS), or name an existing database in DATABASE_URL"
    )]
    BinariesNotFound {
        /// The places that were searched.
        looked: String,
    },
    /// The data directory was made by a PostgreSQL version that is not installed.
    #[error(
        "the data directory {} was made by PostgreSQL {wanted}, but only version {found} is installed; \
         install version {wanted} or remove the directory", path.display()
    )]
    VersionMismatch {
        /// The cluster's data directory.
        path: PathBuf,
        /// The major version that made it.
        wanted: u32,
        /// The newest major version found.
        found: u32,
    },
    /// Another process holds the data directory.
    #[error("already running as process {pid}{}{note}", if note.is_empty() { "" } else { ": " })]
    AlreadyRunning {
        /// The process that holds the lock.
        pid: u32,
        /// What that process said about itself, for instance its address.
        note: String,
    },
    /// A directory that we need belongs to somebody else, or others may write to it.
    #[error("{} cannot be used: {reason}", path.display())]
    UnsafeDirectory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// We are root and found no account to run the server as.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has neither a `postgres` nor a `nobody` account"
    )]
    NoUnprivilegedAccount,
    /// A database name that is not `[a-z_][a-z0-9_]*` of at most 63 bytes.
    #[error("`{name}` is not a usable database name")]
    InvalidName {
        /// The refused name.
        name: String,
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
    /// A program could not be started.
    #[error("could not run {}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A program ended with a failure.
    #[error("{program} failed: {output}")]
    Program {
        /// The program's name.
        program: &'static str,
        /// What it wrote last.
        output: String,
    },
    /// The server ended before it accepted connections.
    #[error("PostgreSQL ended while starting: {log}")]
    ServerExited {
        /// The end of its log.
        log: String,
    },
    /// The server did something too slowly.
    #[error("PostgreSQL did not {what} within {seconds} s: {log}")]
    Timeout {
        /// What was waited for.
        what: &'static str,
        /// For how long.
        seconds: u64,
        /// The end of its log.
        log: String,
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
