//! Flags of messages.

use std::fmt;

use super::{Messages, Uid, command::Command, set::sets};
use crate::{Error, observe::observe};

/// A flag or keyword.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Flag {
    /// Read.
    Seen,
    /// Answered.
    Answered,
    /// Marked, starred.
    Flagged,
    /// To be removed.
    Deleted,
    /// Not finished.
    Draft,
    /// Forwarded (`$Forwarded`, RFC 5788).
    Forwarded,
    /// Unwanted (`$Junk`).
    Junk,
    /// Wanted after all (`$NotJunk`).
    NotJunk,
    /// Any other.
    Other(String),
}

const NAMES: [(&str, Flag); 8] = [
    ("\\Seen", Flag::Seen),
    ("\\Answered", Flag::Answered),
    ("\\Flagged", Flag::Flagged),
    ("\\Deleted", Flag::Deleted),
    ("\\Draft", Flag::Draft),
    ("$Forwarded", Flag::Forwarded),
    ("$Junk", Flag::Junk),
    ("$NotJunk", Flag::NotJunk),
];

impl Flag {
    pub(super) fn read(text: &str) -> Self {
        NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map_or_else(|| Self::Other(text.to_owned()), |(_, flag)| flag.clone())
    }

    /// As IMAP writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => NAMES
                .iter()
                .find(|(_, flag)| flag == known)
                .map_or("", |(name, _)| name),
        }
    }

    /// A keyword is one word (RFC 3501, section 9, `atom`).
    pub(super) fn check(&self, operation: &'static str) -> Result<&str, Error> {
        let name = self.as_str();
        let word = name.strip_prefix('\\').unwrap_or(name);
        let is_letter = |byte: u8| byte.is_ascii_graphic() && !b"(){%*\"\\]".contains(&byte);
        if !word.is_empty() && word.bytes().all(is_letter) {
            return Ok(name);
        }
        Err(Error::Invalid {
            operation,
            reason: "a flag is one word",
        })
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What to do with flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagChange {
    /// Set them.
    Add,
    /// Clear them.
    Remove,
    /// Set them and clear all others.
    Replace,
}

pub(super) fn list(operation: &'static str, flags: &[Flag]) -> Result<String, Error> {
    let words: Result<Vec<&str>, Error> = flags.iter().map(|flag| flag.check(operation)).collect();
    Ok(format!("({})", words?.join(" ")))
}

impl Messages {
    /// Changes flags of messages. May be repeated; numbers of messages that are gone are passed over.
    ///
    /// # Errors
    /// If a flag is not one word, the folder does not exist, or the server refuses.
    pub async fn change_flags(
        &self,
        uids: &[Uid],
        change: FlagChange,
        flags: &[Flag],
    ) -> Result<(), Error> {
        const OPERATION: &str = "change_flags";
        let list = list(OPERATION, flags)?;
        let sets = sets(uids);
        if sets.is_empty() || (flags.is_empty() && change != FlagChange::Replace) {
            return Ok(());
        }
        let verb = match change {
            FlagChange::Add => "+FLAGS.SILENT",
            FlagChange::Remove => "-FLAGS.SILENT",
            FlagChange::Replace => "FLAGS.SILENT",
        };
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            lease.select(OPERATION, &self.folder, self.validity).await?;
            for set in sets {
                let command = Command::new(&format!("UID STORE {set} {verb} {list}"));
                lease.run(OPERATION, &command).await?;
            }
            Ok(())
        })
        .await
    }
}
