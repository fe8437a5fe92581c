//! XML as a small tree with resolved namespaces.
//!
//! Bounded: a peer must not be able to make us recurse or allocate without end. Document types are refused, so
//! there are no entities besides the five that XML defines.

use quick_xml::NsReader;
use quick_xml::events::Event;

use crate::tree::Tree;

/// Elements nested deeper are refused.
pub const MAX_DEPTH: usize = 32;
/// Documents with more elements are refused.
pub const MAX_ELEMENTS: usize = 500_000;
/// Elements with more attributes are refused.
pub const MAX_ATTRIBUTES: usize = 64;

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
    /// It is nested too deeply, or has too many elements or attributes.
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
    let mut tree = Tree::new(0);
    let mut root = None;
    loop {
        let (resolved, event) = reader
            .read_resolved_event()
            .map_err(|_hidden| XmlError::Malformed)?;
        let is_end = matches!(event, Event::Eof);
        if let Some(done) = tree.take(&resolved, &event)? {
            root = Some(done);
        }
        if is_end {
            return root.ok_or(XmlError::Malformed);
        }
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

    /// Comparing each attribute with each other, or each name with each prefix, would take hours.
    #[test]
    fn crowds_of_attributes_and_prefixes_are_refused() {
        let attributes = (0..100_000).map(|n| format!(" a{n}=''"));
        let crowd = attributes.collect::<Vec<_>>().concat();
        assert_eq!(
            parse(format!("<a{crowd}/>").as_bytes()),
            Err(XmlError::TooLarge)
        );
        let declarations = (0..60).map(|n| format!(" xmlns:p{n}='urn:{n}'"));
        let prefixes = declarations.collect::<Vec<_>>().concat();
        let nested = format!("<a{prefixes}>").repeat(5) + &"</a>".repeat(5);
        assert_eq!(parse(nested.as_bytes()), Err(XmlError::TooLarge));
        let twice = format!("<r>{}</r>", format!("<a{prefixes}/>").repeat(9));
        assert!(parse(twice.as_bytes()).is_ok(), "side by side they are few");
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
        fn fuzz_arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _result = parse(&bytes);
        }

        #[test]
        fn fuzz_arbitrary_markup_never_panics(text in "[<>/&;:a-c='\" !\\[\\]-]{0,120}") {
            let _result = parse(text.as_bytes());
        }
    }
}
