//! Xandikos: a real CalDAV and CardDAV server that keeps everything in git, on files of its own. It asks nobody for a
//! password: it listens on loopback only, for one user.

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use tempfile::TempDir;

use crate::{Error, Process, Program, free_port};

const STARTING: Duration = Duration::from_secs(30);

/// A running server. Dropping it stops it and removes its files.
#[derive(Debug)]
pub struct Xandikos {
    port: u16,
    // Ended before its directory goes.
    process: Process,
    _directory: TempDir,
}

impl Xandikos {
    /// Starts one on a free port. `program` is what [`crate::tools`] answers to `xandikos`.
    ///
    /// # Errors
    /// If its files cannot be written or it does not start.
    pub async fn start(program: &str) -> Result<Self, Error> {
        let directory = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .map_err(Error::io("create", "a directory"))?;
        let port = free_port()?;
        let log = directory.path().join("xandikos.log");
        let mut process = Program::new("Xandikos", program, log)
            .arg("--listen-address=127.0.0.1")
            .arg(format!("--port={port}"))
            .arg("-d")
            .arg(directory.path().join("collections"))
            .arg("--autocreate")
            .arg("--defaults")
            .arg("--current-user-principal=/user/")
            // Commits need an author.
            .env("GIT_AUTHOR_NAME", "john")
            .env("GIT_AUTHOR_EMAIL", "john@a.test")
            .env("HOME", directory.path())
            .current_dir(directory.path())
            .start()?;
        process.wait_for_port(port, STARTING).await?;
        Ok(Self {
            port,
            process,
            _directory: directory,
        })
    }

    /// The URL of the server.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The end of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }
}
