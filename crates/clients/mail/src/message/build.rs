//! Messages that are sent.
//!
//! Invariants: no value can begin a line of the header (line ends and other control characters are refused, not removed:
//! what the user sees is what is sent); secret recipients are in the envelope alone, never in the bytes.

mod invitation;

use bheem_http_kit::Effect;
use chrono::{DateTime, Utc};
use mail_builder::{
    MessageBuilder,
    headers::{address::Address as Mailbox, message_id::MessageId, raw::Raw},
    mime::{BodyPart, MimePart},
};
use rand::Rng as _;

use invitation::Invitation;

pub use invitation::CalendarMethod;

use crate::{Error, imap::Address};

const OPERATION: &str = "build_message";
/// RFC 5322, section 2.1.1.
const LONGEST_VALUE: usize = 998;
const MOST_RECIPIENTS: usize = 1000;

/// A file to send.
#[derive(Clone)]
pub struct Attachment {
    name: String,
    content_type: String,
    content_id: Option<String>,
    bytes: Vec<u8>,
}

impl Attachment {
    /// A file.
    pub fn new(
        name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            name: name.into(),
            content_type: content_type.into(),
            content_id: None,
            bytes: bytes.into(),
        }
    }

    /// An image that the HTML shows, by `<img src="cid:…">`.
    #[must_use]
    pub fn inline(mut self, content_id: impl Into<String>) -> Self {
        self.content_id = Some(content_id.into());
        self
    }
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attachment({} bytes)", self.bytes.len())
    }
}

/// A message to send.
#[derive(Clone, Debug, Default)]
pub struct OutgoingMessage {
    from: Address,
    to: Vec<Address>,
    cc: Vec<Address>,
    bcc: Vec<Address>,
    reply_to: Vec<Address>,
    subject: String,
    text: Option<String>,
    html: Option<String>,
    invitation: Option<Invitation>,
    attachments: Vec<Attachment>,
    in_reply_to: Vec<String>,
    references: Vec<String>,
    headers: Vec<(String, String)>,
    date: Option<DateTime<Utc>>,
    message_id: Option<String>,
}

impl OutgoingMessage {
    /// A message from somebody.
    #[must_use]
    pub fn new(from: Address) -> Self {
        Self {
            from,
            ..Self::default()
        }
    }

    /// Adds a recipient.
    #[must_use]
    pub fn to(mut self, address: Address) -> Self {
        self.to.push(address);
        self
    }

    /// Adds a further recipient.
    #[must_use]
    pub fn cc(mut self, address: Address) -> Self {
        self.cc.push(address);
        self
    }

    /// Adds a secret recipient.
    #[must_use]
    pub fn bcc(mut self, address: Address) -> Self {
        self.bcc.push(address);
        self
    }

    /// Adds where answers go.
    #[must_use]
    pub fn reply_to(mut self, address: Address) -> Self {
        self.reply_to.push(address);
        self
    }

