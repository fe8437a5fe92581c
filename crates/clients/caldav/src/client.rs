//! The client.

use bheem_http_kit::HttpClient;
use bheem_webdav::{
    Auth, BuildError, ClientBuilder, DavPath, Depth, Element, LeftOut, LeftOutReason, Listing,
    Method, Multistatus, Name, PropertyResponse, propfind_body,
};

use crate::Error;

/// A client of one CalDAV and CardDAV server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) dav: bheem_webdav::Client,
}

impl Client {
    /// Begins a client for the server at `base_url`; on Nextcloud `https://…/remote.php/dav`. Where only the host is
    /// known, [`Client::locate`] finds the rest.
    pub fn builder(base_url: impl Into<String>, auth: Auth) -> ClientBuilder<Self> {
        let finish = |http: HttpClient| Self {
            dav: bheem_webdav::Client::from_http(http),
        };
        ClientBuilder::new("caldav", base_url, auth, finish)
    }

    /// The same client acting as somebody else, on the same connections.
    ///
    /// # Errors
    /// If the credentials cannot be sent in a header.
    pub fn with_auth(&self, auth: &Auth) -> Result<Self, BuildError> {
        Ok(Self {
            dav: self.dav.with_auth(auth)?,
        })
    }

    pub(crate) fn http(&self) -> &HttpClient {
        self.dav.http()
    }

    pub(crate) async fn propfind(
        &self,
        operation: &'static str,
        path: &DavPath,
        depth: Depth,
        properties: &[Name],
    ) -> Result<Multistatus, Error> {
        let body = propfind_body(properties);
        let answer = self
            .dav
            .multistatus(operation, method("PROPFIND"), path, depth, body)
            .await?;
        self.whole(operation, path, answer)
    }

    pub(crate) async fn report(
        &self,
        operation: &'static str,
        path: &DavPath,
        depth: Depth,
        body: String,
    ) -> Result<Multistatus, Error> {
        let answer = self
            .dav
            .multistatus(operation, method("REPORT"), path, depth, body)
            .await?;
        self.whole(operation, path, answer)
    }

    /// Some servers put the refusal of the whole into a multistatus (Xandikos 0.2, 2026-11).
    fn whole(
        &self,
        operation: &'static str,
        path: &DavPath,
        answer: Multistatus,
    ) -> Result<Multistatus, Error> {
        if let [only] = answer.responses.as_slice()
            && self.absolute(&only.path) == self.absolute(path)
            && let Some(error) = only
                .status
                .and_then(|status| refused(operation, status, None))
        {
            return Err(error.into());
        }
        Ok(answer)
    }

    /// The path from the root of the host, without a slash at its end: two spellings of one path compare equal.
    pub(crate) fn absolute(&self, path: &DavPath) -> String {
        let url = self.http().url(path.encoded());
        let spelt = bheem_webdav::EncodedPath::absolute(url.path());
        let text = spelt.map_or_else(|_| url.path().to_owned(), |path| path.as_str().to_owned());
        text.trim_end_matches('/').to_owned()
    }

    /// What an answer tells of what is directly in a collection, and what of it cannot be used. What is gone is
    /// neither.
    pub(crate) fn members(
        &self,
        collection: &DavPath,
        answer: Multistatus,
    ) -> Listing<PropertyResponse> {
        let mut listing = Listing::default();
        listing.left_out = answer.left_out;
        for one in answer.responses {
            let is_itself = self.absolute(&one.path) == self.absolute(collection);
            // That no property is known does not mean that there is nothing.
            let refused = one.refused.filter(|status| *status != 404);
            let status = one.status.or(refused).filter(|status| *status >= 400);
            let reason = match status {
                // Of the collection itself: the answer was cut short (RFC 6578, section 3.6).
                Some(507) if is_itself => LeftOutReason::Truncated,
                _ if is_itself => continue,
                _ if !self.is_member(collection, &one.path) => LeftOutReason::Outside,
                None => {
                    listing.items.push(one);
                    continue;
                }
                Some(404 | 410) => continue,
                Some(status) => LeftOutReason::Refused(status),
            };
            let name = one.path.encoded().as_str();
            listing.left_out.push(LeftOut::new(name, reason));
        }
        listing
    }

    /// Whether a path is directly in a collection. What a server says of others is not to be trusted.
    pub(crate) fn is_member(&self, collection: &DavPath, path: &DavPath) -> bool {
        let (collection, path) = (self.absolute(collection), self.absolute(path));
        let rest = path
            .strip_prefix(&collection)
            .and_then(|rest| rest.strip_prefix('/'));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
    }
}

/// What a status within a multistatus means for the request as a whole; none if it is no refusal.
pub(crate) fn refused(
    operation: &'static str,
    status: u16,
    condition: Option<String>,
) -> Option<bheem_webdav::Error> {
    use bheem_webdav::Error::{
        Conflict, Forbidden, MethodNotAllowed, NotFound, Precondition, Unauthorized,
    };
    Some(match status {
        401 => Unauthorized { operation },
        403 => Forbidden {
            operation,
            condition,
        },
        404 | 410 => NotFound { operation },
        405 => MethodNotAllowed { operation },
        409 => Conflict {
            operation,
            condition,
        },
        412 => Precondition {
            operation,
            condition,
        },
        _ => return None,
    })
}

/// The refusal of a request for one resource that came as a multistatus.
pub(crate) fn refusal_within(operation: &'static str, body: &[u8]) -> bheem_webdav::Error {
    let understood = bheem_webdav::parse(body)
        .map_err(bheem_webdav::MultistatusError::from)
        .and_then(|root| Ok((root, bheem_webdav::Multistatus::parse(body)?)));
    let (root, answer) = match understood {
        Ok(understood) => understood,
        Err(source) => {
            return bheem_webdav::Error::Protocol {
                operation,
                source: Some(source),
            };
        }
    };
    let status = answer.responses.first().and_then(|one| one.status);
    let condition = find(&root, "error").and_then(|error| error.children.first());
    let condition = condition.map(|condition| condition.local.clone());
    status
        .and_then(|status| refused(operation, status, condition))
        .unwrap_or(bheem_webdav::Error::Partial { operation })
}

/// An element of WebDAV anywhere in a document, whose depth is bounded.
pub(crate) fn find<'a>(root: &'a Element, local: &str) -> Option<&'a Element> {
    if root.local == local && root.namespace == bheem_webdav::DAV {
        return Some(root);
    }
    root.children.iter().find_map(|child| find(child, local))
}

/// The members that a multistatus tells of, without what failed.
pub(crate) fn is_found(response: &PropertyResponse) -> bool {
    response.status.is_none_or(|status| status < 400)
}

/// The hrefs inside a property.
pub(crate) fn hrefs(property: Option<&Element>) -> impl Iterator<Item = &str> {
    const HREF: Name = Name::new(bheem_webdav::DAV, "href");
    property
        .into_iter()
        .flat_map(|one| one.children_named(HREF))
        .filter_map(Element::trimmed_text)
}

/// A method that HTTP itself does not know.
#[expect(
    clippy::expect_used,
    reason = "the names are constants and valid tokens"
)]
pub(crate) fn method(name: &'static str) -> Method {
    Method::from_bytes(name.as_bytes()).expect("a valid token")
}
