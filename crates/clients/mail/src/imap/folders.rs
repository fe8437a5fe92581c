//! Folders: their names, what they are for, how much is in them.

use bheem_http_kit::{Created, Deleted};

use super::{
    UidValidity,
    command::Command,
    connection::Connection,
    response::{Untagged, count_broken},
    utf7,
    value::Value,
};
use crate::{Account, Error, Listed, observe::observe};

/// What a folder is for (RFC 6154).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpecialUse {
    /// Where mail arrives.
    Inbox,
    /// All messages.
    All,
    /// The archive.
    Archive,
    /// What is not finished.
    Drafts,
    /// What is marked.
    Flagged,
    /// What is unwanted.
    Junk,
    /// What was sent.
    Sent,
    /// What was deleted.
    Trash,
}

/// Names by which folders are known where the server does not say what they are for.
const USUAL_NAMES: [(&str, SpecialUse); 12] = [
    ("archive", SpecialUse::Archive),
    ("archives", SpecialUse::Archive),
    ("drafts", SpecialUse::Drafts),
    ("draft", SpecialUse::Drafts),
    ("junk", SpecialUse::Junk),
    ("spam", SpecialUse::Junk),
    ("junk e-mail", SpecialUse::Junk),
    ("sent", SpecialUse::Sent),
    ("sent items", SpecialUse::Sent),
    ("sent messages", SpecialUse::Sent),
    ("trash", SpecialUse::Trash),
    ("deleted items", SpecialUse::Trash),
];

impl SpecialUse {
    fn of_attribute(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "\\all" => Some(Self::All),
            "\\archive" => Some(Self::Archive),
            "\\drafts" => Some(Self::Drafts),
            "\\flagged" => Some(Self::Flagged),
            "\\junk" => Some(Self::Junk),
            "\\sent" => Some(Self::Sent),
            "\\trash" => Some(Self::Trash),
            _ => None,
        }
    }
}

/// How much is in a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderStatus {
    /// Messages.
    pub messages: u32,
    /// Messages not read.
    pub unseen: u32,
    /// The number the next message will get.
    pub uid_next: u32,
    /// The folder's generation.
    pub validity: Option<UidValidity>,
    /// The last change, if the server counts changes.
    pub highest_modseq: Option<u64>,
    /// Bytes, if the server tells.
    pub size: Option<u64>,
}

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folder {
    /// Its whole name, decoded; what all operations know it by. `INBOX` is the one where mail arrives. A name that is
    /// not in the standard's form is as the server wrote it, after an invisible mark (U+2060): [`Folder::display_name`]
    /// has none.
    pub name: String,
    /// What separates the levels of names; `None` if there are none.
    pub delimiter: Option<char>,
    /// What it is for.
    pub special_use: Option<SpecialUse>,
    /// It holds messages; otherwise it is there for the folders below it alone.
    pub is_selectable: bool,
    /// The user wants to see it.
    pub is_subscribed: bool,
    /// There are folders below it, as far as the server tells.
    pub has_children: Option<bool>,
    /// How much is in it, as far as the server tells in the same breath (RFC 5819).
    pub status: Option<FolderStatus>,
}

impl Folder {
    /// The whole name, for people.
    #[must_use]
    pub fn display_name(&self) -> &str {
        utf7::without_mark(&self.name)
    }

    /// The last level of the name, for people.
    #[must_use]
    pub fn label(&self) -> &str {
        let name = self.display_name();
        self.delimiter
            .and_then(|delimiter| name.rsplit(delimiter).next())
            .unwrap_or(name)
    }

    fn read(values: &[Value]) -> Option<Self> {
        let [attributes, delimiter, name, ..] = values else {
            return None;
        };
        let attributes: Vec<String> = attributes
            .list()?
            .iter()
            .filter_map(Value::text)
            .map(|word| word.to_ascii_lowercase())
            .collect();
        let has = |word: &str| attributes.iter().any(|one| one == word);
        let name = utf7::name_of(name.bytes()?)?;
        let is_inbox = name == "INBOX";
        let stated = attributes
            .iter()
            .find_map(|word| SpecialUse::of_attribute(word));
        Some(Self {
            name,
            delimiter: delimiter.text().and_then(|text| text.chars().next()),
            special_use: if is_inbox {
                Some(SpecialUse::Inbox)
            } else {
                stated
            },
            is_selectable: !has("\\noselect") && !has("\\nonexistent"),
            is_subscribed: has("\\subscribed"),
            has_children: match (has("\\haschildren"), has("\\hasnochildren")) {
                (false, false) => None,
                (has, _) => Some(has),
            },
            status: None,
        })
    }
}

/// The folders of a user.
#[derive(Clone, Copy, Debug)]
pub struct Folders<'a>(pub(crate) &'a Account);

