//! Moving content: PUT, GET, MOVE, COPY.

use bheem_http_kit::{Bytes, HeaderName, Method, Request, Response, StreamingResponse, header};
use futures::{Stream, TryStream};

use crate::client::method;
use crate::{Client, DavPath, Error};

const DESTINATION: HeaderName = HeaderName::from_static("destination");
const OVERWRITE: HeaderName = HeaderName::from_static("overwrite");
/// What is read of the body of a refused download.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The state a resource must be in for a PUT to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precondition {
    /// Any.
    None,
    /// Nothing must be there (`If-None-Match: *`).
    Absent,
    /// This version must be there (`If-Match`); the ETag is given with its quotes.
    Etag(String),
}

impl Precondition {
    fn apply(&self, request: Request) -> Request {
        match self {
            Self::None => request,
            Self::Absent => request.header(header::IF_NONE_MATCH, "*"),
            Self::Etag(etag) => request.header(header::IF_MATCH, etag),
        }
    }
}

/// What a PUT did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Put {
    /// Nothing was there before.
    pub is_new: bool,
    /// The version that is there now, if the server tells. It does not if it changed what it was given.
    pub etag: Option<String>,
}

/// What to do if the destination exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Replace it.
    Replace,
    /// Fail with [`Error::Precondition`].
    Refuse,
}

/// What a MOVE or COPY did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transferred {
    /// Nothing was at the destination.
    Created,
    /// Something was, and is replaced.
    Replaced,
}

/// A file in memory.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Its version.
    pub etag: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its content.
    pub content: Bytes,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File")
            .field("etag", &self.etag)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

/// A file on its way.
#[derive(Debug)]
pub struct Download(StreamingResponse);

impl Download {
    /// Its version.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.0.headers().get(header::ETAG)?.to_str().ok()
    }

    /// Its size, if the server tells.
    #[must_use]
    pub fn size_bytes(&self) -> Option<u64> {
        self.0
            .headers()
            .get(header::CONTENT_LENGTH)?
            .to_str()
            .ok()?
            .parse()
            .ok()
    }

    /// Its content, piece by piece.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        futures::TryStreamExt::map_err(self.0.into_stream(), Error::from)
    }
}

impl Client {
    /// Writes a file. With [`Precondition::Absent`] the path is the natural key.
    ///
    /// # Errors
    /// [`Error::Precondition`] if the precondition does not hold, [`Error::Conflict`] if the parent is missing,
    /// [`Error::InsufficientStorage`] if there is no room.
    pub async fn put(
        &self,
        path: &DavPath,
        media_type: &'static str,
        content: impl Into<Bytes>,
        precondition: &Precondition,
    ) -> Result<Put, Error> {
        const OPERATION: &str = "put";
        let request = self
            .request(OPERATION, Method::PUT, path)
            .bytes(media_type, content);
        self.http
            .observe(OPERATION, write(precondition.apply(request)))
            .await
    }

    /// Writes a file from a stream; never repeated by itself.
    ///
    /// # Errors
    /// As for [`Client::put`].
    pub async fn put_stream<S>(
        &self,
        path: &DavPath,
        content: S,
        precondition: &Precondition,
    ) -> Result<Put, Error>
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        const OPERATION: &str = "put_stream";
        let request = self.request(OPERATION, Method::PUT, path).stream(content);
        self.http
            .observe(OPERATION, write(precondition.apply(request)))
            .await
    }

    /// Reads a file into memory, up to the client's cap on answers.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none.
    pub async fn get(&self, path: &DavPath) -> Result<File, Error> {
        const OPERATION: &str = "get";
        let work = async {
            let answer = Self::exchange(self.request(OPERATION, Method::GET, path)).await?;
            let text = |name: HeaderName| answer.header(name.as_str()).map(str::to_owned);
            let (etag, content_type) = (text(header::ETAG), text(header::CONTENT_TYPE));
            Ok(File {
                etag,
                content_type,
                content: answer.into_body(),
            })
        };
        self.http.observe(OPERATION, work).await
    }

    /// Reads a file of any size. The span and the metrics end when the content begins.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none.
    pub async fn get_stream(&self, path: &DavPath) -> Result<Download, Error> {
        const OPERATION: &str = "get_stream";
        let work = async {
            let answer = self
                .request(OPERATION, Method::GET, path)
                .send_streaming()
                .await?;
            if answer.status().is_success() {
                return Ok(Download(answer));
            }
            Err(Error::of_response(&answer.collect(MAX_ERROR_BYTES).await?))
        };
        self.http.observe(OPERATION, work).await
    }

    /// Moves a resource. A server may go on after the time limit: on a timeout look at both ends.
    ///
    /// # Errors
    /// [`Error::Precondition`] if the destination exists and must not be replaced, [`Error::Conflict`] if its parent
    /// is missing.
    pub async fn move_to(
        &self,
        from: &DavPath,
        to: &DavPath,
        overwrite: Overwrite,
    ) -> Result<Transferred, Error> {
        self.transfer("move", "MOVE", from, to, overwrite).await
    }

    /// Copies a resource and all in it.
    ///
    /// # Errors
    /// As for [`Client::move_to`].
    pub async fn copy_to(
        &self,
        from: &DavPath,
        to: &DavPath,
        overwrite: Overwrite,
    ) -> Result<Transferred, Error> {
        self.transfer("copy", "COPY", from, to, overwrite).await
    }

    async fn transfer(
        &self,
        operation: &'static str,
        verb: &'static str,
        from: &DavPath,
        to: &DavPath,
        overwrite: Overwrite,
    ) -> Result<Transferred, Error> {
        let request = self
            .request(operation, method(verb), from)
            .header(DESTINATION, self.http.url(to.encoded()).as_str())
            .header(
                OVERWRITE,
                if overwrite == Overwrite::Replace {
                    "T"
                } else {
                    "F"
                },
            );
        let work = async {
            match Self::exchange(request).await?.status().as_u16() {
                201 => Ok(Transferred::Created),
                207 => Err(Error::Partial { operation }),
                _ => Ok(Transferred::Replaced),
            }
        };
        self.http.observe(operation, work).await
    }
}

async fn write(request: Request) -> Result<Put, Error> {
    let answer: Response = Client::exchange(request).await?;
    let etag = answer
        .header("etag")
        .or_else(|| answer.header("oc-etag"))
        .map(str::to_owned);
    Ok(Put {
        is_new: answer.status().as_u16() == 201,
        etag,
    })
}
