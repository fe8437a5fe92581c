//! The parts of a message as its bytes tell them (MIME, RFC 2045 and 2046). Where parts begin and end is found by
//! `mail-parser`; what they say of themselves is read as it is from a server's answer.

use mail_parser::{HeaderName, Message, MessageParser, MessagePart, PartType};

use super::{
    decode::Decoder,
    parameters,
    parts::{Body, DEEPEST, Described, Part, Place, Structure},
    text,
};

/// A message whose parts are known.
pub(crate) struct Parsed<'a> {
    bytes: &'a [u8],
    pub(crate) message: Message<'a>,
    pub(crate) structure: Structure,
    /// Where the bodies are, in the order of the parts.
    places: Vec<(u32, u32)>,
}

impl<'a> Parsed<'a> {
    /// `None` if there is not even a header.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let message = MessageParser::default().parse(bytes)?;
        let mut walker = Walker {
            bytes,
            message: &message,
            structure: Structure::default(),
            places: Vec::new(),
        };
        let body = walker.walk(0, &mut Vec::new(), "");
        let (mut structure, places) = (walker.structure, walker.places);
        structure.body = body;
        Some(Self {
            bytes,
            message,
            structure,
            places,
        })
    }

    /// The text of a part.
    pub(crate) fn text(&self, part: &Part) -> String {
        let at = self
            .structure
            .parts
            .iter()
            .position(|one| std::ptr::eq(one, part));
        let (from, to) = at
            .and_then(|at| self.places.get(at))
            .copied()
            .unwrap_or_default();
        let raw = slice(self.bytes, from, to).unwrap_or_default();
        part.decode_text(raw.to_vec())
    }
}

impl Part {
    /// Its text, from its bytes as they are on the wire.
    pub(crate) fn decode_text(&self, raw: Vec<u8>) -> String {
        let decoded = Decoder::of(&self.encoding).decode(raw, true);
        let charset = self.charset.as_deref();
        let text = if self.is_html() {
            text::decode_html(charset, &decoded)
        } else {
            text::decode(charset, &decoded)
        };
        match self.flowed {
            Some(flowed) => super::flowed::unfold(&text, flowed),
            None => text,
        }
    }
}

struct Walker<'a> {
    bytes: &'a [u8],
    message: &'a Message<'a>,
    structure: Structure,
    places: Vec<(u32, u32)>,
}

impl Walker<'_> {
    fn walk(&mut self, id: u32, path: &mut Vec<u16>, parent: &str) -> Body {
        let Some(part) = self.message.part(id) else {
            return Body::Nothing;
        };
        let (value, pairs) = parameters::read(field(self.bytes, part, &HeaderName::ContentType));
        let (kind, subtype) = value.split_once('/').unwrap_or((value.trim(), ""));
        let (kind, subtype) = (kind.trim(), subtype.trim());
        if let PartType::Multipart(children) = &part.body {
            if path.len() >= DEEPEST {
                self.structure.left_out = self.structure.left_out.saturating_add(1);
                return Body::Nothing;
            }
            let mut bodies = Vec::new();
            for (child, number) in children.iter().zip(1_u16..) {
                path.push(number);
                bodies.push(self.walk(*child, path, subtype));
                path.pop();
            }
            return if subtype == "alternative" {
                Body::Alternatives(bodies)
            } else {
                Body::All(bodies)
            };
        }
        let described = self.describe(part, (kind, subtype), &pairs);
        let body = self.structure.add(described, Place { path, parent });
        if body != Body::Nothing {
            self.places.push((part.offset_body, part.offset_end));
        }
        body
    }

    fn describe(
        &self,
        part: &MessagePart<'_>,
        (kind, subtype): (&str, &str),
        pairs: &[(String, Vec<u8>)],
    ) -> Described {
        // RFC 2045, section 5.2; RFC 2046, section 5.1.5. Parts without a boundary are text as well.
        let (kind, subtype) = match (kind, &part.body) {
            ("" | "multipart", PartType::Message(_)) => ("message", "rfc822"),
            ("" | "multipart", _) => ("text", "plain"),
            _ => (kind, subtype),
        };
        let field = |name| field(self.bytes, part, name);
        let (disposition, disposition_pairs) =
            parameters::read(field(&HeaderName::ContentDisposition));
        let (encoding, _) = parameters::read(field(&HeaderName::ContentTransferEncoding));
        let id = String::from_utf8_lossy(field(&HeaderName::ContentId))
            .trim()
            .to_owned();
        Described {
            kind: kind.to_owned(),
            subtype: subtype.to_owned(),
            parameters: parameters::resolve(pairs),
            encoding,
            size: u64::from(part.offset_end.saturating_sub(part.offset_body)),
            content_id: (!id.is_empty()).then_some(id),
            disposition,
            disposition_parameters: parameters::resolve(&disposition_pairs),
        }
    }
}

/// A field of a part's header as it is; empty if there is none.
fn field<'b>(bytes: &'b [u8], part: &MessagePart<'_>, name: &HeaderName<'_>) -> &'b [u8] {
    let header = part.headers.iter().rfind(|header| &header.name == name);
    header
        .and_then(|header| slice(bytes, header.offset_start, header.offset_end))
        .unwrap_or_default()
}

/// A field of the message's header as it is, for each time it is there.
pub(crate) fn fields<'b>(
    bytes: &'b [u8],
    message: &Message<'_>,
    name: &HeaderName<'_>,
) -> Vec<&'b [u8]> {
    let headers = message.parts.first().map(|part| part.headers.as_slice());
    headers
        .unwrap_or_default()
        .iter()
        .filter(|header| &header.name == name)
        .filter_map(|header| slice(bytes, header.offset_start, header.offset_end))
        .collect()
}

fn slice(bytes: &[u8], from: u32, to: u32) -> Option<&[u8]> {
    bytes.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)
}
