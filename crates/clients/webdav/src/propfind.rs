//! The body of PROPFIND.

use std::fmt::Write as _;

use crate::xml::{Name, escape};

/// How far a PROPFIND reaches. "Infinity" is left out: servers refuse it, or suffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The resource itself.
    Zero,
    /// The resource and its direct members.
    One,
}

impl Depth {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Zero => "0",
            Self::One => "1",
        }
    }
}

/// A PROPFIND body that asks for these properties.
#[must_use]
pub fn propfind_body(properties: &[Name]) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><d:propfind xmlns:d=\"DAV:\">{}</d:propfind>",
        properties_element(properties)
    )
}

/// `d:prop` with these properties; the prefix `d` must be bound around it.
pub(crate) fn properties_element(properties: &[Name]) -> String {
    let mut element = String::from("<d:prop>");
    for name in properties {
        // Writing to a string cannot fail.
        let _infallible = write!(
            element,
            "<x:{} xmlns:x=\"{}\"/>",
            name.local,
            escape(name.namespace)
        );
    }
    element.push_str("</d:prop>");
    element
}