    /// Sets the subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Sets the plain text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the HTML. It is sent as it is: what a user wrote in an editor of ours.
    #[must_use]
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Makes it an invitation, or an answer to one: the calendar object (iCalendar) stands beside text and HTML as the
    /// last of the alternatives, as `text/calendar` with `method` and `charset` (RFC 6047, section 2.4). The object has
    /// that `METHOD` itself. Programs that look for a file get one with [`OutgoingMessage::attach`] in addition.
    #[must_use]
    pub fn calendar(mut self, method: CalendarMethod, object: impl Into<String>) -> Self {
        self.invitation = Some(Invitation {
            method,
            object: object.into(),
        });
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// Makes it an answer to a message, whose own references come first.
    #[must_use]
    pub fn in_reply_to(mut self, message_id: impl Into<String>, references: &[String]) -> Self {
        let message_id = message_id.into();
        self.references = references.to_vec();
        self.references.push(message_id.clone());
        self.in_reply_to = vec![message_id];
        self
    }

    /// Adds a field of the header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Dates it; otherwise it is dated when it is built.
    #[must_use]
    pub fn date(mut self, date: DateTime<Utc>) -> Self {
        self.date = Some(date);
        self
    }

    /// Identifies it; otherwise it gets a random identification. One that is remembered before sending lets a message whose
    /// fate is unknown be looked for.
    #[must_use]
    pub fn message_id(mut self, message_id: impl Into<String>) -> Self {
        self.message_id = Some(message_id.into());
        self
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what cannot be written.
    pub fn build(self) -> Result<BuiltMessage, Error> {
        self.check()?;
        let message_id = self
            .message_id
            .clone()
            .map_or_else(|| new_id(&self.from), Ok)?;
        let recipients: Vec<String> = self
            .recipients()
            .map(|address| address.address.clone())
            .collect();
        let sender = self.from.address.clone();
        let bytes = self
            .builder(&message_id)
            .write_to_vec()
            .map_err(|_writing_to_memory| invalid("it cannot be written"))?;
        Ok(BuiltMessage {
            sender,
            recipients,
            message_id,
            bytes,
        })
    }

    fn recipients(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    fn check(&self) -> Result<(), Error> {
        let people = self.recipients().chain(&self.reply_to).chain([&self.from]);
        for address in people {
            check_address(address)?;
        }
        match self.recipients().count() {
            0 => return Err(invalid("there is no recipient")),
            1..=MOST_RECIPIENTS => {}
            _ => return Err(invalid("there are too many recipients")),
        }
        check_value(&self.subject, "the subject is not one line")?;
        let own = self.message_id.iter();
        for id in own.chain(&self.in_reply_to).chain(&self.references) {
            check_id(id)?;
        }
        for (name, value) in &self.headers {
            check_header(name, value)?;
        }
        if let Some(invitation) = &self.invitation {
            invitation.check()?;
        }
        for file in &self.attachments {
            check_value(&file.name, "a file's name is not one line")?;
            check_type(&file.content_type)?;
            if let Some(id) = &file.content_id {
                check_id(id)?;
            }
        }
        Ok(())
    }

    fn builder(self, message_id: &str) -> MessageBuilder<'static> {
        let mut builder = MessageBuilder::new()
            .from(mailbox(self.from))
            .subject(self.subject)
            .message_id(message_id.to_owned());
        if !self.to.is_empty() {
            builder = builder.to(mailboxes(self.to));
        }
        if !self.cc.is_empty() {
            builder = builder.cc(mailboxes(self.cc));
        }
        if !self.reply_to.is_empty() {
            builder = builder.reply_to(mailboxes(self.reply_to));
        }
        if !self.in_reply_to.is_empty() {
            builder = builder.in_reply_to(MessageId::new_list(self.in_reply_to.into_iter()));
        }
        if !self.references.is_empty() {
            builder = builder.references(MessageId::new_list(self.references.into_iter()));
        }
        if let Some(date) = self.date {
            builder = builder.date(date.timestamp());
        }
        for (name, value) in self.headers {
            builder = builder.header(name, Raw::new(value));
        }
        let shown = shown(self.text, self.html, self.invitation);
        builder.body(body(shown, self.attachments))
    }
}

/// `alternative(text, html, calendar)`, or the one of them there is.
fn shown(
    text: Option<String>,
    html: Option<String>,
    invitation: Option<Invitation>,
) -> MimePart<'static> {
    let text = text.map(|text| MimePart::new("text/plain", text));
    let html = html.map(|html| MimePart::new("text/html", html));
    let calendar = invitation.map(Invitation::part);
    let mut parts: Vec<_> = [text, html, calendar].into_iter().flatten().collect();
    match (parts.pop(), parts.is_empty()) {
        (None, _) => MimePart::new("text/plain", ""),
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            MimePart::new("multipart/alternative", parts)
        }
    }
}

/// `mixed(related(shown, images), files)`, without the levels that would hold one part.
fn body(mut shown: MimePart<'static>, attachments: Vec<Attachment>) -> MimePart<'static> {
    let (images, files): (Vec<Attachment>, Vec<Attachment>) = attachments
        .into_iter()
        .partition(|file| file.content_id.is_some());
    for (kind, group) in [("multipart/related", images), ("multipart/mixed", files)] {
        if !group.is_empty() {
            let parts = std::iter::once(shown)
                .chain(group.into_iter().map(file))
                .collect::<Vec<_>>();
            shown = MimePart::new(kind, parts);
        }
    }
    shown
}

fn file(file: Attachment) -> MimePart<'static> {
    let part = MimePart::new(file.content_type, BodyPart::Binary(file.bytes.into()));
    match file.content_id {
        Some(id) => part.inline().cid(id),
        None => part.attachment(file.name),
    }
}

