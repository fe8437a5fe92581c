//! `WsgiDAV`: a real WebDAV server with locks and dead properties, for one user, on files of its own.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

use crate::{Error, Process, Program, free_port};

const USER: &str = "john";
const STARTING: Duration = Duration::from_secs(30);

/// A running server. Dropping it stops it and removes its files.
#[derive(Debug)]
pub struct WsgiDav {
    port: u16,
    password: SecretString,
    // Ended before its directory goes.
    process: Process,
    directory: TempDir,
}

impl WsgiDav {
    /// Starts one on a free port, with a password of its own. `program` is what [`crate::tools`] answers to
    /// `wsgidav`.
    ///
    /// # Errors
    /// If its files cannot be written or it does not start.
    pub async fn start(program: &str) -> Result<Self, Error> {
        // The password is in there.
        let directory = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .map_err(Error::io("create", "a directory"))?;
        let files = directory.path().join("files");
        fs::create_dir(&files).map_err(Error::io("create", &files))?;
        let port = free_port()?;
        let password = SecretString::from(Alphanumeric.sample_string(&mut rand::rng(), 32));
        let configuration = directory.path().join("wsgidav.json");
        let text = configuration_text(port, &files, &password);
        fs::write(&configuration, text).map_err(Error::io("write", &configuration))?;
        let log = directory.path().join("wsgidav.log");
        let mut process = Program::new("WsgiDAV", program, log)
            .arg("--config")
            .arg(configuration)
            .current_dir(directory.path())
            .start()?;
        process.wait_for_port(port, STARTING).await?;
        Ok(Self {
            port,
            password,
            process,
            directory,
        })
    }

    /// The URL of the tree.
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

    /// Where the files are.
    #[must_use]
    pub fn files(&self) -> PathBuf {
        self.directory.path().join("files")
    }

    /// The end of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }
}

/// JSON; the values hold nothing that would have to be escaped, but for the path.
fn configuration_text(port: u16, files: &Path, password: &SecretString) -> String {
    let files = files
        .display()
        .to_string()
        .replace('\\', "\\\\")
        .replace('"', "\\\"");
    let password = password.expose_secret();
    format!(
        r#"{{
  "host": "127.0.0.1",
  "port": {port},
  "server": "cheroot",
  "server_args": {{"numthreads": 8}},
  "provider_mapping": {{"/": "{files}"}},
  "http_authenticator": {{"accept_basic": true, "accept_digest": false, "default_to_digest": false}},
  "simple_dc": {{"user_mapping": {{"*": {{"{USER}": {{"password": "{password}"}}}}}}}},
  "lock_storage": true,
  "property_manager": true,
  "dir_browser": {{"enable": false}},
  "block_size": 65536,
  "verbose": 1
}}
"#
    )
}
