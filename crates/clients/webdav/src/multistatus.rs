//! `multistatus` (RFC 4918, section 14.16).

use crate::xml::{Element, Name, XmlError, parse};
use crate::{DAV, DavPath, PathError};

/// Answers with more responses are refused.
pub const MAX_RESPONSES: usize = 50_000;

/// Why an answer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MultistatusError {
    /// It is no XML we accept.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Its root is another element.
    #[error("not a multistatus")]
    Root,
    /// A response lacks an `href`, or it cannot be used.
    #[error("a response has no usable href")]
    Href(#[source] Option<PathError>),
    /// A response is about something outside of what was asked for.
    #[error("a response is about something that was not asked for")]
    Outside,
    /// It has more than [`MAX_RESPONSES`] responses.
    #[error("too many responses")]
    TooMany,
}

/// What is said about one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PropertyResponse {
    /// Where it is.
    pub path: DavPath,
    /// The status of the resource as a whole, if one is given.
    pub status: Option<u16>,
    /// The properties that were found: those of the `propstat` with status 200.
    pub properties: Vec<Element>,
}

impl PropertyResponse {
    /// A property that was found.
    #[must_use]
    pub fn property(&self, name: Name) -> Option<&Element> {
        self.properties.iter().find(|property| property.is(name))
    }

    /// The text of a property that was found and is not empty.
    #[must_use]
    pub fn text(&self, name: Name) -> Option<&str> {
        self.property(name)?.trimmed_text()
    }

    /// The `href` inside a property, as in `current-user-principal`.
    #[must_use]
    pub fn href(&self, name: Name) -> Option<&str> {
        self.property(name)?
            .child(Name::new(DAV, "href"))?
            .trimmed_text()
    }
}

/// What is said about several resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Multistatus {
    /// One for each resource, in the server's order.
    pub responses: Vec<PropertyResponse>,
    /// The token of a `sync-collection` report (RFC 6578).
    pub sync_token: Option<String>,
}

impl Multistatus {
    /// Parses an answer.
    ///
    /// # Errors
    /// If it is not a multistatus within the bounds.
    pub fn parse(document: &[u8]) -> Result<Self, MultistatusError> {
        let root = parse(document)?;
        if !root.is(Name::new(DAV, "multistatus")) {
            return Err(MultistatusError::Root);
        }
        let sync_token = root
            .child(Name::new(DAV, "sync-token"))
            .and_then(Element::trimmed_text)
            .map(str::to_owned);
        let mut responses = Vec::new();
        for response in root
            .children
            .into_iter()
            .filter(|child| child.is(Name::new(DAV, "response")))
        {
            read_response(response, &mut responses)?;
        }
        Ok(Self {
            responses,
            sync_token,
        })
    }
}

