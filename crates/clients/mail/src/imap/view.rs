//! A message as people read it: header, texts and the list of its files, without fetching the files.

use super::{
    Flag, Messages, Part, Structure, Uid,
    body::{fetch, piece},
    connection::Connection,
    decode::Decoder,
    value::Value,
};
use crate::{
    Error,
    message::{
        headers::Headers,
        view::{AttachmentInfo, MessageView, Texts, ViewOptions},
    },
    observe::observe,
};

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
    /// A message to show: its header and its texts, the HTML made safe. Does not mark it as read.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such message.
    pub async fn read(&self, uid: Uid, options: &ViewOptions) -> Result<FullMessage, Error> {
        const OPERATION: &str = "read_message";
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            lease.select(OPERATION, &self.folder, self.validity).await?;
            let items = format!("(UID FLAGS BODYSTRUCTURE BODY.PEEK[HEADER]<0.{LONGEST_HEADER}>)");
            let row = fetch(&mut lease, OPERATION, uid, &items).await?;
            let structure = row
                .get("BODYSTRUCTURE")
                .and_then(Structure::read)
                .unwrap_or_default();
            let headers = Headers::parse(row.body().and_then(Value::bytes).unwrap_or_default());
            let html = text(&mut lease, OPERATION, uid, structure.html()).await?;
            let plain = text(&mut lease, OPERATION, uid, structure.text()).await?;
            let attachments = structure.attachments().map(attachment).collect();
            let texts = Texts {
                is_truncated: html.as_ref().is_some_and(|one| one.1)
                    || plain.as_ref().is_some_and(|one| one.1),
                html: html.map(|one| one.0),
                plain: plain.map(|one| one.0),
            };
            Ok(FullMessage {
                uid,
                flags: row.flags(),
                view: MessageView::assemble(headers, texts, attachments, options),
                structure,
            })
        })
        .await
    }
}

fn attachment(part: &Part) -> AttachmentInfo {
    AttachmentInfo {
        part: part.path.clone(),
        name: part.name.clone(),
        content_type: part.content_type.clone(),
        // Base64 makes four bytes of three.
        size: if part.encoding == "base64" {
            part.size / 4 * 3
        } else {
            part.size
        },
        content_id: part.content_id.clone(),
        is_inline: part.is_inline,
    }
}

/// A text, decoded, and whether it was cut off.
async fn text(
    connection: &mut Connection,
    operation: &'static str,
    uid: Uid,
    part: Option<&Part>,
) -> Result<Option<(String, bool)>, Error> {
    let Some(part) = part else {
        return Ok(None);
    };
    let limit = connection.limits.text.min(connection.limits.literal);
    let section = part.path.to_string();
    let bytes = match piece(connection, operation, uid, &section, 0, limit).await {
        Ok(bytes) => bytes,
        // The part is there: it is empty.
        Err(Error::NotFound { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let is_cut = bytes.len() >= limit;
    let decoded = Decoder::of(&part.encoding).decode(bytes, true);
    let text = crate::message::text::decode(part.charset.as_deref(), &decoded);
    Ok(Some((text, is_cut)))
}
