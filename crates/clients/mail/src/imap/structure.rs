//! Of what parts a message consists (`BODYSTRUCTURE`, RFC 3501, section 7.4.2).

use std::{collections::HashMap, fmt, str::FromStr};

use super::value::Value;
use crate::message::headers::decode_words;

/// A message of more parts is shown with the first ones.
const MOST_PARTS: usize = 500;

/// Where a part is in its message, such as `1.2`. The numbers that IMAP gives (RFC 3501, section 6.4.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartPath(Vec<u16>);

impl PartPath {
    pub(crate) fn of(numbers: Vec<u16>) -> Self {
        Self(numbers)
    }
}

impl fmt::Display for PartPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, number) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            write!(f, "{number}")?;
        }
        Ok(())
    }
}

/// That is not the path of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a part")]
pub struct InvalidPath;

impl FromStr for PartPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let numbers: Option<Vec<u16>> = text
            .split('.')
            .map(|number| {
                let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
                number.parse().ok().filter(|value| is_plain && *value > 0)
            })
            .collect();
        numbers
            .filter(|numbers| numbers.len() <= 100)
            .map(Self)
            .ok_or(InvalidPath)
    }
}

/// A part that is not itself made of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// Where it is.
    pub path: PartPath,
    /// Such as `text/html`, lower case.
    pub content_type: String,
    /// Such as `utf-8`, as it was written.
    pub charset: Option<String>,
    /// Such as `base64`, lower case.
    pub encoding: String,
    /// How many bytes it has, encoded.
    pub size: u64,
    /// The file's name, decoded.
    pub name: Option<String>,
    /// By what other parts (`cid:`) refer to it, without angle brackets.
    pub content_id: Option<String>,
    /// It says of itself that it is to be shown, not saved.
    pub is_inline: bool,
    /// It is to be offered as a file: it says so, or has a name, or is nothing that is shown.
    pub is_attachment: bool,
    /// It stands among alternatives to show.
    pub is_alternative: bool,
}

/// All parts of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Structure {
    /// In the order of the message.
    pub parts: Vec<Part>,
}

impl Structure {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let mut structure = Self::default();
        structure.walk(value, &mut Vec::new(), "")?;
        Some(structure)
    }

    /// How many bytes all parts have, encoded.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.parts
            .iter()
            .fold(0, |sum, part| sum.saturating_add(part.size))
    }

    /// The part of a path.
    #[must_use]
    pub fn part(&self, path: &PartPath) -> Option<&Part> {
        self.parts.iter().find(|part| &part.path == path)
    }

    /// The part that others refer to by this id.
    #[must_use]
    pub fn by_content_id(&self, id: &str) -> Option<&Part> {
        self.parts
            .iter()
            .find(|part| part.content_id.as_deref() == Some(id))
    }

    /// The HTML to show.
    #[must_use]
    pub fn html(&self) -> Option<&Part> {
        self.shown("text/html")
    }

    /// The plain text to show.
    #[must_use]
    pub fn text(&self) -> Option<&Part> {
        self.shown("text/plain")
    }

    fn shown(&self, content_type: &str) -> Option<&Part> {
        self.parts
            .iter()
            .find(|part| part.content_type == content_type && !part.is_attachment)
    }

    /// What is offered as a file.
    pub fn attachments(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.is_attachment)
    }

    /// Is there anything to save, other than images the text shows?
    #[must_use]
    pub fn has_attachments(&self) -> bool {
        self.attachments()
            .any(|part| !(part.content_id.is_some() && part.content_type.starts_with("image/")))
    }

    /// The reader of values bounds the depth.
    fn walk(&mut self, value: &Value, path: &mut Vec<u16>, parent: &str) -> Option<()> {
        let fields = value.list()?;
        if self.parts.len() >= MOST_PARTS {
            return Some(());
        }
        if !matches!(fields.first(), Some(Value::List(_))) {
            // A message of one part has it at 1.
            let numbers = if path.is_empty() {
                vec![1]
            } else {
                path.clone()
            };
            self.parts.push(leaf(fields, numbers, parent)?);
            return Some(());
        }
        let children = fields
            .iter()
            .take_while(|one| matches!(one, Value::List(_)));
        let count = children.clone().count();
        let kind = fields.get(count).and_then(Value::text).unwrap_or_default();
        let kind = kind.to_ascii_lowercase();
        for (child, number) in children.zip(1_u16..) {
            path.push(number);
            self.walk(child, path, &kind)?;
            path.pop();
        }
        Some(())
    }
}

fn leaf(fields: &[Value], path: Vec<u16>, parent: &str) -> Option<Part> {
    let text = |at: usize| fields.get(at).and_then(Value::text);
    let kind = text(0)?.to_ascii_lowercase();
    let subtype = text(1)?.to_ascii_lowercase();
    let parameters = parameters(fields.get(2));
    // Texts and messages have fields of their own before what all have at the end.
    let extra = match (kind.as_str(), subtype.as_str()) {
        ("text", _) => 1,
        ("message", "rfc822" | "global") => 3,
        _ => 0,
    };
    let disposition = fields
        .get(extra + 8)
        .and_then(Value::list)
        .unwrap_or_default();
    let word = disposition
        .first()
        .and_then(Value::text)
        .unwrap_or_default();
    let with_disposition = self::parameters(disposition.get(1));
    let name = with_disposition
        .get("filename")
        .or_else(|| parameters.get("name"))
        .map(|raw| decode_words(raw.as_bytes()))
        .filter(|name| !name.is_empty());
    let is_inline = word.eq_ignore_ascii_case("inline");
    let is_shown = kind == "text" && matches!(subtype.as_str(), "plain" | "html");
    let is_attachment =
        !is_shown || word.eq_ignore_ascii_case("attachment") || (name.is_some() && !is_inline);
    Some(Part {
        path: PartPath(path),
        content_type: format!("{kind}/{subtype}"),
        charset: parameters.get("charset").cloned(),
        encoding: text(5).unwrap_or_default().trim().to_ascii_lowercase(),
        size: fields.get(6).and_then(Value::number).unwrap_or(0),
        name,
        content_id: text(3).map(|id| {
            id.trim()
                .trim_start_matches('<')
                .trim_end_matches('>')
                .to_owned()
        }),
        is_inline,
        is_attachment,
        is_alternative: parent == "alternative",
    })
}

/// `("charset" "utf-8" …)`. Long or foreign values come in pieces (`filename*0*`, RFC 2231), which servers leave as they are.
fn parameters(value: Option<&Value>) -> HashMap<String, String> {
    let pairs = value.and_then(Value::list).unwrap_or_default();
    let mut found = HashMap::new();
    let mut pieces: HashMap<String, Vec<(u32, bool, String)>> = HashMap::new();
    for pair in pairs.chunks_exact(2).take(100) {
        let [name, value] = pair else { continue };
        let (Some(name), Some(value)) = (name.text(), value.text()) else {
            continue;
        };
        let name = name.to_ascii_lowercase();
        match name.split_once('*') {
            None => {
                found.entry(name).or_insert(value);
            }
            Some((base, rest)) => {
                let is_encoded = rest.is_empty() || rest.ends_with('*');
                let number = rest.trim_end_matches('*').parse().unwrap_or(0);
                pieces
                    .entry(base.to_owned())
                    .or_default()
                    .push((number, is_encoded, value));
            }
        }
    }
    for (name, mut list) in pieces {
        list.sort_by_key(|(number, _, _)| *number);
        found.insert(name, crate::message::headers::join_pieces(&list));
    }
    found
}
