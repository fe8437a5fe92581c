//! `multistatus` (RFC 4918, section 14.16).

use crate::xml::{Element, Name, XmlError, parse};
use crate::{DAV, DavPath, LeftOut, LeftOutReason, PathError};

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
    /// No response has an `href` that can be used.
    #[error("no response has a usable href")]
    Href(#[source] Option<PathError>),
    /// All of it is about something outside of what was asked for.
    #[error("the answer is about something that was not asked for")]
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
    /// If no `propstat` has status 200, that of the first: some servers tell so that there is nothing (404; nginx,
    /// 2026), or that it may not be read (403).
    pub refused: Option<u16>,
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
    /// Those whose `href` is missing or cannot be used.
    pub left_out: Vec<LeftOut>,
}

impl Multistatus {
    /// Parses an answer.
    ///
    /// # Errors
    /// If it is not a multistatus within the bounds, or nothing in it can be used.
    pub fn parse(document: &[u8]) -> Result<Self, MultistatusError> {
        let root = parse(document)?;
        if !root.is(Name::new(DAV, "multistatus")) {
            return Err(MultistatusError::Root);
        }
        let sync_token = root
            .child(Name::new(DAV, "sync-token"))
            .and_then(Element::trimmed_text)
            .map(str::to_owned);
        let mut found = Self {
            sync_token,
            ..Self::default()
        };
        for response in root
            .children
            .into_iter()
            .filter(|child| child.is(Name::new(DAV, "response")))
        {
            read_response(response, &mut found)?;
        }
        // To say that there is nothing would be to say too much.
        let first = found.left_out.first().map(|one| &one.reason);
        match first {
            Some(LeftOutReason::Path(error))
                if found.responses.is_empty() && found.sync_token.is_none() =>
            {
                Err(MultistatusError::Href(*error))
            }
            _ => Ok(found),
        }
    }
}

/// A response has one `href` and its `propstat`s, or several `href`s that share a status.
pub(crate) fn read_response(
    response: Element,
    into: &mut Multistatus,
) -> Result<(), MultistatusError> {
    let status = response
        .child(Name::new(DAV, "status"))
        .and_then(status_code);
    let mut paths = Vec::new();
    let mut left_out = Vec::new();
    for href in response.children_named(Name::new(DAV, "href")) {
        let text = href.trimmed_text().unwrap_or_default();
        match DavPath::from_href(text) {
            Ok(path) => paths.push(path),
            Err(error) => {
                left_out.push(LeftOut::new(text, LeftOutReason::Path(Some(error))));
            }
        }
    }
    if paths.is_empty() && left_out.is_empty() {
        left_out.push(LeftOut::new("", LeftOutReason::Path(None)));
    }
    let count = paths.len().saturating_add(left_out.len());
    let known = into.responses.len().saturating_add(into.left_out.len());
    if known.saturating_add(count) > MAX_RESPONSES {
        return Err(MultistatusError::TooMany);
    }
    into.left_out.append(&mut left_out);
    let mut properties = Vec::new();
    let (mut is_found, mut refused) = (false, None);
    for propstat in response
        .children
        .into_iter()
        .filter(|child| child.is(Name::new(DAV, "propstat")))
    {
        let code = propstat
            .child(Name::new(DAV, "status"))
            .and_then(status_code);
        if code == Some(200) {
            is_found = true;
            let props = propstat
                .children
                .into_iter()
                .filter(|child| child.is(Name::new(DAV, "prop")));
            properties.extend(props.flat_map(|prop| prop.children));
        } else {
            refused = refused.or(code);
        }
    }
    // Several paths share a status, and then there are no properties to copy.
    if count > 1 {
        properties.clear();
    }
    let refused = refused.filter(|_| !is_found);
    into.responses
        .extend(paths.into_iter().map(|path| PropertyResponse {
            path,
            status,
            properties: std::mem::take(&mut properties),
            refused,
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
