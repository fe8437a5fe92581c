//! Of what parts a message consists, and which of them are shown.

use std::{collections::HashMap, fmt, str::FromStr};

use super::flowed::Flowed;

/// A message of more parts is shown with the first ones.
pub(crate) const MOST_PARTS: usize = 500;
/// No honest message nests deeper.
pub(crate) const DEEPEST: usize = 100;

/// Where a part is in its message, such as `1.2`. The numbers that IMAP gives (RFC 3501, section 6.4.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartPath(Vec<u16>);

impl PartPath {
    /// A message of one part has it at 1.
    pub(crate) fn of(numbers: &[u16]) -> Self {
        Self(if numbers.is_empty() {
            vec![1]
        } else {
            numbers.to_vec()
        })
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
            .filter(|numbers| numbers.len() <= DEEPEST)
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
    /// Such as `text/html`, lower case; `application/octet-stream` if it does not say.
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
    pub(crate) flowed: Option<Flowed>,
}

/// What a part says of itself.
#[derive(Debug, Default)]
pub(crate) struct Described {
    /// Lower case; empty if it does not say.
    pub(crate) kind: String,
    pub(crate) subtype: String,
    pub(crate) parameters: HashMap<String, String>,
    pub(crate) encoding: String,
    pub(crate) size: u64,
    pub(crate) content_id: Option<String>,
    pub(crate) disposition: String,
    pub(crate) disposition_parameters: HashMap<String, String>,
}

/// Where a part stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Empty for a message of one part.
    pub(crate) path: &'a [u16],
    /// Such as `alternative`; empty for a message of one part.
    pub(crate) parent: &'a str,
}

impl Place<'_> {
    /// What stands beside the root of related parts is what the root refers to (RFC 2387, section 3).
    fn is_resource(self) -> bool {
        self.parent == "related" && self.path.last() != Some(&1)
    }
}

impl Part {
    pub(crate) fn new(mut described: Described, place: Place<'_>) -> Self {
        let name = described
            .disposition_parameters
            .remove("filename")
            .filter(|name| !name.is_empty())
            .or_else(|| described.parameters.remove("name"))
            .filter(|name| !name.is_empty());
        let is_inline = described.disposition.eq_ignore_ascii_case("inline");
        let says_file = described.disposition.eq_ignore_ascii_case("attachment");
        let is_text =
            described.kind == "text" && matches!(described.subtype.as_str(), "plain" | "html");
        // The only part of a message is its text, named or not.
        let is_file = name.is_some() && !is_inline && !place.path.is_empty();
        let content_type = if described.kind.is_empty() || described.subtype.is_empty() {
            "application/octet-stream".to_owned()
        } else {
            format!("{}/{}", described.kind, described.subtype)
        };
        let format = described.parameters.remove("format");
        let deletes = described.parameters.remove("delsp");
        Self {
            path: PartPath::of(place.path),
            flowed: Flowed::of(format.as_ref(), deletes.as_ref())
                .filter(|_| content_type == "text/plain"),
            content_type,
            charset: described.parameters.remove("charset"),
            encoding: described
                .encoding
                .trim()
                .trim_matches('"')
                .to_ascii_lowercase(),
            size: described.size,
            content_id: described.content_id.map(|id| {
                id.trim()
                    .trim_start_matches('<')
                    .trim_end_matches('>')
                    .to_owned()
            }),
            name,
            is_inline,
            is_attachment: !is_text || says_file || is_file || place.is_resource(),
            is_alternative: place.parent == "alternative",
        }
    }

    pub(crate) fn is_html(&self) -> bool {
        self.content_type == "text/html"
    }
}

/// How parts are to be shown. Numbers are places in [`Structure::parts`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Body {
    #[default]
    Nothing,
    Part(usize),
    /// One after the other.
    All(Vec<Body>),
    /// One of them.
    Alternatives(Vec<Body>),
}

/// All parts of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Structure {
    /// In the order of the message.
    pub parts: Vec<Part>,
    /// So many parts, at least, are not among them: there were too many, or what was said of them could not be read.
    pub left_out: usize,
    pub(crate) body: Body,
}

impl Structure {
    /// Adds a part that is shown where it stands.
    pub(crate) fn add(&mut self, described: Described, place: Place<'_>) -> Body {
        if self.parts.len() >= MOST_PARTS {
            self.left_out = self.left_out.saturating_add(1);
            return Body::Nothing;
        }
        self.parts.push(Part::new(described, place));
        Body::Part(self.parts.len().saturating_sub(1))
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

    /// The first HTML to show.
    #[must_use]
    pub fn html(&self) -> Option<&Part> {
        self.shown(true).into_iter().find(|part| part.is_html())
    }

    /// The first plain text to show.
    #[must_use]
    pub fn text(&self) -> Option<&Part> {
        self.shown(false).into_iter().find(|part| !part.is_html())
    }

    /// All texts to show, in their order: of alternatives the HTML, or else the plain text. Text before, between and
    /// after files is all there (RFC 2046, section 5.1.3).
    #[must_use]
    pub fn shown(&self, prefers_html: bool) -> Vec<&Part> {
        let mut shown = Vec::new();
        self.collect(&self.body, prefers_html, &mut shown);
        shown
    }

    /// The builders bound the depth.
    fn collect<'a>(&'a self, body: &Body, prefers_html: bool, shown: &mut Vec<&'a Part>) {
        match body {
            Body::Nothing => {}
            Body::Part(number) => {
                let part = self.parts.get(*number);
                shown.extend(part.filter(|part| !part.is_attachment));
            }
            Body::All(all) => {
                for one in all {
                    self.collect(one, prefers_html, shown);
                }
            }
            Body::Alternatives(all) => {
                // The last is the best (RFC 2046, section 5.1.4).
                let texts = all.iter().rev().map(|one| {
                    let mut texts = Vec::new();
                    self.collect(one, prefers_html, &mut texts);
                    texts
                });
                let texts: Vec<Vec<&Part>> = texts.filter(|texts| !texts.is_empty()).collect();
                let best = texts
                    .iter()
                    .find(|texts| texts.iter().any(|part| part.is_html()) == prefers_html);
                shown.extend(best.or(texts.first()).into_iter().flatten());
            }
        }
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
}