impl Folders<'_> {
    /// All folders, with what they are for and, where the server can tell in the same answer, how much is in them. One
    /// command (two where subscriptions need their own), however many folders there are.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn list(&self) -> Result<Listed<Folder>, Error> {
        const OPERATION: &str = "list_folders";
        observe(OPERATION, async {
            let mut lease = self.0.lease(OPERATION).await?;
            let mut folders = list(&mut lease, OPERATION).await?;
            guess_uses(&mut folders.items);
            Ok(folders)
        })
        .await
    }

    /// A folder by its name, which is its natural key.
    ///
    /// # Errors
    /// As for [`Folders::list`].
    pub async fn find(&self, name: &str) -> Result<Option<Folder>, Error> {
        Ok(self.list().await?.into_iter().find(|one| one.name == name))
    }

    /// How much is in one folder.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such folder.
    pub async fn status(&self, name: &str) -> Result<FolderStatus, Error> {
        const OPERATION: &str = "folder_status";
        observe(OPERATION, async {
            let mut lease = self.0.lease(OPERATION).await?;
            let items = status_items(&lease);
            let command = Command::new("STATUS")
                .folder(OPERATION, name)?
                .raw(&format!(" {items}"));
            let answer = lease
                .run(OPERATION, &command)
                .await
                .map_err(|error| missing(error, OPERATION))?;
            statuses(&answer.untagged)
                .map(|(_, status)| status)
                .next()
                .ok_or_else(|| Error::protocol(OPERATION, "no status"))
        })
        .await
    }

    /// Makes a folder and subscribes to it. Its name is its natural key.
    ///
    /// # Errors
    /// If the name is not one, or the server refuses.
    pub async fn create(&self, name: &str) -> Result<Created, Error> {
        const OPERATION: &str = "create_folder";
        observe(OPERATION, async {
            let mut lease = self.0.lease(OPERATION).await?;
            let command = Command::new("CREATE").folder(OPERATION, name)?;
            let created = match lease.run(OPERATION, &command).await {
                Ok(_) => Created::Created,
                Err(Error::Exists { .. }) => Created::Exists,
                Err(error) => return Err(error),
            };
            let command = Command::new("SUBSCRIBE").folder(OPERATION, name)?;
            lease.run(OPERATION, &command).await?;
            Ok(created)
        })
        .await
    }

    /// Renames a folder with all below it.
    ///
    /// # Errors
    /// [`Error::NotFound`] or [`Error::Exists`], and if the server refuses.
    pub async fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        const OPERATION: &str = "rename_folder";
        observe(OPERATION, async {
            let mut lease = self.0.lease(OPERATION).await?;
            lease.close_folder(OPERATION).await?;
            let command = Command::new("RENAME")
                .folder(OPERATION, from)?
                .folder(OPERATION, to)?;
            lease.run(OPERATION, &command).await?;
            // Subscriptions are by name, and stay with the old one.
            let forget = Command::new("UNSUBSCRIBE").folder(OPERATION, from)?;
            lease.run(OPERATION, &forget).await?;
            let command = Command::new("SUBSCRIBE").folder(OPERATION, to)?;
            lease.run(OPERATION, &command).await?;
            Ok(())
        })
        .await
    }

    /// Deletes a folder with its messages. Those below it stay.
    ///
    /// # Errors
    /// If the server refuses, as it does for `INBOX`.
    pub async fn delete(&self, name: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_folder";
        observe(OPERATION, async {
            let mut lease = self.0.lease(OPERATION).await?;
            lease.close_folder(OPERATION).await?;
            let command = Command::new("DELETE").folder(OPERATION, name)?;
            let deleted = match lease.run(OPERATION, &command).await {
                Ok(_) => Deleted::Removed,
                Err(Error::NotFound { .. }) => Deleted::Absent,
                Err(error) => return Err(error),
            };
            let forget = Command::new("UNSUBSCRIBE").folder(OPERATION, name)?;
            lease.run(OPERATION, &forget).await?;
            Ok(deleted)
        })
        .await
    }

    /// Shows a folder to the user, or no longer.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn set_subscribed(&self, name: &str, is_subscribed: bool) -> Result<(), Error> {
        const OPERATION: &str = "subscribe_folder";
        observe(OPERATION, async {
            let mut lease = self.0.lease(OPERATION).await?;
            let verb = if is_subscribed {
                "SUBSCRIBE"
            } else {
                "UNSUBSCRIBE"
            };
            let command = Command::new(verb).folder(OPERATION, name)?;
            lease.run(OPERATION, &command).await?;
            Ok(())
        })
        .await
    }
}

