//! Where a cluster's files live.
//!
//! Normally in the wanted directory. Two things can forbid that: root hands the server to an
//! account that cannot enter a directory below, say, `/root`; and a socket's path may have only
//! about a hundred bytes. Either part then moves to a directory with an unguessable name, and a
//! pointer file in the wanted directory says where, so that removing the wanted directory also
//! makes a new start forget the old files.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    io::Read,
    path::{Path, PathBuf},
};

use nix::unistd::geteuid;

use crate::{
    Error, command,
    ownership::{Account, ensure_private},
    probe::SOCKET,
    processes,
};

/// macOS allows 103 bytes, Linux 107; staying below the smaller one keeps behaviour equal.
const SOCKET_PATH_LIMIT: usize = 103;

/// The places of one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Holds `data`, `socket` and the log; ours, and the server's account may pass through.
    pub(crate) root: PathBuf,
    /// Holds the socket; the server's, nobody else may enter.
    pub(crate) sockets: PathBuf,
    pub(crate) account: Account,
}

impl Layout {
    /// Makes the directories for a cluster wanted in `wanted`, which exists and is absolute.
    /// Call only while holding the lock of `wanted`.
    pub(crate) fn prepare(wanted: &Path) -> Result<Self, Error> {
        let mut root = wanted.to_path_buf();
        let pointer = wanted.join("location");
        let mut account = Account::choose(&root.join("data"))?;
        let moved = pointer.exists();
        if moved || (account.drop && !reachable(&root, account)?) {
            let prefix = format!("bheem-postgres-{:016x}-", hash(wanted));
            root = pointed(&pointer, Path::new("/var/tmp"), &prefix)?;
            ensure_private(&root, 0o711, geteuid().as_raw())?;
            sweep(&prefix, &root);
            account = Account::choose(&root.join("data"))?;
        }
        let sockets = socket_directory(wanted, &root, account)?;
        Ok(Self {
            root,
            sockets,
            account,
        })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.root.join("server.log")
    }

    /// The end of the server's log, for error messages.
    pub(crate) fn log_tail(&self) -> String {
        let text = fs::read(self.log()).unwrap_or_default();
        tail(&text)
    }

    /// The major version that made the data directory; `None` when there is none yet.
    pub(crate) fn version(&self) -> Result<Option<u32>, Error> {
        let path = self.data().join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim().parse().ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", path)(error)),
        }
    }
}

/// The last lines of some output.
pub(crate) fn tail(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.trim().lines().collect();
    let start = lines.len().saturating_sub(8);
    lines.get(start..).unwrap_or_default().join("\n")
}

/// Whether the account may enter the directory, found out by trying.
fn reachable(directory: &Path, account: Account) -> Result<bool, Error> {
    let shell = Path::new("/bin/sh");
    let status = command::program(shell, account)
        .args(["-c", "cd -- \"$1\"", "sh"])
        .arg(directory)
        .stderr(std::process::Stdio::null())
        .status()
        .map_err(|source| Error::Spawn {
            program: shell.to_path_buf(),
            source,
        })?;
    Ok(status.success())
}

fn socket_directory(wanted: &Path, root: &Path, account: Account) -> Result<PathBuf, Error> {
    let plain = root.join("socket");
    let text = plain.to_string_lossy();
    // The setting is a list: a comma or a quote would be read as part of its syntax.
    let fits = plain.as_os_str().len() + 1 + SOCKET.len() <= SOCKET_PATH_LIMIT
        && !text.contains([',', '"', '\n'])
        && plain.to_str().is_some();
    let sockets = if fits {
        plain
    } else {
        pointed(
            &wanted.join("socket-location"),
            Path::new("/tmp"),
            "bheem-pg-",
        )?
    };
    if !sockets.exists() {
        ensure_private(&sockets, 0o700, geteuid().as_raw())?;
        account.give(&sockets)?;
    }
    ensure_private(&sockets, 0o700, account.uid)?;
    Ok(sockets)
}

/// The directory that the pointer file names, or a fresh name below `base`, noted there.
fn pointed(pointer: &Path, base: &Path, prefix: &str) -> Result<PathBuf, Error> {
    if let Ok(text) = fs::read_to_string(pointer) {
        let path = PathBuf::from(text.trim());
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.parent() == Some(base) && name.starts_with(prefix) {
            return Ok(path);
        }
    }
    let path = base.join(format!("{prefix}{:016x}", random()?));
    let unfinished = pointer.with_extension("new");
    fs::write(&unfinished, format!("{}\n", path.display()))
        .and_then(|()| fs::rename(&unfinished, pointer))
        .map_err(Error::io("write", pointer))?;
    Ok(path)
}

/// Removes what earlier incarnations of the same wanted directory left below `/var/tmp`.
fn sweep(prefix: &str, keep: &Path) {
    let Ok(entries) = fs::read_dir("/var/tmp") else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let ours = name.starts_with(prefix)
            && path != keep
            && ensure_private(&path, 0o711, geteuid().as_raw()).is_ok();
        if ours
            && processes::living_in(&path.join("data")).is_empty()
            && let Err(error) = fs::remove_dir_all(&path)
        {
            tracing::warn!(path = %path.display(), %error, "could not remove an abandoned cluster");
        }
    }
}

fn hash(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}

fn random() -> Result<u64, Error> {
    let mut bytes = [0_u8; 8];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(Error::io("read", "/dev/urandom"))?;
    Ok(u64::from_ne_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_that_names_a_place_outside_its_base_is_replaced() {
        let wanted = tempfile::tempdir().unwrap();
        let pointer = wanted.path().join("location");
        fs::write(&pointer, "/etc\n").unwrap();
        let path = pointed(&pointer, Path::new("/var/tmp"), "bheem-postgres-test-").unwrap();
        assert!(path.starts_with("/var/tmp"));
        assert_eq!(
            pointed(&pointer, Path::new("/var/tmp"), "bheem-postgres-test-").unwrap(),
            path,
            "the new place is remembered"
        );
    }

    #[test]
    fn the_tail_keeps_the_last_lines() {
        let lines: Vec<String> = (0..20).map(|line| format!("line {line}")).collect();
        assert!(tail(lines.join("\n").as_bytes()).starts_with("line 12"));
        assert_eq!(tail(b""), "");
    }
}
