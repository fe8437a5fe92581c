//! Putting a message into a folder.

use bheem_http_kit::Effect;
use chrono::{DateTime, Utc};

use super::{Flag, Messages, Uid, UidValidity, command::Command, flags::list};
use crate::{Error, observe::observe};

/// A message to store.
#[derive(Clone)]
pub struct AppendMessage {
    bytes: Vec<u8>,
    flags: Vec<Flag>,
    received_at: Option<DateTime<Utc>>,
}

impl AppendMessage {
    /// The message as it is on the wire (RFC 5322).
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            flags: Vec::new(),
            received_at: None,
        }
    }

    /// With a flag.
    #[must_use]
    pub fn flag(mut self, flag: Flag) -> Self {
        self.flags.push(flag);
        self
    }

    /// As if received then.
    #[must_use]
    pub fn received_at(mut self, at: DateTime<Utc>) -> Self {
        self.received_at = Some(at);
        self
    }
}

impl std::fmt::Debug for AppendMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AppendMessage({} bytes)", self.bytes.len())
    }
}

/// Where it is now, as far as the server tells (RFC 4315).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Appended {
    /// The folder's generation.
    pub validity: Option<UidValidity>,
    /// Its number.
    pub uid: Option<Uid>,
}

impl Messages {
    /// Stores a message. There is no key that would make this safe to repeat: after [`Effect::Unknown`], look for the
    /// message's `Message-ID` with [`Messages::find_by_message_id`] first.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such folder, [`Error::OverQuota`] if there is no room.
    pub async fn append(&self, message: AppendMessage) -> Result<Appended, Error> {
        const OPERATION: &str = "append_message";
        let limit = self.account.shared.limits.message;
        if message.bytes.len() > limit {
            return Err(Error::TooLarge {
                operation: OPERATION,
                limit,
                effect: Effect::NotSent,
            });
        }
        if message.bytes.contains(&0) {
            return Err(Error::Invalid {
                operation: OPERATION,
                reason: "there is a NUL in the message",
            });
        }
        let flags = list(OPERATION, &message.flags)?;
        let date = message.received_at.map_or_else(String::new, |at| {
            format!(" \"{}\"", at.format("%d-%b-%Y %H:%M:%S +0000"))
        });
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            let command = Command::new("APPEND")
                .folder(OPERATION, &self.folder)?
                .raw(&format!(" {flags}{date}"))
                .literal(message.bytes);
            let answer = lease.run(OPERATION, &command).await?;
            let mut appended = Appended::default();
            if answer.verdict.code == "APPENDUID" {
                let mut numbers = answer.verdict.arguments.split_ascii_whitespace();
                let mut next = || numbers.next().unwrap_or_default();
                appended.validity = next().parse().ok().map(UidValidity);
                appended.uid = next().parse().ok().map(Uid);
            }
            Ok(appended)
        })
        .await
    }

    /// The messages with an identification (`Message-ID`), newest first.
    ///
    /// # Errors
    /// As for [`Messages::search`].
    pub async fn find_by_message_id(&self, message_id: &str) -> Result<Vec<Uid>, Error> {
        let criteria = super::Criteria::Header("Message-ID".to_owned(), message_id.to_owned());
        Ok(self.search(&criteria).await?.uids)
    }
}
