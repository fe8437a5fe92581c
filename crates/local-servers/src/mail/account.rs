//! The account that Dovecot runs as and that owns the mail.

use std::path::Path;

use nix::unistd::{Gid, Group, Uid, User, getegid, geteuid};

use crate::Error;

#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) uid: Uid,
    pub(super) gid: Gid,
    pub(super) user: String,
    pub(super) group: String,
    /// We are root, and it is not we.
    pub(super) is_other: bool,
}

impl Account {
    pub(super) fn find() -> Result<Self, Error> {
        let is_root = geteuid().is_root();
        let found = if is_root {
            ["mail", "nobody"]
                .into_iter()
                .find_map(|name| User::from_name(name).ok().flatten())
        } else {
            User::from_uid(geteuid()).ok().flatten()
        };
        let user = found.ok_or(Error::NoAccount)?;
        let gid = if is_root { user.gid } else { getegid() };
        let group = Group::from_gid(gid).ok().flatten();
        Ok(Self {
            uid: user.uid,
            gid,
            user: user.name,
            group: group.ok_or(Error::NoAccount)?.name,
            is_other: is_root,
        })
    }

    /// Gives it a file or directory of ours.
    pub(super) fn give(&self, path: &Path) -> Result<(), Error> {
        if !self.is_other {
            return Ok(());
        }
        nix::unistd::chown(path, Some(self.uid), Some(self.gid))
            .map_err(std::io::Error::from)
            .map_err(Error::io("change the owner of", path))
    }
}
