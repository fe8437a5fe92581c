//! The client: its low-level side, and the operations on collections.

use bheem_http_kit::{
    Auth, BuildError, ClientBuilder, Created, Deleted, HeaderName, HttpClient, Method, Request,
    Response, header,
};
use std::time::Duration;

use crate::resource::PROPERTIES;
use crate::{DavPath, Depth, Error, Multistatus, Name, Resource, propfind_body};

const DEPTH: HeaderName = HeaderName::from_static("depth");

/// A client of one WebDAV tree. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: HttpClient,
}

impl Client {
    /// Begins a client for the tree at `base_url`.
    pub fn builder(base_url: impl Into<String>, auth: Auth) -> ClientBuilder<Self> {
        ClientBuilder::new("webdav", base_url, auth, Self::from_http)
    }

    /// A client for another protocol on top of WebDAV, with that protocol's name in spans and metrics.
    #[must_use]
    pub fn from_http(http: HttpClient) -> Self {
        Self { http }
    }

    /// The same client acting as somebody else, on the same connections.
    ///
    /// # Errors
    /// If the credentials cannot be sent in a header.
    pub fn with_auth(&self, auth: &Auth) -> Result<Self, BuildError> {
        Ok(Self {
            http: self.http.with_auth(auth)?,
        })
    }

    /// The same client with another time limit, for large files.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            http: self.http.with_timeout(timeout),
        }
    }

    /// The HTTP client below, for [`HttpClient::observe`].
    #[must_use]
    pub fn http(&self) -> &HttpClient {
        &self.http
    }

    /// A request to a path.
    pub fn request(&self, operation: &'static str, method: Method, path: &DavPath) -> Request {
        self.http.request_path(operation, method, path.encoded())
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
    /// If the exchange or the server fails, or the answer cannot be understood.
    pub async fn find(&self, path: &DavPath) -> Result<Option<Resource>, Error> {
        match self.propfind(path, Depth::Zero, &PROPERTIES).await {
            Ok(answer) => Ok(answer
                .responses
                .into_iter()
                .find(|found| found.status != Some(404))
                .map(Resource::from)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The members of a collection, without the collection itself.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such collection.
    pub async fn list(&self, path: &DavPath) -> Result<Vec<Resource>, Error> {
        let path = path.as_collection();
        let answer = self.propfind(&path, Depth::One, &PROPERTIES).await?;
        let own = self.http.url(path.encoded());
        let own = own.path().trim_end_matches('/');
        let members = answer.responses.into_iter().filter(|found| {
            let its_path = self.http.url(found.path.encoded());
            its_path.path().trim_end_matches('/') != own
                && found.status.is_none_or(|status| status < 400)
        });
        Ok(members.map(Resource::from).collect())
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
                Ok(answer) if answer.status().as_u16() == 207 => Err(Error::Partial {
                    operation: OPERATION,
                }),
                Ok(_) => Ok(Deleted::Removed),
                Err(Error::NotFound { .. }) => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.http.observe(OPERATION, work).await
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
