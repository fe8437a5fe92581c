//! Reading and writing XML.

use quick_xml::{
    NsReader,
    events::{BytesRef, BytesStart, Event},
    name::ResolveResult,
};

use crate::http::Answer;

pub(super) const DAV: &str = "DAV:";
pub(super) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
pub(super) const CARDDAV: &str = "urn:ietf:params:xml:ns:carddav";
pub(super) const CALENDAR_SERVER: &str = "http://calendarserver.org/ns/";
pub(super) const APPLE: &str = "http://apple.com/ns/ical/";
pub(super) const OWNCLOUD: &str = "http://owncloud.org/ns";
pub(super) const NEXTCLOUD: &str = "http://nextcloud.org/ns";

/// Nesting beyond this is refused.
const MAX_DEPTH: usize = 64;

/// An element with resolved names.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    pub(super) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(namespace, name))
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first element of this name at any depth.
    pub(super) fn find(&self, namespace: &str, name: &str) -> Option<&Self> {
        if self.is(namespace, name) {
            return Some(self);
        }
        self.children
            .iter()
            .find_map(|child| child.find(namespace, name))
    }
}

/// The root element; `None` for what is no XML.
pub(super) fn parse(document: &[u8]) -> Option<Element> {
    let text = std::str::from_utf8(document).ok()?;
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_resolved_event().ok()? {
            (namespace, Event::Start(start)) if open.len() < MAX_DEPTH => {
                open.push(begin(&namespace, &start)?);
            }
            (_, Event::Start(_) | Event::DocType(_)) => return None,
            (_, Event::End(_)) => {
                let done = open.pop()?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => root = Some(done),
                }
            }
            (_, Event::Text(text)) => append(&mut open, &text.xml10_content().ok()?),
            (_, Event::CData(text)) => append(&mut open, &text.xml10_content().ok()?),
            (_, Event::GeneralRef(reference)) => append(&mut open, &resolve(&reference)?),
            (_, Event::Eof) => return root.filter(|_| open.is_empty()),
            _ => {}
        }
    }
}

fn begin(namespace: &ResolveResult<'_>, start: &BytesStart<'_>) -> Option<Element> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => text(namespace.as_ref())?,
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return None,
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        let value = text(&attribute.value)?;
        let value = quick_xml::escape::unescape(&value).ok()?.into_owned();
        attributes.push((text(attribute.key.local_name().as_ref())?, value));
    }
    Some(Element {
        namespace,
        name: text(start.local_name().as_ref())?,
        attributes,
        ..Element::default()
    })
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn resolve(reference: &BytesRef<'_>) -> Option<String> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        return Some(character.to_string());
    }
    let name = reference.decode().ok()?;
    quick_xml::escape::resolve_xml_entity(&name).map(ToOwned::to_owned)
}

pub(super) fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

/// `d:error` with sabre's exception, and an element of the protocol if there is one.
pub(super) fn error(status: u16, exception: &str, message: &str, condition: &str) -> Answer {
    Answer::xml(
        status,
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<d:error xmlns:d=\"DAV:\" \
             xmlns:cal=\"{CALDAV}\" xmlns:card=\"{CARDDAV}\" xmlns:s=\"http://sabredav.org/ns\">\n  {condition}\
             <s:exception>{}</s:exception>\n  <s:message>{}</s:message>\n</d:error>\n",
            escape(exception),
            escape(message)
        ),
    )
}