fn mailbox(address: Address) -> Mailbox<'static> {
    Mailbox::new_address(address.name, address.address)
}

fn mailboxes(addresses: Vec<Address>) -> Mailbox<'static> {
    Mailbox::new_list(addresses.into_iter().map(mailbox).collect())
}

fn invalid(reason: &'static str) -> Error {
    Error::Invalid {
        operation: OPERATION,
        reason,
    }
}

fn check_value(value: &str, reason: &'static str) -> Result<(), Error> {
    if value.chars().any(char::is_control) || value.len() > LONGEST_VALUE {
        return Err(invalid(reason));
    }
    Ok(())
}

fn check_address(address: &Address) -> Result<(), Error> {
    check_value(
        address.name.as_deref().unwrap_or_default(),
        "a name is not one line",
    )?;
    // Strict on purpose: no quoted local parts, no address literals.
    let is_valid = address
        .address
        .rsplit_once('@')
        .is_some_and(|(local, domain)| {
            let is_local =
                |c: char| !c.is_whitespace() && !c.is_control() && !"()<>[]:;@\\,\"".contains(c);
            let is_domain = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
            !local.is_empty()
                && local.chars().all(is_local)
                && !domain.is_empty()
                && domain.chars().all(is_domain)
                && !domain.starts_with(['.', '-'])
                && !domain.ends_with('.')
        });
    if is_valid && address.address.len() <= 254 {
        return Ok(());
    }
    Err(invalid("that is not a mail address"))
}

fn check_id(id: &str) -> Result<(), Error> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\"\\".contains(&byte);
    if !id.is_empty() && id.len() < 900 && id.bytes().all(is_plain) {
        return Ok(());
    }
    Err(invalid("that is not the identification of a message"))
}

fn check_type(kind: &str) -> Result<(), Error> {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let is_valid = kind
        .split_once('/')
        .is_some_and(|(one, two)| is_word(one) && is_word(two));
    let is_multipart = kind.to_ascii_lowercase().starts_with("multipart/");
    if is_valid && !is_multipart {
        return Ok(());
    }
    Err(invalid("that is not the type of a file"))
}

/// Fields that are made from other things, or that the way of the message writes.
const TAKEN: [&str; 18] = [
    "bcc",
    "cc",
    "content-disposition",
    "content-id",
    "content-transfer-encoding",
    "content-type",
    "date",
    "from",
    "in-reply-to",
    "message-id",
    "mime-version",
    "received",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
];

fn check_header(name: &str, value: &str) -> Result<(), Error> {
    let is_name = !name.is_empty()
        && name.len() < 77
        && name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b':');
    if !is_name || TAKEN.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(invalid("that field of the header cannot be set"));
    }
    if !value.is_ascii() {
        return Err(invalid("a field of the header is not plain text"));
    }
    check_value(value, "a field of the header is not one line")
}

/// 128 random bits at the writer's domain.
fn new_id(from: &Address) -> Result<String, Error> {
    let (_, domain) = from
        .address
        .rsplit_once('@')
        .ok_or_else(|| invalid("that is not a mail address"))?;
    let domain = if domain.is_ascii() {
        domain
    } else {
        "localhost"
    };
    let random: u128 = rand::rng().random();
    Ok(format!("{random:032x}@{domain}"))
}

/// A message ready to be sent.
#[derive(Clone)]
pub struct BuiltMessage {
    pub(crate) sender: String,
    pub(crate) recipients: Vec<String>,
    message_id: String,
    bytes: Vec<u8>,
}

impl BuiltMessage {
    /// Its identification, without angle brackets.
    #[must_use]
    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// What is sent, and what belongs into the folder of sent messages.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Who gets it, secret recipients included.
    #[must_use]
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }

    pub(crate) fn check_size(&self, limit: usize) -> Result<(), Error> {
        if self.bytes.len() > limit {
            return Err(Error::TooLarge {
                operation: OPERATION,
                limit,
                effect: Effect::NotSent,
            });
        }
        Ok(())
    }
}

impl std::fmt::Debug for BuiltMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BuiltMessage({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests;
