//! Where everything is below the one directory.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use super::account::Account;
use crate::Error;

/// A socket's path has at most 107 bytes, and the servers' own names below ours take some 40.
const LONGEST_DIRECTORY: usize = 64;

#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
    /// Removes the directory at the end, if it is temporary.
    _temporary: Option<tempfile::TempDir>,
}

impl Layout {
    pub(super) fn prepare(given: Option<PathBuf>, account: &Account) -> Result<Self, Error> {
        let (root, temporary) = if let Some(root) = given {
            fs::create_dir_all(&root).map_err(Error::io("create", &root))?;
            (root, None)
        } else {
            let made = tempfile::Builder::new()
                .prefix("mail-")
                .tempdir()
                .map_err(Error::io("create", std::env::temp_dir()))?;
            (made.path().to_path_buf(), Some(made))
        };
        let root = fs::canonicalize(&root).map_err(Error::io("find", &root))?;
        check(&root, account)?;
        let layout = Self {
            root,
            _temporary: temporary,
        };
        // Others (Postfix) pass through and find sockets; they cannot list.
        set_mode(&layout.root, 0o711)?;
        for part in ["dovecot", "dovecot/run", "dovecot/auth", "vhosts"] {
            let path = layout.root.join(part);
            fs::create_dir_all(&path).map_err(Error::io("create", &path))?;
            let is_open = matches!(part, "dovecot" | "dovecot/run");
            set_mode(&path, if is_open { 0o711 } else { 0o700 })?;
            account.give(&path)?;
        }
        for part in ["logs", "postfix", "postfix/data"] {
            let path = layout.root.join(part);
            fs::create_dir_all(&path).map_err(Error::io("create", &path))?;
            set_mode(&path, 0o755)?;
        }
        Ok(layout)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn dovecot(&self) -> PathBuf {
        self.root.join("dovecot")
    }

    pub(super) fn auth(&self) -> PathBuf {
        self.root.join("dovecot/auth")
    }

    pub(super) fn postfix(&self) -> PathBuf {
        self.root.join("postfix")
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    pub(super) fn vhosts(&self) -> PathBuf {
        self.root.join("vhosts")
    }
}

/// Writes a file that appears whole or not at all.
pub(super) fn replace(
    path: &Path,
    text: &str,
    mode: u32,
    owner: Option<&Account>,
) -> Result<(), Error> {
    let fresh = path.with_extension("new");
    let _absent = fs::remove_file(&fresh);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&fresh)
        .map_err(Error::io("create", &fresh))?;
    file.write_all(text.as_bytes())
        .map_err(Error::io("write", &fresh))?;
    drop(file);
    set_mode(&fresh, mode)?;
    if let Some(owner) = owner {
        owner.give(&fresh)?;
    }
    fs::rename(&fresh, path).map_err(Error::io("replace", path))
}

fn set_mode(path: &Path, mode: u32) -> Result<(), Error> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(Error::io("change the mode of", path))
}

fn check(root: &Path, account: &Account) -> Result<(), Error> {
    let refuse = |reason| {
        Err(Error::Directory {
            path: root.to_path_buf(),
            reason,
        })
    };
    let Some(text) = root.to_str() else {
        return refuse("its path is not text");
    };
    if text.len() > LONGEST_DIRECTORY {
        return refuse("its path is too long for sockets (64 bytes at most)");
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if !text.chars().all(is_plain) {
        return refuse("its path has characters that configuration files would need quoted");
    }
    if account.is_other {
        for parent in root.ancestors().skip(1) {
            let mode = fs::metadata(parent)
                .map_err(Error::io("look at", parent))?
                .permissions()
                .mode();
            if mode & 0o001 == 0 {
                return refuse("the servers' accounts cannot pass through the folders above it");
            }
        }
    }
    Ok(())
}
