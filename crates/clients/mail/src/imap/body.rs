//! Parts of messages, in pieces: however large a part is, memory is taken for one piece of it.

use bheem_http_kit::Bytes;
use futures::{Stream, stream};

use super::{
    Messages, Part, Structure, Uid,
    command::Command,
    connection::Connection,
    fetch::{Row, broken, rows},
    value::Value,
};
use crate::{Error, message::decode::Decoder, observe::observe};

const PIECE: usize = 256 * 1024;
/// The message is there, and what the server tells of it is nothing we can read.
const UNREADABLE: &str = "not the structure of a message";

/// A part that is being read, decoded. Holds a connection only while a piece is fetched.
#[derive(Debug)]
pub struct PartStream {
    messages: Messages,
    uid: Uid,
    section: String,
    offset: usize,
    decoder: Decoder,
    is_done: bool,
}

impl Messages {
    /// The parts of a message.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such message.
    pub async fn structure(&self, uid: Uid) -> Result<Structure, Error> {
        const OPERATION: &str = "get_structure";
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            lease.select(OPERATION, &self.folder, self.validity).await?;
            let row = fetch(&mut lease, OPERATION, uid, "(UID BODYSTRUCTURE)").await?;
            row.get("BODYSTRUCTURE")
                .map(Structure::read)
                .ok_or_else(|| Error::protocol(OPERATION, UNREADABLE))
        })
        .await
    }

    /// Reads a part, decoded, piece by piece. Nothing is fetched before the first piece is asked for. Does not mark the
    /// message as read.
    #[must_use]
    pub fn open_part(&self, uid: Uid, part: &Part) -> PartStream {
        self.open(uid, part.path.to_string(), Decoder::of(&part.encoding))
    }

    /// Reads the whole message as it is on the wire, piece by piece.
    #[must_use]
    pub fn open_message(&self, uid: Uid) -> PartStream {
        self.open(uid, String::new(), Decoder::Identity)
    }

    fn open(&self, uid: Uid, section: String, decoder: Decoder) -> PartStream {
        PartStream {
            messages: self.clone(),
            uid,
            section,
            offset: 0,
            decoder,
            is_done: false,
        }
    }
}

impl PartStream {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the message is gone, and if the connection breaks. May be called again after an error: it
    /// goes on where it was.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        const OPERATION: &str = "read_part";
        while !self.is_done {
            let piece = observe(OPERATION, async {
                let mut lease = self.messages.account.lease(OPERATION).await?;
                let (folder, validity) = (&self.messages.folder, self.messages.validity);
                lease.select(OPERATION, folder, validity).await?;
                piece(
                    &mut lease,
                    OPERATION,
                    self.uid,
                    &self.section,
                    self.offset,
                    PIECE,
                )
                .await
            })
            .await?;
            self.offset = self.offset.saturating_add(piece.len());
            self.is_done = piece.len() < PIECE;
            let decoded = self.decoder.decode(piece, self.is_done);
            if !decoded.is_empty() {
                return Ok(Some(Bytes::from(decoded)));
            }
        }
        Ok(None)
    }

    /// The pieces as a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> {
        stream::unfold(Some(self), |reader| async move {
            let mut reader = reader?;
            match reader.next_chunk().await {
                Ok(Some(piece)) => Some((Ok(piece), Some(reader))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// All of it, if it has at most so many bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if it has more.
    pub async fn read_to_end(mut self, limit: usize) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while let Some(piece) = self.next_chunk().await? {
            if all.len().saturating_add(piece.len()) > limit {
                return Err(Error::TooLarge {
                    operation: "read_part",
                    limit,
                    effect: bheem_http_kit::Effect::Rejected,
                });
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }
}

/// The one row about a message.
pub(super) async fn fetch(
    connection: &mut Connection,
    operation: &'static str,
    uid: Uid,
    items: &str,
) -> Result<Row, Error> {
    match find(connection, operation, uid, items).await? {
        Found::Row(row) => Ok(row),
        Found::Unreadable => Err(Error::protocol(operation, UNREADABLE)),
        Found::Nothing => Err(Error::NotFound { operation }),
    }
}

/// What a server tells of a message.
#[derive(Debug)]
pub(super) enum Found {
    Row(Row),
    /// The message is there.
    Unreadable,
    Nothing,
}

pub(super) async fn find(
    connection: &mut Connection,
    operation: &'static str,
    uid: Uid,
    items: &str,
) -> Result<Found, Error> {
    let command = Command::new(&format!("UID FETCH {} {items}", uid.0));
    let answer = connection.run(operation, &command).await?;
    let row = rows(&answer.untagged).into_iter().find(|row| {
        row.uid() == Some(uid) && (row.body().is_some() || row.get("BODYSTRUCTURE").is_some())
    });
    Ok(match row {
        Some(row) => Found::Row(row),
        None if broken(&answer.untagged).is_empty() => Found::Nothing,
        None => Found::Unreadable,
    })
}

/// A piece of a section. At or past its end there is an empty one.
pub(super) async fn piece(
    connection: &mut Connection,
    operation: &'static str,
    uid: Uid,
    section: &str,
    offset: usize,
    length: usize,
) -> Result<Vec<u8>, Error> {
    let items = format!("(UID BODY.PEEK[{section}]<{offset}.{length}>)");
    let row = fetch(connection, operation, uid, &items).await?;
    match row.body() {
        Some(Value::Text(bytes)) if bytes.len() <= length => Ok(bytes.clone()),
        Some(Value::Nil) if offset == 0 => Err(Error::NotFound { operation }),
        Some(Value::Nil) => Ok(Vec::new()),
        _ => Err(Error::protocol(operation, "not a piece of a message")),
    }
}
