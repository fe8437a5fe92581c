//! Envelopes: what a list shows of a message (RFC 3501, section 7.4.2).

use chrono::{DateTime, Utc};

use super::value::Value;
use crate::message::headers::{date, decode_words, ids};

/// Lists of addresses longer than this are cut off: a list shows a few.
const MOST_ADDRESSES: usize = 200;

/// Somebody's address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address {
    /// The name, if there is one.
    pub name: Option<String>,
    /// The address, `local@domain`, as it was written.
    pub address: String,
}

impl Address {
    /// An address without a name.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            name: None,
            address: address.into(),
        }
    }

    /// With a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// What a message's header says, as far as lists need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// When it was written, by the writer's clock.
    pub date: Option<DateTime<Utc>>,
    /// The subject, decoded.
    pub subject: String,
    /// The writers.
    pub from: Vec<Address>,
    /// Who sent it, if not the writer.
    pub sender: Vec<Address>,
    /// Where answers go.
    pub reply_to: Vec<Address>,
    /// The recipients.
    pub to: Vec<Address>,
    /// Further recipients.
    pub cc: Vec<Address>,
    /// Secret recipients, in what the user sent.
    pub bcc: Vec<Address>,
    /// The messages it answers, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// Its own identification, without angle brackets.
    pub message_id: Option<String>,
}

impl Envelope {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let fields = value.list()?;
        let text = |at: usize| fields.get(at).and_then(Value::bytes).unwrap_or_default();
        let people = |at: usize| fields.get(at).map(addresses).unwrap_or_default();
        Some(Self {
            date: date(&String::from_utf8_lossy(text(0))),
            subject: decode_words(text(1)),
            from: people(2),
            sender: people(3),
            reply_to: people(4),
            to: people(5),
            cc: people(6),
            bcc: people(7),
            in_reply_to: ids(&String::from_utf8_lossy(text(8))),
            message_id: ids(&String::from_utf8_lossy(text(9))).into_iter().next(),
        })
    }
}

/// Members of a group (RFC 5322, section 3.4) stand between two entries without a host; those are no addresses.
fn addresses(value: &Value) -> Vec<Address> {
    let items = value.list().unwrap_or_default();
    items
        .iter()
        .filter_map(|item| {
            let [name, _route, local, host] = item.list()? else {
                return None;
            };
            let (local, host) = (local.text()?, host.text()?);
            Some(Address {
                name: name
                    .bytes()
                    .map(decode_words)
                    .filter(|name| !name.is_empty()),
                address: format!("{local}@{host}"),
            })
        })
        .take(MOST_ADDRESSES)
        .collect()
}
