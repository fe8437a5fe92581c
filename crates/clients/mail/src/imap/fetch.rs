//! What a `FETCH` brings.

use chrono::{DateTime, Utc};

use super::{
    Uid, envelope::Envelope, flags::Flag, response::Untagged, structure::Structure, value::Value,
};

/// A message as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Its number.
    pub uid: Uid,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// When the server got it.
    pub received_at: Option<DateTime<Utc>>,
    /// Bytes of its parts as they are sent, without the header; of the whole message if
    /// [`ListQuery::with_exact_size`](super::ListQuery::with_exact_size) asked for that.
    pub size: u64,
    /// Its header, in short.
    pub envelope: Envelope,
    /// Its parts.
    pub structure: Structure,
    /// How it begins, if that was asked for and the server offers it (RFC 8970).
    pub preview: Option<String>,
    /// Its last change, if the server counts changes (RFC 7162).
    pub modseq: Option<u64>,
}

impl Summary {
    /// Was it read?
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.flags.contains(&Flag::Seen)
    }

    /// Is there anything to save?
    #[must_use]
    pub fn has_attachments(&self) -> bool {
        self.structure.has_attachments()
    }

    /// What is asked for to make one.
    pub(super) fn items(with_exact_size: bool, with_preview: bool, with_modseq: bool) -> String {
        let size = if with_exact_size { " RFC822.SIZE" } else { "" };
        let preview = if with_preview { " PREVIEW" } else { "" };
        let modseq = if with_modseq { " MODSEQ" } else { "" };
        format!("(UID FLAGS INTERNALDATE{size} ENVELOPE BODYSTRUCTURE{preview}{modseq})")
    }

    /// From what came; `None` for a mere change of flags.
    pub(super) fn read(row: &Row) -> Option<Self> {
        // Too deep or odd a structure must not hide the message.
        let structure = row
            .get("BODYSTRUCTURE")
            .and_then(Structure::read)
            .unwrap_or_default();
        let exact_size = row.get("RFC822.SIZE").and_then(Value::number);
        Some(Self {
            uid: row.uid()?,
            flags: row.flags(),
            received_at: row
                .get("INTERNALDATE")
                .and_then(Value::text)
                .and_then(|text| internal_date(&text)),
            size: exact_size.unwrap_or_else(|| structure.size()),
            envelope: Envelope::read(row.get("ENVELOPE")?)?,
            structure,
            preview: row.get("PREVIEW").and_then(Value::text),
            modseq: row.modseq(),
        })
    }
}

/// One `FETCH`: a list of names and values.
pub(super) struct Row {
    pub(super) sequence: u32,
    fields: Vec<Value>,
}

impl Row {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.find(|key| key.eq_ignore_ascii_case(name))
    }

    /// `BODY[…]`, whose name the server writes in its own way.
    pub(super) fn body(&self) -> Option<&Value> {
        self.find(|key| {
            key.get(..5)
                .is_some_and(|start| start.eq_ignore_ascii_case("BODY["))
        })
    }

    fn find(&self, is_it: impl Fn(&str) -> bool) -> Option<&Value> {
        self.fields.chunks_exact(2).find_map(|pair| match pair {
            [Value::Atom(key), value] if is_it(key) => Some(value),
            _ => None,
        })
    }

    pub(super) fn uid(&self) -> Option<Uid> {
        self.get("UID").and_then(Value::uid).map(Uid)
    }

    pub(super) fn flags(&self) -> Vec<Flag> {
        let flags = self.get("FLAGS").and_then(Value::list).unwrap_or_default();
        flags
            .iter()
            .filter_map(Value::text)
            .map(|text| Flag::read(&text))
            .collect()
    }

    pub(super) fn modseq(&self) -> Option<u64> {
        self.get("MODSEQ")?.list()?.first()?.number()
    }
}

pub(super) fn rows(untagged: Vec<Untagged>) -> impl Iterator<Item = Row> {
    untagged.into_iter().filter_map(|item| match item {
        Untagged::Numbered(sequence, name, mut values) if name == "FETCH" => match values.pop() {
            Some(Value::List(fields)) => Some(Row { sequence, fields }),
            _ => None,
        },
        _ => None,
    })
}

fn internal_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_str(text.trim(), "%d-%b-%Y %H:%M:%S %z")
        .ok()
        .map(|date| date.with_timezone(&Utc))
}
