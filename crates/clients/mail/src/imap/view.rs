//! A message as people read it: header, texts and the list of its files, without fetching the files.

use std::collections::HashMap;

use super::{
    Flag, Messages, Part, PartPath, Structure, Uid,
    body::{Found, find, piece},
    connection::Connection,
    fetch::Row,
    value::Value,
};
use crate::{
    Error,
    message::{
        headers::Headers,
        view::{MessageView, Texts, ViewOptions, parse_message, parse_structure},
    },
    observe::observe,
};

/// Texts beyond these are not fetched; the view says so.
const MOST_TEXTS: usize = 50;

/// A header longer than this is cut off; nobody writes one.
const LONGEST_HEADER: usize = 256 * 1024;

/// A message to show.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FullMessage {
    /// Its number.
    pub uid: Uid,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// Its parts, from which [`Messages::open_part`] reads files.
    pub structure: Structure,
    /// What to show.
    pub view: MessageView,
}

impl Messages {
    /// A message to show: its header and its texts, the HTML made safe. Does not mark it as read. If what the server
    /// tells of its parts cannot be read, the beginning of the message itself is.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such message.
    pub async fn read(&self, uid: Uid, options: &ViewOptions) -> Result<FullMessage, Error> {
        const OPERATION: &str = "read_message";
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            lease.select(OPERATION, &self.folder, self.validity).await?;
            let items = format!("(UID FLAGS BODYSTRUCTURE BODY.PEEK[HEADER]<0.{LONGEST_HEADER}>)");
            let row = match find(&mut lease, OPERATION, uid, &items).await? {
                Found::Row(row) => Some(row),
                Found::Unreadable => None,
                Found::Nothing => {
                    return Err(Error::NotFound {
                        operation: OPERATION,
                    });
                }
            };
            let structure = row
                .as_ref()
                .and_then(|row| row.get("BODYSTRUCTURE"))
                .map(Structure::read)
                .filter(|structure| !structure.parts.is_empty() || structure.left_out == 0);
            let (Some(row), Some(structure)) = (row, structure) else {
                return whole(&mut lease, OPERATION, uid, options).await;
            };
            let texts = texts(&mut lease, OPERATION, uid, &structure).await?;
            drop(lease);
            let options = options.clone();
            blocking(OPERATION, move || {
                let headers = Headers::parse(row.body().and_then(Value::bytes).unwrap_or_default());
                let texts = decoded(&structure, texts);
                Some(FullMessage {
                    uid,
                    flags: row.flags().0,
                    view: MessageView::assemble(headers, texts, &structure, &options),
                    structure,
                })
            })
            .await
        })
        .await
    }
}

/// A text as it is on the wire, and whether it was cut off.
type Fetched = (Vec<u8>, bool);

/// The texts to show.
async fn texts(
    connection: &mut Connection,
    operation: &'static str,
    uid: Uid,
    structure: &Structure,
) -> Result<HashMap<PartPath, Fetched>, Error> {
    let mut texts = HashMap::new();
    let shown = structure
        .shown(true)
        .into_iter()
        .chain(structure.shown(false));
    for part in shown {
        if texts.contains_key(&part.path) {
            continue;
        }
        let fetched = if texts.len() < MOST_TEXTS {
            text(connection, operation, uid, part).await?
        } else {
            (Vec::new(), true)
        };
        texts.insert(part.path.clone(), fetched);
    }
    Ok(texts)
}

/// Blocking work.
fn decoded(structure: &Structure, mut texts: HashMap<PartPath, Fetched>) -> Texts {
    let parts = structure.parts.iter();
    let decoded = parts.filter_map(|part| {
        let (bytes, is_cut) = texts.remove(&part.path)?;
        Some((part.path.clone(), (part.decode_text(bytes), is_cut)))
    });
    Texts::of(structure, &decoded.collect())
}

async fn text(
    connection: &mut Connection,
    operation: &'static str,
    uid: Uid,
    part: &Part,
) -> Result<Fetched, Error> {
    let limit = connection.limits.text.min(connection.limits.literal);
    let section = part.path.to_string();
    match piece(connection, operation, uid, &section, 0, limit).await {
        Ok(bytes) => {
            let is_cut = bytes.len() >= limit;
            Ok((bytes, is_cut))
        }
        // The part is there: it is empty.
        Err(Error::NotFound { .. }) => Ok((Vec::new(), false)),
        Err(error) => Err(error),
    }
}

/// Reads a message without what the server tells of its parts.
async fn whole(
    connection: &mut Connection,
    operation: &'static str,
    uid: Uid,
    options: &ViewOptions,
) -> Result<FullMessage, Error> {
    let limit = connection.limits.literal;
    let items = format!("(UID FLAGS BODY.PEEK[]<0.{limit}>)");
    let broken = || Error::protocol(operation, "not a message");
    let Found::Row(row) = find(connection, operation, uid, &items).await? else {
        return Err(broken());
    };
    let flags = row.flags().0;
    let bytes = own_bytes(&row).ok_or_else(broken)?;
    let options = options.clone();
    blocking(operation, move || {
        let mut view = parse_message(&bytes, &options)?;
        view.is_truncated |= bytes.len() >= limit;
        Some(FullMessage {
            uid,
            flags,
            structure: parse_structure(&bytes)?,
            view,
        })
    })
    .await
}

fn own_bytes(row: &Row) -> Option<Vec<u8>> {
    row.body().and_then(Value::bytes).map(<[u8]>::to_vec)
}

/// Parsing, decoding and making safe take the processor for up to a second in all, which others do not wait for.
#[expect(
    clippy::disallowed_methods,
    reason = "a crate for any service has no pool of its own; what it runs here is bounded by the limits of texts"
)]
async fn blocking<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Some(done)) => Ok(done),
        Ok(None) | Err(_) => Err(Error::protocol(operation, "not a message")),
    }
}
