//! `sandbox.json`: a running sandbox, for scripts and for the other commands.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use bheem_sandbox::{PeerHandle, Sandbox};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::secrets::{self, Secrets};
use crate::{
    server::Running,
    settings::{Secret, Settings},
};

const FILE: &str = "sandbox.json";

/// A running sandbox.
#[derive(Clone, Serialize, Deserialize)]
pub struct Description {
    /// Where the server answers.
    pub base_url: String,
    /// Where its metrics are.
    pub metrics_url: Option<String>,
    /// The process.
    pub pid: u32,
    /// The first administrator.
    pub admin: Admin,
    /// The database.
    pub database_url: String,
    /// The stand-ins by name.
    pub peers: BTreeMap<String, BTreeMap<String, String>>,
    /// Secrets of the applications that sign in here, by their public names.
    #[serde(default)]
    pub clients: BTreeMap<String, String>,
    /// Why there is no mail server, when there is none.
    #[serde(default)]
    pub no_mail: Option<String>,
}

/// The first administrator.
#[derive(Clone, Serialize, Deserialize)]
pub struct Admin {
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
}

/// The password and the peers' credentials are left out.
impl std::fmt::Debug for Description {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Description")
            .field("base_url", &self.base_url)
            .field("pid", &self.pid)
            .finish_non_exhaustive()
    }
}

impl Description {
    pub(super) fn new(
        running: &Running,
        peers: &Sandbox,
        database_url: &str,
        admin: &str,
        secrets: &Secrets,
    ) -> Self {
        let mut by_name: BTreeMap<_, _> = peers
            .peers()
            .into_iter()
            .map(|peer| (peer.name.to_owned(), describe(peer)))
            .collect();
        let dns = BTreeMap::from([
            ("address".to_owned(), peers.dns.address.to_string()),
            ("control_url".to_owned(), peers.dns.control_url.clone()),
            ("base_url".to_owned(), peers.dns.control_url.clone()),
        ]);
        by_name.insert("dns".to_owned(), dns);
        Self {
            base_url: format!("http://{}", running.address),
            metrics_url: running
                .metrics
                .map(|address| format!("http://{address}/metrics")),
            pid: std::process::id(),
            admin: Admin {
                email: admin.to_owned(),
                password: secrets.admin_password.expose_secret().to_owned(),
            },
            database_url: database_url.to_owned(),
            peers: by_name,
            clients: BTreeMap::new(),
            no_mail: None,
        }
    }

    pub(super) fn write(&self, directory: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        secrets::write_private(&directory.join(FILE), &text)
    }

    /// The description in a directory, if a sandbox was ever started there.
    ///
    /// # Errors
    /// When it is there and does not read.
    pub fn find(directory: &Path) -> anyhow::Result<Option<Self>> {
        let path = directory.join(FILE);
        match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .with_context(|| format!("{} is damaged", path.display())),
        }
    }

    /// Settings that reach the sandbox's database, for commands that work on it.
    ///
    /// # Errors
    /// When the directory holds no secrets.
    pub fn settings(&self, directory: &Path) -> anyhow::Result<Settings> {
        let secrets = Secrets::load(&directory.join("secrets.json"))?
            .with_context(|| format!("{} holds no secrets", directory.display()))?;
        let mut settings = Settings::default();
        settings.database.url = Secret::from(self.database_url.as_str());
        settings.vault.keys = vec![Secret::from(secrets.vault_key.as_str())];
        settings.http.public_url.clone_from(&self.base_url);
        Ok(settings)
    }
}

fn describe(peer: &PeerHandle) -> BTreeMap<String, String> {
    let addresses = [
        ("base_url".to_owned(), peer.base_url.clone()),
        ("control_url".to_owned(), peer.control_url.clone()),
    ];
    let credentials = peer
        .credentials
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    addresses.into_iter().chain(credentials).collect()
}
