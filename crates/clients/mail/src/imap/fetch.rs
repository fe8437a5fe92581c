//! What a `FETCH` brings.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{Structure, Uid, envelope::Envelope, flags::Flag, response::Untagged, value::Value};

/// Nothing is asked for that has more names and values.
const MOST_FIELDS: usize = 100;

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
    /// Something of what the server told of it could not be read and is empty here; the message itself may well be
    /// read.
    pub is_incomplete: bool,
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

    /// From what came; `None` for a mere change of flags. What is odd is left empty: it must not hide the message.
    pub(super) fn read(row: &Row) -> Option<Self> {
        let (envelope, structure) = (row.get("ENVELOPE"), row.get("BODYSTRUCTURE"));
        if envelope.is_none() && structure.is_none() {
            return None;
        }
        let mut summary = Self::bare(row)?;
        match envelope {
            Some(value) => match Envelope::read(value) {
                Some(envelope) => summary.envelope = envelope,
                // Of a message without any header there is none.
                None => summary.is_incomplete |= *value != Value::Nil,
            },
            None => summary.is_incomplete = true,
        }
        summary.structure = structure.map(Structure::read).unwrap_or_default();
        summary.is_incomplete |=
            structure.is_none() || summary.structure.left_out > 0 || summary.envelope.left_out > 0;
        let exact_size = row.get("RFC822.SIZE").and_then(Value::number);
        summary.size = exact_size.unwrap_or_else(|| summary.structure.size());
        Some(summary)
    }

    /// What is known of a message whose description could not be read.
    pub(super) fn incomplete(row: &Row) -> Option<Self> {
        Some(Self {
            is_incomplete: true,
            ..Self::bare(row)?
        })
    }

    fn bare(row: &Row) -> Option<Self> {
        let (flags, unread) = row.flags();
        Some(Self {
            uid: row.uid()?,
            flags,
            received_at: row
                .get("INTERNALDATE")
                .and_then(Value::text)
                .and_then(|text| internal_date(&text)),
            size: 0,
            envelope: Envelope::default(),
            structure: Structure::default(),
            preview: row.get("PREVIEW").and_then(Value::text),
            modseq: row.modseq(),
            is_incomplete: unread > 0,
        })
    }
}

/// What is told of one message: names and values.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) sequence: u32,
    fields: Vec<(String, Value)>,
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
        let found = self.fields.iter().find(|(key, _)| is_it(key));
        found.map(|(_, value)| value)
    }

    /// Adds what another answer tells of the same message; what is newer counts.
    fn merge(&mut self, fields: &[Value]) {
        for pair in fields.chunks_exact(2).take(MOST_FIELDS) {
            let [Value::Atom(key), value] = pair else {
                continue;
            };
            let known = self
                .fields
                .iter_mut()
                .find(|(name, _)| name.eq_ignore_ascii_case(key));
            match known {
                Some((_, old)) => old.clone_from(value),
                None => self.fields.push((key.clone(), value.clone())),
            }
        }
    }

    pub(super) fn uid(&self) -> Option<Uid> {
        self.get("UID").and_then(Value::uid).map(Uid)
    }

    /// The flags, and how many of them are none.
    pub(super) fn flags(&self) -> (Vec<Flag>, usize) {
        let all = self.get("FLAGS").and_then(Value::list).unwrap_or_default();
        let flags: Vec<Flag> = all
            .iter()
            .filter_map(Value::text)
            .map(|text| Flag::read(&text))
            .collect();
        let unread = all.len().saturating_sub(flags.len());
        (flags, unread)
    }

    pub(super) fn modseq(&self) -> Option<u64> {
        self.get("MODSEQ")?.list()?.first()?.number()
    }
}

/// A row for each message, from one or several answers about it (RFC 3501, section 7.4.2).
pub(super) fn rows(untagged: &[Untagged]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut places: HashMap<u32, usize> = HashMap::new();
    for item in untagged {
        let (sequence, fields) = match item {
            Untagged::Numbered(sequence, name, values) if name == "FETCH" => match values.last() {
                Some(Value::List(fields)) => (*sequence, fields),
                _ => continue,
            },
            Untagged::Numbered(_, name, _) if name == "EXPUNGE" => {
                // From here on the numbers are other messages'.
                places.clear();
                continue;
            }
            _ => continue,
        };
        let at = *places.entry(sequence).or_insert_with(|| {
            rows.push(Row {
                sequence,
                fields: Vec::new(),
            });
            rows.len().saturating_sub(1)
        });
        if let Some(row) = rows.get_mut(at) {
            row.merge(fields);
        }
    }
    rows
}

/// The positions of messages of which something was told that cannot be read.
pub(super) fn broken(untagged: &[Untagged]) -> Vec<u32> {
    let mut broken: Vec<u32> = untagged
        .iter()
        .filter_map(|item| match item {
            Untagged::Broken(Some(sequence), name) if name == "FETCH" => Some(*sequence),
            Untagged::Numbered(sequence, name, values) if name == "FETCH" => {
                let is_list = values.last().is_some_and(|one| one.list().is_some());
                (!is_list).then_some(*sequence)
            }
            _ => None,
        })
        .collect();
    broken.sort_unstable();
    broken.dedup();
    broken
}

fn internal_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_str(text.trim(), "%d-%b-%Y %H:%M:%S %z")
        .ok()
        .map(|date| date.with_timezone(&Utc))
}
