//! Secrets of a sandbox: generated once, kept in a file that only its owner reads.

use std::{
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use bheem_vault::{MasterKey, token};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// What a sandbox must keep to itself.
pub(super) struct Secrets {
    pub(super) vault_key: String,
    pub(super) admin_password: SecretString,
}

/// The directory, made if it is missing, by its full name. Root's servers run under accounts of their own, which may
/// pass through it without seeing what is in it; the files in it are private one by one.
pub(super) fn prepare(directory: &Path) -> anyhow::Result<PathBuf> {
    let is_roots = nix::unistd::geteuid().is_root();
    let mode = if is_roots { 0o711 } else { 0o700 };
    let open = |directory: &Path| {
        if is_roots {
            fs::set_permissions(directory, fs::Permissions::from_mode(mode))?;
        }
        Ok(())
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(directory)
        .and_then(|()| open(directory))
        .and_then(|()| directory.canonicalize())
        .with_context(|| format!("making {}", directory.display()))
}

impl Secrets {
    pub(super) fn load_or_generate(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join("secrets.json");
        if let Some(secrets) = Self::load(&path)? {
            return Ok(secrets);
        }
        let secrets = Self {
            vault_key: MasterKey::generate("sandbox")?.to_text().to_string(),
            admin_password: token::generate()?,
        };
        let text = json!({
            "vault_key": secrets.vault_key,
            "admin_password": secrets.admin_password.expose_secret(),
        });
        write_private(&path, text.to_string().as_bytes())?;
        Ok(secrets)
    }

    pub(super) fn load(path: &Path) -> anyhow::Result<Option<Self>> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.with_context(|| format!("reading {}", path.display()))?,
        };
        let value: serde_json::Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged", path.display()))?;
        let field = |name: &str| {
            value
                .get(name)
                .and_then(|value| value.as_str())
                .with_context(|| format!("{} holds no {name}", path.display()))
        };
        Ok(Some(Self {
            vault_key: field("vault_key")?.to_owned(),
            admin_password: field("admin_password")?.into(),
        }))
    }
}

/// Writes a file of mode 0600; it appears whole or not at all.
pub(super) fn write_private(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let draft = path.with_extension("draft");
    let write = || {
        // A draft that a crash left behind may have another mode.
        let _ = fs::remove_file(&draft);
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().with_context(|| format!("writing {}", path.display()))
}
