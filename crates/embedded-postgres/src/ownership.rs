//! Which account the server runs as, and whether a directory is safely ours.
//!
//! PostgreSQL refuses to run as root, so root hands the cluster to `postgres` or `nobody`. An
//! existing data directory keeps its owner, so that an account created later changes nothing.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::Path,
};

use nix::unistd::{Gid, Uid, User, getegid, geteuid};

use crate::Error;

/// The account of the server's processes and files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Whether we are root and must change to it.
    pub(crate) drop: bool,
}

impl Account {
    /// The owner of `data` if it exists, else an unprivileged account when we are root, else us.
    pub(crate) fn choose(data: &Path) -> Result<Self, Error> {
        let us = geteuid();
        if let Ok(metadata) = fs::symlink_metadata(data) {
            return Self::owner_of(data, &metadata);
        }
        if !us.is_root() {
            return Ok(Self::current(us));
        }
        ["postgres", "nobody"]
            .into_iter()
            .filter_map(|name| User::from_name(name).ok().flatten())
            .find(|user| !user.uid.is_root())
            .map(|user| Self {
                uid: user.uid.as_raw(),
                gid: user.gid.as_raw(),
                drop: true,
            })
            .ok_or(Error::NoUnprivilegedAccount)
    }

    fn current(us: Uid) -> Self {
        let gid: Gid = getegid();
        Self {
            uid: us.as_raw(),
            gid: gid.as_raw(),
            drop: false,
        }
    }

    fn owner_of(data: &Path, metadata: &fs::Metadata) -> Result<Self, Error> {
        let us = geteuid();
        let refuse = |reason: String| Error::UnsafeDirectory {
            path: data.to_path_buf(),
            reason,
        };
        if !metadata.is_dir() {
            return Err(refuse("it is not a directory".to_owned()));
        }
        if metadata.uid() == us.as_raw() && !us.is_root() {
            return Ok(Self::current(us));
        }
        if us.is_root() && metadata.uid() != 0 {
            return Ok(Self {
                uid: metadata.uid(),
                gid: metadata.gid(),
                drop: true,
            });
        }
        Err(refuse(format!(
            "it belongs to user {}, and we run as user {us}",
            metadata.uid()
        )))
    }

    /// Gives a directory to the account; nothing to do unless we are root.
    pub(crate) fn give(self, path: &Path) -> Result<(), Error> {
        if !self.drop {
            return Ok(());
        }
        std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid))
            .map_err(Error::io("change the owner of", path))
    }
}

/// Makes a directory that only `mode` opens, or accepts an existing one that is a real directory
/// of user `owner` and that nobody else may write to: a directory in a world-writable place could
/// have been put there by somebody else.
pub(crate) fn ensure_private(path: &Path, mode: u32, owner: u32) -> Result<(), Error> {
    match fs::DirBuilder::new().mode(mode).create(path) {
        Ok(()) => {
            let permissions = fs::Permissions::from_mode(mode);
            return fs::set_permissions(path, permissions)
                .map_err(Error::io("set the mode of", path));
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(Error::io("create", path)(error)),
    }
    let metadata = fs::symlink_metadata(path).map_err(Error::io("inspect", path))?;
    let reason = if !metadata.is_dir() {
        "it is not a directory".to_owned()
    } else if metadata.uid() != owner {
        format!("it belongs to user {}, not {owner}", metadata.uid())
    } else if metadata.mode() & 0o022 != 0 {
        "others may write to it".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::UnsafeDirectory {
        path: path.to_path_buf(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us() -> u32 {
        geteuid().as_raw()
    }

    #[test]
    fn a_directory_prepared_by_somebody_else_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("elsewhere");
        fs::create_dir(&target).unwrap();
        let link = parent.path().join("link");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let open = parent.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [link, open, file] {
            assert!(matches!(
                ensure_private(&path, 0o700, us()),
                Err(Error::UnsafeDirectory { .. })
            ));
        }
        let foreign = ensure_private(&target, 0o700, us() + 1);
        assert!(matches!(foreign, Err(Error::UnsafeDirectory { .. })));
    }

    #[test]
    fn a_directory_of_ours_is_accepted_again() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("mine");
        ensure_private(&path, 0o700, us()).unwrap();
        ensure_private(&path, 0o700, us()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
    }
}
