//! Builds elements from the events of a reader, within the bounds of `xml`.
//!
//! Invariant: the work is linear in the size of the document. Attributes are not compared with each other, and the
//! namespaces in force are few, since every name is looked up among them.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

use crate::xml::{Element, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, XmlError};

/// Namespace declarations in force at one place.
const MAX_DECLARATIONS: usize = 256;

/// Elements being built.
pub(crate) struct Tree {
    open: Vec<Element>,
    /// Declarations of each open element.
    declared: Vec<usize>,
    count: usize,
    has_root: bool,
    cut: usize,
}

impl Tree {
    /// Hands out each element that is nested `cut` deep: 0 is the root. What is above keeps no children.
    pub(crate) fn new(cut: usize) -> Self {
        Self {
            open: Vec::new(),
            declared: Vec::new(),
            count: 0,
            has_root: false,
            cut,
        }
    }

    /// The root, once it has begun; with `cut` 0, until it ends.
    pub(crate) fn root(&self) -> Option<&Element> {
        self.open.first()
    }

    /// Takes an event; gives an element that ended with it.
    pub(crate) fn take(
        &mut self,
        resolved: &ResolveResult<'_>,
        event: &Event<'_>,
    ) -> Result<Option<Element>, XmlError> {
        match event {
            Event::Start(start) => self.start(resolved, start)?,
            Event::End(_) => return self.end(),
            Event::Text(text) => {
                self.append(&text.xml10_content().map_err(|_hidden| XmlError::Encoding)?);
            }
            Event::CData(text) => {
                self.append(&text.xml10_content().map_err(|_hidden| XmlError::Encoding)?);
            }
            Event::GeneralRef(reference) => self.append(&character(reference)?.to_string()),
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Eof if !self.open.is_empty() || !self.has_root => {
                return Err(XmlError::Malformed);
            }
            Event::Eof | Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        Ok(None)
    }

    fn start(
        &mut self,
        resolved: &ResolveResult<'_>,
        start: &BytesStart<'_>,
    ) -> Result<(), XmlError> {
        self.count += 1;
        if self.open.len() >= MAX_DEPTH || self.count > MAX_ELEMENTS {
            return Err(XmlError::TooLarge);
        }
        if self.open.is_empty() && self.has_root {
            return Err(XmlError::Malformed);
        }
        let (element, declared) = begin(resolved, start)?;
        self.declared.push(declared);
        if self.declared.iter().sum::<usize>() > MAX_DECLARATIONS {
            return Err(XmlError::TooLarge);
        }
        self.has_root = true;
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) -> Result<Option<Element>, XmlError> {
        let done = self.open.pop().ok_or(XmlError::Malformed)?;
        self.declared.pop();
        if self.open.len() == self.cut {
            // What was handed out takes no memory here.
            self.count = self.open.len();
            return Ok(Some(done));
        }
        if let Some(parent) = self.open.last_mut() {
            parent.children.push(done);
        }
        Ok(None)
    }

    fn append(&mut self, text: &str) {
        if self.open.len() <= self.cut {
            return;
        }
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }
}

fn begin(
    resolved: &ResolveResult<'_>,
    start: &BytesStart<'_>,
) -> Result<(Element, usize), XmlError> {
    let namespace = match resolved {
        ResolveResult::Bound(namespace) => lossless(namespace.as_ref())?,
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return Err(XmlError::Malformed),
    };
    let mut attributes = Vec::new();
    let mut declared = 0;
    // Two attributes of one name are a fault that nobody is hurt by.
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_hidden| XmlError::Malformed)?;
        if attributes.len() >= MAX_ATTRIBUTES {
            return Err(XmlError::TooLarge);
        }
        if attribute.key.as_namespace_binding().is_some() {
            declared += 1;
        }
        let raw = std::str::from_utf8(&attribute.value).map_err(|_invalid| XmlError::Encoding)?;
        let value = quick_xml::escape::unescape(raw).map_err(|_hidden| XmlError::Malformed)?;
        attributes.push((
            lossless(attribute.key.local_name().as_ref())?,
            value.into_owned(),
        ));
    }
    let local = lossless(start.local_name().as_ref())?;
    let element = Element {
        namespace,
        local,
        attributes,
        ..Element::default()
    };
    Ok((element, declared))
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
