//! Envelopes: what a list shows of a message (RFC 3501, section 7.4.2).

use chrono::{DateTime, Utc};

use super::value::Value;
use crate::message::{date, decode_words, headers::ids};

/// Lists of addresses longer than this are cut off: a list shows a few.
const MOST_ADDRESSES: usize = 200;

/// Somebody's address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address {
    /// The name, if there is one.
    pub name: Option<String>,
    /// The address, `local@domain`, as it was written; without the `@` if it has no domain.
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
    /// So many addresses, at least, are not there: they could not be read, or there were too many.
    pub left_out: usize,
}

impl Envelope {
    /// `None` if it is no list; a list may be short.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let fields = value.list()?;
        let text = |at: usize| fields.get(at).and_then(Value::bytes).unwrap_or_default();
        let mut left_out = 0;
        let mut people = |at: usize| {
            let (people, missing) = fields.get(at).map(addresses).unwrap_or_default();
            left_out += missing;
            people
        };
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
            left_out,
        })
    }
}

/// The addresses of a list, and how many entries are not among them. Members of a group (RFC 3501, section 7.4.2) stand
/// between an entry without a host and one without anything; those two are no addresses. An entry without a host after
/// which nothing ends is one of somebody on the server itself.
fn addresses(value: &Value) -> (Vec<Address>, usize) {
    let items = value.list().unwrap_or_default();
    let is_end = |item: &Value| matches!(item.list(), Some([_, _, Value::Nil, Value::Nil, ..]));
    let mut ends = items.iter().filter(|item| is_end(item)).count();
    let (mut people, mut left_out) = (Vec::new(), 0_usize);
    for item in items {
        let Some([name, _route, local, host, ..]) = item.list() else {
            left_out = left_out.saturating_add(1);
            continue;
        };
        let name = name
            .bytes()
            .map(decode_words)
            .filter(|name| !name.is_empty());
        let [local, host] = [local, host].map(|part| part.text().filter(|text| !text.is_empty()));
        let address = match (local, host) {
            (Some(local), Some(host)) => format!("{local}@{host}"),
            (Some(_), None) if ends > 0 => continue,
            (Some(local), None) => local,
            (None, Some(host)) => format!("@{host}"),
            (None, None) => {
                ends = ends.saturating_sub(usize::from(is_end(item)));
                continue;
            }
        };
        if people.len() < MOST_ADDRESSES {
            people.push(Address { name, address });
        } else {
            left_out = left_out.saturating_add(1);
        }
    }
    (people, left_out)
}
