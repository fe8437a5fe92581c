//! The client: its low-level side, and the operations on collections.

use bheem_http_kit::{
    Auth, BuildError, ClientBuilder, Created, Deleted, EncodedPath, HeaderName, HttpClient, Method,
    Request, Response, header,
};
use std::time::Duration;

use crate::resource::PROPERTIES;
use crate::{
    DavPath, Depth, Error, LeftOut, LeftOutReason, Listed, Listing, Lock, Multistatus,
    MultistatusError, Name, PropertyResponse, Resource, propfind_body,
};

/// What is read of the body of a refusal.
pub(crate) const MAX_ERROR_BYTES: usize = 64 * 1024;
const IF: HeaderName = HeaderName::from_static("if");
pub(crate) const DEPTH: HeaderName = HeaderName::from_static("depth");

/// A client of one WebDAV tree. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: HttpClient,
    /// The `If` header of a lock that is held.
    condition: Option<String>,
}

impl Client {
    /// Begins a client for the tree at `base_url`.
    pub fn builder(base_url: impl Into<String>, auth: Auth) -> ClientBuilder<Self> {
        ClientBuilder::new("webdav", base_url, auth, Self::from_http)
    }

    /// A client for another protocol on top of WebDAV, with that protocol's name in spans and metrics.
    #[must_use]
    pub fn from_http(http: HttpClient) -> Self {
        Self {
            http,
            condition: None,
        }
    }

    /// The same client acting as somebody else, on the same connections.
    ///
    /// # Errors
    /// If the credentials cannot be sent in a header.
    pub fn with_auth(&self, auth: &Auth) -> Result<Self, BuildError> {
        Ok(Self {
            http: self.http.with_auth(auth)?,
            ..self.clone()
        })
    }

