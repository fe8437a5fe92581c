//! PUT.

use bheem_http_kit::{Bytes, HeaderName, Method, Request, Response, header};
use chrono::{DateTime, Utc};
use futures::TryStream;

use crate::{Client, DavPath, Error};

pub(crate) const MTIME: HeaderName = HeaderName::from_static("x-oc-mtime");
const CHECKSUM: HeaderName = HeaderName::from_static("oc-checksum");

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
    pub(crate) fn apply(&self, request: Request) -> Request {
        match self {
            Self::None => request,
            Self::Absent => request.header(header::IF_NONE_MATCH, "*"),
            Self::Etag(etag) => request.header(header::IF_MATCH, etag),
        }
    }
}

/// What is said about a file that is written.
#[derive(Clone, Debug)]
#[must_use = "options do nothing until they are used"]
pub struct PutOptions {
    pub(crate) precondition: Precondition,
    pub(crate) content_type: Option<String>,
    pub(crate) modified_at: Option<DateTime<Utc>>,
    pub(crate) checksum: Option<String>,
}

impl Default for PutOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl PutOptions {
    /// Whatever is there is replaced, and nothing is said about the content.
    pub const fn new() -> Self {
        Self {
            precondition: Precondition::None,
            content_type: None,
            modified_at: None,
            checksum: None,
        }
    }

    /// The state the resource must be in.
    pub fn precondition(mut self, precondition: Precondition) -> Self {
        self.precondition = precondition;
        self
    }

    /// The media type. Nextcloud goes by the name instead.
    pub fn content_type(mut self, media_type: impl Into<String>) -> Self {
        self.content_type = Some(media_type.into());
        self
    }

    /// When the content was last changed (`X-OC-MTime`). Plain servers ignore it.
    pub fn modified_at(mut self, time: DateTime<Utc>) -> Self {
        self.modified_at = Some(time);
        self
    }

    /// A checksum of the content, such as `SHA256:9f86d0...` (`OC-Checksum`): Nextcloud keeps it and gives it back.
    pub fn checksum(mut self, checksum: impl Into<String>) -> Self {
        self.checksum = Some(checksum.into());
        self
    }

    /// The headers that describe the content, without the precondition.
    pub(crate) fn describe(&self, mut request: Request) -> Request {
        if let Some(media_type) = &self.content_type {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        if let Some(time) = self.modified_at {
            request = request.header(MTIME, &time.timestamp().to_string());
        }
        if let Some(checksum) = &self.checksum {
            request = request.header(CHECKSUM, checksum);
        }
        request
    }

    pub(crate) fn apply(&self, request: Request) -> Request {
        self.precondition.apply(self.describe(request))
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
    /// The server keeps the time it was given.
    pub is_time_kept: bool,
}

impl Put {
    pub(crate) fn of(answer: &Response) -> Self {
        let etag = answer
            .header("etag")
            .or_else(|| answer.header("oc-etag"))
            .map(str::to_owned);
        Self {
            is_new: answer.status().as_u16() == 201,
            etag,
            is_time_kept: answer.header("x-oc-mtime") == Some("accepted"),
        }
    }
}

impl Client {
    /// Writes a file. With [`Precondition::Absent`] the path is the natural key.
    ///
    /// # Errors
    /// [`Error::Precondition`] if the precondition does not hold, [`Error::Conflict`] if the parent is missing,
    /// [`Error::InsufficientStorage`] if there is no room, [`Error::Locked`] if somebody holds a lock.
    pub async fn put(
        &self,
        path: &DavPath,
        media_type: &'static str,
        content: impl Into<Bytes>,
        precondition: &Precondition,
    ) -> Result<Put, Error> {
        let options = PutOptions::new()
            .content_type(media_type)
            .precondition(precondition.clone());
        self.put_with(path, content, &options).await
    }

    /// Writes a file, with all that can be said about it.
    ///
    /// # Errors
    /// As for [`Client::put`].
    pub async fn put_with(
        &self,
        path: &DavPath,
        content: impl Into<Bytes>,
        options: &PutOptions,
    ) -> Result<Put, Error> {
        const OPERATION: &str = "put";
        let request = self
            .request(OPERATION, Method::PUT, path)
            .bytes("application/octet-stream", content);
        self.write(OPERATION, options.apply(request)).await
    }

    /// Writes a file from a stream of unknown length; never repeated by itself.
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
        let options = PutOptions::new().precondition(precondition.clone());
        self.put_stream_with(path, content, None, &options).await
    }

    /// Writes a file from a stream; never repeated by itself. The time limit is for standing still. Some servers
    /// refuse a body of unknown length.
    ///
    /// # Errors
    /// As for [`Client::put`].
    pub async fn put_stream_with<S>(
        &self,
        path: &DavPath,
        content: S,
        length: Option<u64>,
        options: &PutOptions,
    ) -> Result<Put, Error>
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        const OPERATION: &str = "put_stream";
        let request = options.apply(self.request(OPERATION, Method::PUT, path));
        let request = match length {
            Some(length) => request.stream_of(length, content),
            None => request.stream(content),
        };
        self.write(OPERATION, request).await
    }

    async fn write(&self, operation: &'static str, request: Request) -> Result<Put, Error> {
        let work = async { Ok(Put::of(&Self::exchange(request).await?)) };
        self.http.observe(operation, work).await
    }
}
