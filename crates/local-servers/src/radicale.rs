//! Radicale: a real CalDAV and CardDAV server, on files of its own.

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

use crate::{Error, Process, Program, free_port};

const USER: &str = "john";
const STARTING: Duration = Duration::from_secs(30);

/// A running server. Dropping it stops it and removes its files.
#[derive(Debug)]
pub struct Radicale {
    port: u16,
    password: SecretString,
    // Ended before its directory goes.
    process: Process,
    _directory: TempDir,
}

impl Radicale {
    /// Starts one on a free port, with a password of its own. `program` is what [`crate::tools`] answers to
    /// `radicale`.
    ///
    /// # Errors
    /// If its files cannot be written or it does not start.
    pub async fn start(program: &str) -> Result<Self, Error> {
        // The password is in there.
        let directory = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .map_err(Error::io("create", "a directory"))?;
        let port = free_port()?;
        let password = SecretString::from(Alphanumeric.sample_string(&mut rand::rng(), 32));
        let users = directory.path().join("users");
        let line = format!("{USER}:{}\n", password.expose_secret());
        fs::write(&users, line).map_err(Error::io("write", &users))?;
        let configuration = directory.path().join("config");
        let text = format!(
            "[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {}\n\
             htpasswd_encryption = plain\ndelay = 0\n[rights]\ntype = owner_only\n[storage]\nfilesystem_folder = {}\n\
             [web]\ntype = none\n",
            users.display(),
            directory.path().join("collections").display()
        );
        fs::write(&configuration, text).map_err(Error::io("write", &configuration))?;
        let log = directory.path().join("radicale.log");
        let mut process = Program::new("Radicale", program, log)
            .arg("--config")
            .arg(configuration)
            .current_dir(directory.path())
            .start()?;
        process.wait_for_port(port, STARTING).await?;
        Ok(Self {
            port,
            password,
            process,
            _directory: directory,
        })
    }

    /// The URL of the server.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &'static str {
        USER
    }

    /// The user's password.
    #[must_use]
    pub fn password(&self) -> &SecretString {
        &self.password
    }

    /// The end of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }
}
