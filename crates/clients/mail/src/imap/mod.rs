//! IMAP (RFC 3501) with the extensions that make lists, threads and waiting cheap.
//!
//! The protocol code is our own and small: it must not believe a size that a server announces, must tell a connection that
//! is in the middle of something from one that is not, and speaks `THREAD`, `PREVIEW` and `LIST-STATUS`.

mod append;
mod body;
mod capabilities;
mod command;
mod connection;
mod envelope;
mod fetch;
mod flags;
mod folders;
mod idle;
mod list;
mod login;
pub(crate) mod pool;
mod quota;
mod response;
mod search;
mod set;
mod structure;
mod threads;
mod transfer;
pub(crate) mod utf7;
mod value;
mod view;

pub use crate::message::parts::{InvalidPath, Part, PartPath, Structure};
pub use append::{AppendMessage, Appended};
pub use body::PartStream;
pub use capabilities::Capabilities;
pub use envelope::{Address, Envelope};
pub use fetch::Summary;
pub use flags::{Flag, FlagChange};
pub use folders::{Folder, FolderStatus, Folders, SpecialUse};
pub use idle::{IdleEvent, IdleStream};
pub use list::{Cursor, ListQuery, MessagePage, Order};
pub use quota::{Quota, QuotaResource};
pub use search::{Criteria, SearchResult};
pub use threads::{Thread, ThreadSource, Threading, build_threads};
pub use transfer::Transferred;
pub use view::FullMessage;

use crate::Account;

/// A message's number in its folder. Valid together with the folder's [`UidValidity`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub u32);

/// A folder's generation: numbers of messages given under another one are void. The standard has 32 bits for it, some
/// servers tell more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UidValidity(pub u64);

/// The messages of one folder.
#[derive(Clone, Debug)]
pub struct Messages {
    pub(crate) account: Account,
    pub(crate) folder: String,
    pub(crate) validity: Option<UidValidity>,
}

impl Messages {
    /// Numbers of messages were given under this generation of the folder: should it be another one now, operations fail
    /// with [`crate::Error::FolderReplaced`] instead of touching other messages.
    #[must_use]
    pub fn expecting(mut self, validity: UidValidity) -> Self {
        self.validity = Some(validity);
        self
    }
}

impl Account {
    /// The folders.
    #[must_use]
    pub fn folders(&self) -> Folders<'_> {
        Folders(self)
    }

    /// The messages of a folder, by its name as [`Folder::name`] gives it.
    pub fn messages(&self, folder: impl Into<String>) -> Messages {
        Messages {
            account: self.clone(),
            folder: folder.into(),
            validity: None,
        }
    }
}