    /// The same client with another time limit, for large files.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            http: self.http.with_timeout(timeout),
            ..self.clone()
        }
    }

    /// The same client, holding a lock: its requests may change what is locked (RFC 4918, section 10.4).
    #[must_use]
    pub fn with_lock(&self, lock: &Lock) -> Self {
        let resource = self.http.url(lock.path.encoded());
        Self {
            condition: Some(format!("<{resource}> (<{}>)", lock.token)),
            ..self.clone()
        }
    }

    /// The HTTP client below, for [`HttpClient::observe`].
    #[must_use]
    pub fn http(&self) -> &HttpClient {
        &self.http
    }

    /// A request to a path.
    pub fn request(&self, operation: &'static str, method: Method, path: &DavPath) -> Request {
        let request = self.http.request_path(operation, method, path.encoded());
        match &self.condition {
            Some(condition) => request.header(IF, condition),
            None => request,
        }
    }

    /// The path from the root of the host, in our spelling.
    pub(crate) fn absolute(&self, path: &DavPath) -> String {
        let url = self.http.url(path.encoded());
        EncodedPath::absolute(url.path())
            .map_or_else(|_| url.path().to_owned(), |path| path.as_str().to_owned())
    }

    /// Sends a request; a failing status becomes the error it stands for.
    ///
    /// # Errors
    /// If the exchange or the server fails.
    pub async fn exchange(request: Request) -> Result<Response, Error> {
        let answer = request.send().await?;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(Error::of_response(&answer))
        }
    }

    /// Sends an XML request whose answer is a multistatus, such as PROPFIND or REPORT.
    ///
    /// # Errors
    /// If the exchange or the server fails, or the answer is something else.
    pub async fn multistatus(
        &self,
        operation: &'static str,
        method: Method,
        path: &DavPath,
        depth: Depth,
        body: String,
    ) -> Result<Multistatus, Error> {
        let request = self
            .request(operation, method, path)
            .header(DEPTH, depth.as_str())
            .header(header::ACCEPT, "application/xml, text/xml")
            .bytes("application/xml; charset=utf-8", body);
        let answer = Self::exchange(request).await?;
        Multistatus::parse(answer.body()).map_err(|source| Error::Protocol {
            operation,
            source: Some(source),
        })
    }

    /// Asks for properties.
    ///
    /// # Errors
    /// If the exchange or the server fails, or the answer cannot be understood.
    pub async fn propfind(
        &self,
        path: &DavPath,
        depth: Depth,
        properties: &[Name],
    ) -> Result<Multistatus, Error> {
        const OPERATION: &str = "propfind";
        let body = propfind_body(properties);
        self.http
            .observe(
                OPERATION,
                self.multistatus(OPERATION, method("PROPFIND"), path, depth, body),
            )
            .await
    }

    /// Looks a resource up by its path.
    ///
    /// # Errors
    /// If the exchange or the server fails, or the answer cannot be understood; [`Error::Forbidden`] if there is one
    /// that may not be read.
    pub async fn find(&self, path: &DavPath) -> Result<Option<Resource>, Error> {
        const OPERATION: &str = "propfind";
        let own = self.absolute(path);
        let answer = match self.propfind(path, Depth::Zero, &PROPERTIES).await {
            Ok(answer) => answer,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(found) = answer.responses.into_iter().next() else {
            return Ok(None);
        };
        if !is_same(&own, &found) {
            return Err(outside(OPERATION));
        }
        match found.status.or(found.refused) {
            Some(404 | 410) => Ok(None),
            Some(401 | 403) => Err(Error::Forbidden {
                operation: OPERATION,
                condition: None,
            }),
            Some(status) if status >= 400 => Err(Error::Protocol {
                operation: OPERATION,
                source: None,
            }),
            _ => Ok(Some(Resource::from(found))),
        }
    }

    /// The members of a collection, without the collection itself. Up to the client's cap on answers: for larger
    /// ones there is [`Client::list_stream`]. What cannot be used is named beside the others.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such collection.
    pub async fn list(&self, path: &DavPath) -> Result<Listing<Resource>, Error> {
        const OPERATION: &str = "propfind";
        let path = path.as_collection();
        let own = self.absolute(&path);
        let answer = self.propfind(&path, Depth::One, &PROPERTIES).await?;
        members(OPERATION, &own, answer)
    }

    /// Creates a collection (MKCOL). The natural key is its path.
    ///
    /// # Errors
    /// [`Error::Conflict`] if its parent is missing.
    pub async fn create_collection(&self, path: &DavPath) -> Result<Created, Error> {
        const OPERATION: &str = "create_collection";
        let work = async {
            let request = self.request(OPERATION, method("MKCOL"), &path.as_collection());
            match Self::exchange(request).await {
                Ok(_) => Ok(Created::Created),
                Err(Error::MethodNotAllowed { .. }) => Ok(Created::Exists),
                Err(error) => Err(error),
            }
        };
        self.http.observe(OPERATION, work).await
    }

    /// Creates a collection and those above it that are missing, within the base URL.
    ///
    /// # Errors
    /// [`Error::Conflict`] if something on the way is not a collection.
    pub async fn ensure_collection(&self, path: &DavPath) -> Result<Created, Error> {
        let mut missing = Vec::new();
        let mut at = path.clone();
        // Up to the first that is there or can be made, then down again.
        loop {
            let refusal = match self.create_collection(&at).await {
                Ok(Created::Exists) if missing.is_empty() => return Ok(Created::Exists),
                Ok(_) => break,
                Err(error @ Error::Conflict { .. }) => error,
                Err(error) => return Err(error),
            };
            match at.parent().filter(|parent| *parent != DavPath::root()) {
                Some(parent) => missing.push(std::mem::replace(&mut at, parent)),
                None => return Err(refusal),
            }
        }
        for path in missing.iter().rev() {
            self.create_collection(path).await?;
        }
        Ok(Created::Created)
    }

    /// Deletes a resource and all in it; with an ETag, only that version of it.
    ///
    /// # Errors
    /// [`Error::Precondition`] if it changed, [`Error::Locked`] if somebody holds a lock.
    pub async fn delete(&self, path: &DavPath, etag: Option<&str>) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete";
        let work = async {
            let mut request = self.request(OPERATION, Method::DELETE, path);
            if let Some(etag) = etag {
                request = request.header(header::IF_MATCH, etag);
            }
            match Self::exchange(request).await {
                Ok(answer) if answer.status().as_u16() == 207 => Err(Error::of_parts(&answer)),
                Ok(_) => Ok(Deleted::Removed),
                Err(Error::NotFound { .. }) => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.http.observe(OPERATION, work).await
    }
}

/// The members of the collection at `own`. What is not there is not among them, and what is elsewhere is not to be
/// trusted; an answer that is about something else as a whole is refused.
pub(crate) fn members<T: From<PropertyResponse>>(
    operation: &'static str,
    own: &str,
    answer: Multistatus,
) -> Result<Listing<T>, Error> {
    let mut listing = Listing {
        items: Vec::new(),
        left_out: answer.left_out,
    };
    let mut is_ours = false;
    for found in answer.responses {
        is_ours |= is_same(own, &found) || is_below(own, found.path.encoded().as_str());
        match member(own, found) {
            Some(Listed::Item(found)) => listing.items.push(T::from(found)),
            Some(Listed::LeftOut(one)) => listing.left_out.push(one),
            None => {}
        }
    }
    if is_ours || listing.is_complete() {
        Ok(listing)
    } else {
        Err(outside(operation))
    }
}

/// What a list says about a member of the collection at `own`; `None` about the collection itself and about what is
/// not there.
pub(crate) fn member(own: &str, found: PropertyResponse) -> Option<Listed<PropertyResponse>> {
    let status = found
        .status
        .or(found.refused)
        .filter(|status| *status >= 400);
    let left_out = |reason| {
        Some(Listed::LeftOut(LeftOut::new(
            found.path.encoded().as_str(),
            reason,
        )))
    };
    if is_same(own, &found) {
        // The collection itself is told of where the answer was cut short.
        return match status {
            Some(507) => left_out(LeftOutReason::Truncated),
            _ => None,
        };
    }
    if !is_below(own, found.path.encoded().as_str()) {
        return left_out(LeftOutReason::Outside);
    }
    match status {
        None => Some(Listed::Item(found)),
        Some(404 | 410) => None,
        Some(status) => left_out(LeftOutReason::Refused(status)),
    }
}

/// Whether `path` is below `own`, in letters of either case: some servers spell the names of users as they like.
pub(crate) fn is_below(own: &str, path: &str) -> bool {
    let own = own.trim_end_matches('/');
    let (Some(start), Some(rest)) = (path.get(..own.len()), path.get(own.len()..)) else {
        return false;
    };
    start.eq_ignore_ascii_case(own) && rest.starts_with('/')
}

fn is_same(own: &str, found: &PropertyResponse) -> bool {
    let path = found.path.encoded().as_str();
    path.trim_end_matches('/')
        .eq_ignore_ascii_case(own.trim_end_matches('/'))
}

pub(crate) fn outside(operation: &'static str) -> Error {
    Error::Protocol {
        operation,
        source: Some(MultistatusError::Outside),
    }
}

/// A method that HTTP itself does not know.
#[expect(
    clippy::expect_used,
    reason = "the names are constants and valid tokens"
)]
pub(crate) fn method(name: &'static str) -> Method {
    Method::from_bytes(name.as_bytes()).expect("a valid token")
}