/// A response has one `href` and its `propstat`s, or several `href`s that share a status.
pub(crate) fn read_response(
    response: Element,
    into: &mut Vec<PropertyResponse>,
) -> Result<(), MultistatusError> {
    let status = response
        .child(Name::new(DAV, "status"))
        .and_then(status_code);
    let paths = response
        .children_named(Name::new(DAV, "href"))
        .map(|href| DavPath::from_href(href.trimmed_text().unwrap_or_default()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| MultistatusError::Href(Some(error)))?;
    if paths.is_empty() {
        return Err(MultistatusError::Href(None));
    }
    if into.len().saturating_add(paths.len()) > MAX_RESPONSES {
        return Err(MultistatusError::TooMany);
    }
    let mut properties = Vec::new();
    for propstat in response
        .children
        .into_iter()
        .filter(|child| child.is(Name::new(DAV, "propstat")))
    {
        let is_found = propstat
            .child(Name::new(DAV, "status"))
            .and_then(status_code)
            == Some(200);
        if is_found {
            let props = propstat
                .children
                .into_iter()
                .filter(|child| child.is(Name::new(DAV, "prop")));
            properties.extend(props.flat_map(|prop| prop.children));
        }
    }
    // Several paths share a status, and then there are no properties to copy.
    if let [_, _, ..] = paths.as_slice() {
        properties.clear();
    }
    into.extend(paths.into_iter().map(|path| PropertyResponse {
        path,
        status,
        properties: std::mem::take(&mut properties),
    }));
    Ok(())
}

/// The code in `HTTP/1.1 200 OK`.
pub(crate) fn status_code(element: &Element) -> Option<u16> {
    element
        .trimmed_text()?
        .split_ascii_whitespace()
        .nth(1)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = r#"<?xml version="1.0"?>
<d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns">
 <d:response>
  <d:href>/remote.php/dav/files/john/M%C3%A4rz%20%26%20Co/</d:href>
  <d:propstat><d:prop><oc:checksums/><d:getetag>wrong</d:getetag></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>
  <d:propstat><d:prop><d:getetag>"abc"</d:getetag><d:resourcetype><d:collection/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
 </d:response>
 <d:response><d:href>/gone</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>
 <d:sync-token>http://sabre.io/ns/sync/7</d:sync-token>
</d:multistatus>"#;

    #[test]
    fn only_properties_with_status_200_count() {
        let answer = Multistatus::parse(ANSWER.as_bytes()).unwrap();
        let [first, gone] = answer.responses.as_slice() else {
            panic!("{answer:?}")
        };
        assert_eq!(first.path.name().unwrap(), "März & Co");
        assert_eq!(first.text(Name::new(DAV, "getetag")), Some("\"abc\""));
        assert_eq!(first.properties.len(), 2);
        assert_eq!((gone.status, gone.properties.len()), (Some(404), 0));
        assert_eq!(
            answer.sync_token.as_deref(),
            Some("http://sabre.io/ns/sync/7")
        );
    }

    #[test]
    fn another_document_is_refused() {
        assert_eq!(Multistatus::parse(b"<html/>"), Err(MultistatusError::Root));
        assert_eq!(
            Multistatus::parse(b"<multistatus/>"),
            Err(MultistatusError::Root)
        );
        let no_href = b"<d:multistatus xmlns:d='DAV:'><d:response/></d:multistatus>";
        assert_eq!(
            Multistatus::parse(no_href),
            Err(MultistatusError::Href(None))
        );
        let escaping = b"<d:multistatus xmlns:d='DAV:'><d:response><d:href>/a/../b</d:href></d:response></d:multistatus>";
        assert_eq!(
            Multistatus::parse(escaping),
            Err(MultistatusError::Href(Some(PathError::Dots)))
        );
    }

    proptest! {
        #[test]
        fn fuzz_any_markup_is_an_answer_or_an_error(
            href in "[ -~é]{0,40}",
            inner in "(<d:(prop|href|propstat|status|response)>|</d:(prop|href|propstat|status|response)>|[a-z/ &;]){0,40}",
        ) {
            let text = format!("<d:multistatus xmlns:d='DAV:'><d:response><d:href>{}</d:href>{inner}</d:response></d:multistatus>", crate::escape(&href));
            if let Ok(answer) = Multistatus::parse(text.as_bytes()) {
                for found in answer.responses {
                    let path = found.path.encoded().as_str();
                    prop_assert!(path.starts_with('/'), "{path}");
                    prop_assert!(path.split('/').all(|name| name != ".."), "{path}");
                }
            }
        }

        #[test]
        fn fuzz_any_status_line_is_read_without_panic(line in "\\PC{0,30}") {
            let text = format!("<d:multistatus xmlns:d='DAV:'><d:response><d:href>/a</d:href><d:status>{}</d:status></d:response></d:multistatus>", crate::escape(&line));
            prop_assert_eq!(Multistatus::parse(text.as_bytes()).unwrap().responses.len(), 1);
        }

        #[test]
        fn fuzz_a_cut_answer_is_refused(at in 1_usize..(ANSWER.len() - 1)) {
            let cut = &ANSWER.as_bytes()[..at];
            prop_assert!(Multistatus::parse(cut).is_err());
        }
    }
}
