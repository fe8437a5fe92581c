//! Moving, copying and removing messages.

use bheem_http_kit::Effect;

use super::{
    Messages, Uid, UidValidity,
    command::Command,
    connection::{Answer, Connection},
    response::{Untagged, Verdict},
    set::{read, sets},
};
use crate::{Error, observe::observe};

/// Where messages went, as far as the server tells (RFC 4315).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transferred {
    /// The other folder's generation.
    pub validity: Option<UidValidity>,
    /// Each message's number here and there.
    pub uids: Vec<(Uid, Uid)>,
}

impl Transferred {
    /// `COPYUID 1 3:4 7:8`, in the tagged answer or, for a move, before it.
    fn note(&mut self, answer: &Answer) {
        let untagged = answer.untagged.iter().filter_map(|item| match item {
            Untagged::Verdict(verdict) => Some(verdict),
            _ => None,
        });
        for verdict in untagged.chain([&answer.verdict]) {
            if verdict.code == "COPYUID" {
                self.read(verdict);
            }
        }
    }

    fn read(&mut self, verdict: &Verdict) -> Option<()> {
        let mut words = verdict.arguments.split_ascii_whitespace();
        let validity = words.next()?.parse().ok()?;
        let (from, to) = (read(words.next()?)?, read(words.next()?)?);
        self.validity = Some(UidValidity(validity));
        self.uids.extend(from.into_iter().zip(to));
        Some(())
    }
}

impl Messages {
    /// Moves messages to another folder. Numbers of messages that are gone are passed over.
    ///
    /// Where the server cannot move (RFC 6851) they are copied and then removed; what fails in between leaves both.
    ///
    /// # Errors
    /// [`Error::NotFound`] if either folder does not exist.
    pub async fn move_to(&self, uids: &[Uid], folder: &str) -> Result<Transferred, Error> {
        const OPERATION: &str = "move_messages";
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            lease.select(OPERATION, &self.folder, self.validity).await?;
            let can_move = lease.capabilities.has("MOVE");
            if !can_move {
                needs_uidplus(&lease, OPERATION)?;
            }
            let mut moved = Transferred::default();
            for (number, set) in sets(uids).into_iter().enumerate() {
                let verb = if can_move { "MOVE" } else { "COPY" };
                let command =
                    Command::new(&format!("UID {verb} {set}")).folder(OPERATION, folder)?;
                let result = lease.run(OPERATION, &command).await;
                moved.note(&result.map_err(|error| after_some(error, number))?);
                if !can_move {
                    expunge(&mut lease, OPERATION, &set).await.map_err(partly)?;
                }
            }
            Ok(moved)
        })
        .await
    }

    /// Copies messages to another folder.
    ///
    /// # Errors
    /// [`Error::NotFound`] if either folder does not exist, [`Error::OverQuota`] if there is no room.
    pub async fn copy_to(&self, uids: &[Uid], folder: &str) -> Result<Transferred, Error> {
        const OPERATION: &str = "copy_messages";
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            lease.select(OPERATION, &self.folder, self.validity).await?;
            let mut copied = Transferred::default();
            for (number, set) in sets(uids).into_iter().enumerate() {
                let command = Command::new(&format!("UID COPY {set}")).folder(OPERATION, folder)?;
                let result = lease.run(OPERATION, &command).await;
                copied.note(&result.map_err(|error| after_some(error, number))?);
            }
            Ok(copied)
        })
        .await
    }

    /// Removes messages for good: these alone, not others that are marked as deleted. May be repeated.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the server cannot remove certain messages (RFC 4315).
    pub async fn delete(&self, uids: &[Uid]) -> Result<(), Error> {
        const OPERATION: &str = "delete_messages";
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            lease.select(OPERATION, &self.folder, self.validity).await?;
            needs_uidplus(&lease, OPERATION)?;
            for set in sets(uids) {
                expunge(&mut lease, OPERATION, &set).await?;
            }
            Ok(())
        })
        .await
    }
}

/// Without it all messages that anybody marked as deleted would go.
fn needs_uidplus(connection: &Connection, operation: &'static str) -> Result<(), Error> {
    if connection.capabilities.has("UIDPLUS") || connection.capabilities.has("IMAP4REV2") {
        return Ok(());
    }
    Err(Error::Unsupported {
        operation,
        capability: "UIDPLUS",
    })
}

async fn expunge(
    connection: &mut Connection,
    operation: &'static str,
    set: &str,
) -> Result<(), Error> {
    let mark = Command::new(&format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"));
    connection.run(operation, &mark).await?;
    let command = Command::new(&format!("UID EXPUNGE {set}"));
    connection.run(operation, &command).await?;
    Ok(())
}

/// A refusal is one only of the first set.
fn after_some(error: Error, number: usize) -> Error {
    if number == 0 { error } else { partly(error) }
}

fn partly(error: Error) -> Error {
    if error.effect() == Effect::Unknown {
        return error;
    }
    let operation = "move_messages";
    Error::Protocol {
        operation,
        reason: "some messages were transferred and the rest refused",
        effect: Effect::Unknown,
    }
}