impl Connection {
    /// A folder that is open cannot well be renamed or deleted.
    async fn close_folder(&mut self, operation: &'static str) -> Result<(), Error> {
        if self.selected.is_some() && self.capabilities.has("UNSELECT") {
            self.run(operation, &Command::new("UNSELECT"))
                .await
                .map_err(Error::before_sending)?;
            self.selected = None;
        }
        Ok(())
    }
}

fn missing(error: Error, operation: &'static str) -> Error {
    match error {
        Error::Refused { code, .. } if matches!(code.as_str(), "NO" | "CANNOT") => {
            Error::NotFound { operation }
        }
        other => other,
    }
}

fn status_items(connection: &Connection) -> String {
    let modseq = if connection.capabilities.has("CONDSTORE") {
        " HIGHESTMODSEQ"
    } else {
        ""
    };
    let size = if connection.capabilities.has("STATUS=SIZE") {
        " SIZE"
    } else {
        ""
    };
    format!("(MESSAGES UNSEEN UIDNEXT UIDVALIDITY{modseq}{size})")
}

async fn list(
    connection: &mut Connection,
    operation: &'static str,
) -> Result<Listed<Folder>, Error> {
    let is_extended = connection.capabilities.has("LIST-EXTENDED");
    let mut command = Command::new("LIST \"\" \"*\"");
    if is_extended {
        let special = if connection.capabilities.has("SPECIAL-USE") {
            " SPECIAL-USE"
        } else {
            ""
        };
        let status = if connection.capabilities.has("LIST-STATUS") {
            format!(" STATUS {}", status_items(connection))
        } else {
            String::new()
        };
        command = command.raw(&format!(" RETURN (SUBSCRIBED CHILDREN{special}{status})"));
    }
    let answer = connection.run(operation, &command).await?;
    let mut folders = folders(&answer.untagged, "LIST");
    for (wire, status) in statuses(&answer.untagged) {
        let folder = folders.items.iter_mut().find(|one| one.name == wire);
        if let Some(folder) = folder {
            folder.status = Some(status);
        }
    }
    if !is_extended {
        let answer = connection
            .run(operation, &Command::new("LSUB \"\" \"*\""))
            .await?;
        let wanted = self::folders(&answer.untagged, "LSUB");
        for folder in &mut folders.items {
            folder.is_subscribed = wanted.iter().any(|one| one.name == folder.name);
        }
    }
    Ok(folders)
}

fn folders(untagged: &[Untagged], verb: &str) -> Listed<Folder> {
    let mut folders = Listed::new(Vec::new(), count_broken(untagged, verb));
    for item in untagged {
        match item {
            Untagged::Named(name, values) if name == verb => match Folder::read(values) {
                Some(folder) => folders.items.push(folder),
                None => folders.left_out = folders.left_out.saturating_add(1),
            },
            _ => {}
        }
    }
    folders
}

/// What can be read of what is in folders, by their names. A folder of which it cannot be read has none.
fn statuses(untagged: &[Untagged]) -> impl Iterator<Item = (String, FolderStatus)> {
    untagged.iter().filter_map(|item| {
        let Untagged::Named(name, values) = item else {
            return None;
        };
        let [folder, counts] = values.as_slice() else {
            return None;
        };
        (name == "STATUS").then_some(())?;
        Some((utf7::name_of(folder.bytes()?)?, status(counts.list()?)?))
    })
}

/// `None` if a count that was asked for is none: nothing is told as zero that is not known.
fn status(counts: &[Value]) -> Option<FolderStatus> {
    let mut status = FolderStatus::default();
    for pair in counts.chunks(2) {
        let [Value::Atom(name), value] = pair else {
            return None;
        };
        let small = || {
            value
                .number()
                .map(|count| u32::try_from(count).unwrap_or(u32::MAX))
        };
        match name.to_ascii_uppercase().as_str() {
            "MESSAGES" => status.messages = small()?,
            "UNSEEN" => status.unseen = small()?,
            "UIDNEXT" => status.uid_next = small()?,
            "UIDVALIDITY" => status.validity = Some(UidValidity(value.number()?)),
            "HIGHESTMODSEQ" => status.highest_modseq = value.number(),
            "SIZE" => status.size = value.number(),
            _ => {}
        }
    }
    Some(status)
}

/// Where the server names no folder for a use, the first one with a usual name has it.
fn guess_uses(folders: &mut [Folder]) {
    for (usual, special_use) in USUAL_NAMES {
        let is_taken = folders
            .iter()
            .any(|one| one.special_use.as_ref() == Some(&special_use));
        if is_taken {
            continue;
        }
        let found = folders.iter_mut().find(|one| {
            one.special_use.is_none()
                && one.is_selectable
                && one.label().eq_ignore_ascii_case(usual)
        });
        if let Some(folder) = found {
            folder.special_use = Some(special_use);
        }
    }
}
