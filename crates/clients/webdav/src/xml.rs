//! XML as a small tree with resolved namespaces.
//!
//! Bounded: a peer must not be able to make us recurse or allocate without end. Document types are refused, so
//! there are no entities besides the five that XML defines.

use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

/// Elements nested deeper are refused.
pub const MAX_DEPTH: usize = 32;
/// Documents with more elements are refused.
pub const MAX_ELEMENTS: usize = 500_000;

/// Why a document was refused. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// It is not well-formed, or ends too early.
    #[error("not well-formed XML")]
    Malformed,
    /// It is not UTF-8.
    #[error("XML is not UTF-8")]
    Encoding,
    /// It is nested too deeply or has too many elements.
    #[error("XML is nested too deeply or too large")]
    TooLarge,
    /// It has a document type.
    #[error("XML has a document type")]
    DocumentType,
}

/// The name of an element: a namespace and a local part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The namespace.
    pub namespace: &'static str,
    /// The local part.
    pub local: &'static str,
}

impl Name {
    /// A name.
    #[must_use]
    pub const fn new(namespace: &'static str, local: &'static str) -> Self {
        Self { namespace, local }
    }
}

/// An element with all it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Element {
    /// Its namespace, empty if it has none.
    pub namespace: String,
    /// Its local name.
    pub local: String,
    /// Its attributes by local name.
    pub attributes: Vec<(String, String)>,
    /// Its own text, without that of its children.
    pub text: String,
    /// Its child elements, in order.
    pub children: Vec<Element>,
}

impl Element {
    /// Does it bear this name?
    #[must_use]
    pub fn is(&self, name: Name) -> bool {
        self.namespace == name.namespace && self.local == name.local
    }

    /// The first child of this name.
    #[must_use]
    pub fn child(&self, name: Name) -> Option<&Self> {
        self.children.iter().find(|child| child.is(name))
    }

    /// All children of this name.
    pub fn children_named(&self, name: Name) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.is(name))
    }

    /// Its text without white space around it; `None` if there is none.
    #[must_use]
    pub fn trimmed_text(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// An attribute by its local name.
    #[must_use]
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(name, _)| name == local)
            .map(|(_, value)| value.as_str())
    }
}

/// Parses a document into its root element.
///
/// # Errors
/// If it is not well-formed UTF-8 within the bounds.
pub fn parse(document: &[u8]) -> Result<Element, XmlError> {
    let text = std::str::from_utf8(document).map_err(|_invalid| XmlError::Encoding)?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0_usize;
    loop {
        let (resolved, event) = reader
            .read_resolved_event()
            .map_err(|_hidden| XmlError::Malformed)?;
        match event {
            Event::Start(start) => {
                count += 1;
                if open.len() >= MAX_DEPTH || count > MAX_ELEMENTS {
                    return Err(XmlError::TooLarge);
                }
                if root.is_some() {
                    return Err(XmlError::Malformed);
                }
                open.push(begin(&resolved, &start)?);
            }
            Event::End(_) => {
                let done = open.pop().ok_or(XmlError::Malformed)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => root = Some(done),
                }
            }
            Event::Text(text) => append(
                &mut open,
                &text.xml10_content().map_err(|_hidden| XmlError::Encoding)?,
            ),
            Event::CData(text) => append(
                &mut open,
                &text.xml10_content().map_err(|_hidden| XmlError::Encoding)?,
            ),
            Event::GeneralRef(reference) => append(&mut open, &character(&reference)?.to_string()),
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Eof => break,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    if open.is_empty() {
        root.ok_or(XmlError::Malformed)
    } else {
        Err(XmlError::Malformed)
    }
}

/// Escapes text for use in an element or attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    // Control characters other than tab and line ends cannot be part of XML at all (XML 1.0, section 2.2).
    let allowed: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
        .collect();
    quick_xml::escape::escape(allowed.as_str()).into_owned()
}

fn begin(resolved: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Element, XmlError> {
    let namespace = match resolved {
        ResolveResult::Bound(namespace) => lossless(namespace.as_ref())?,
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return Err(XmlError::Malformed),
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_hidden| XmlError::Malformed)?;
        let raw = std::str::from_utf8(&attribute.value).map_err(|_invalid| XmlError::Encoding)?;
        let value = quick_xml::escape::unescape(raw).map_err(|_hidden| XmlError::Malformed)?;
        attributes.push((
            lossless(attribute.key.local_name().as_ref())?,
            value.into_owned(),
        ));
    }
    let local = lossless(start.local_name().as_ref())?;
    Ok(Element {
        namespace,
        local,
        attributes,
        ..Element::default()
    })
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn character(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    if let Some(c) = reference
        .resolve_char_ref()
        .map_err(|_hidden| XmlError::Malformed)?
    {
        return Ok(c);
    }
    match reference
        .decode()
        .map_err(|_hidden| XmlError::Encoding)?
        .as_ref()
    {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(XmlError::Malformed),
    }
}

fn lossless(bytes: &[u8]) -> Result<String, XmlError> {
    String::from_utf8(bytes.to_vec()).map_err(|_invalid| XmlError::Encoding)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn namespaces_text_and_references_are_resolved() {
        let root = parse(
            b"<?xml version=\"1.0\"?>\n<a xmlns='DAV:' xmlns:x='urn:x'><x:b k='1&amp;2'>t&lt;&#x41;<!-- c --><![CDATA[&]]></x:b><c/></a>",
        )
        .unwrap();
        assert!(root.is(Name::new("DAV:", "a")));
        let b = root.child(Name::new("urn:x", "b")).unwrap();
        assert_eq!((b.text.as_str(), b.attribute("k")), ("t<A&", Some("1&2")));
        assert!(root.child(Name::new("DAV:", "c")).is_some());
    }

    #[test]
    fn what_could_hurt_is_refused() {
        assert_eq!(
            parse(b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"),
            Err(XmlError::DocumentType)
        );
        let deep = "<a>".repeat(MAX_DEPTH + 1) + &"</a>".repeat(MAX_DEPTH + 1);
        assert_eq!(parse(deep.as_bytes()), Err(XmlError::TooLarge));
        for wrong in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<x:a/>",
            "<a>&unknown;</a>",
            "<a b></a>",
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert_eq!(parse(b"<a>\xff</a>"), Err(XmlError::Encoding));
    }

    proptest! {
        #[test]
        fn escaped_text_survives(text in "\\PC{0,80}") {
            let document = format!("<a k=\"{0}\">{0}</a>", escape(&text));
            let root = parse(document.as_bytes()).unwrap();
            prop_assert_eq!(&root.text, &text);
            prop_assert_eq!(root.attribute("k").unwrap(), text);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _result = parse(&bytes);
        }

        #[test]
        fn arbitrary_markup_never_panics(text in "[<>/&;:a-c='\" !\\[\\]-]{0,120}") {
            let _result = parse(text.as_bytes());
        }
    }
}
