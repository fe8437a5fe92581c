//! GET: whole, in part, and over connections that break.

use std::fmt;

use bheem_http_kit::{
    Bytes, ErrorKind, HeaderName, Method, Request, StatusCode, StreamingResponse, header,
};
use futures::stream::{BoxStream, try_unfold};
use futures::{Stream, StreamExt as _, TryStreamExt as _};

use crate::client::MAX_ERROR_BYTES;
use crate::{Client, DavPath, Error};

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

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("etag", &self.etag)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

/// A part of a file (RFC 9110, section 14.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// From this byte to the end.
    From(u64),
    /// From the first to the last of these bytes, both included.
    Between(u64, u64),
    /// So many bytes at the end.
    Last(u64),
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(first) => write!(f, "bytes={first}-"),
            Self::Between(first, last) => write!(f, "bytes={first}-{last}"),
            Self::Last(length) => write!(f, "bytes=-{length}"),
        }
    }
}

/// Which part of a file an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// The first byte.
    pub first: u64,
    /// The last byte.
    pub last: u64,
    /// The size of the whole file, if the server knows.
    pub total: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes 0-499/1234`; `None` if it makes no sense.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        let total = match total {
            "*" => None,
            total => Some(total.parse().ok()?),
        };
        let is_sound = first <= last && total.is_none_or(|total| last < total);
        is_sound.then_some(Self { first, last, total })
    }
}

/// A file on its way.
#[derive(Debug)]
pub struct Download(StreamingResponse);

impl Download {
    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    /// Its version.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.header(&header::ETAG)
    }

    /// Its media type.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.header(&header::CONTENT_TYPE)
    }

    /// How many bytes are coming, if the server tells.
    #[must_use]
    pub fn size_bytes(&self) -> Option<u64> {
        self.header(&header::CONTENT_LENGTH)?.parse().ok()
    }

    /// Which part of the file is coming; `None` if all of it is, whatever was asked for.
    #[must_use]
    pub fn range(&self) -> Option<ContentRange> {
        if self.0.status() != StatusCode::PARTIAL_CONTENT {
            return None;
        }
        ContentRange::parse(self.header(&header::CONTENT_RANGE)?)
    }

    /// Its content, piece by piece.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        futures::TryStreamExt::map_err(self.0.into_stream(), Error::from)
    }
}

impl Client {
    /// Reads a file into memory, up to the client's cap on answers.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none, [`Error::Collection`] if it is a folder.
    pub async fn get(&self, path: &DavPath) -> Result<File, Error> {
        const OPERATION: &str = "get";
        let work = async {
            let answer = Self::exchange(self.request(OPERATION, Method::GET, path)).await?;
            let text = |name: HeaderName| answer.header(name.as_str()).map(str::to_owned);
            let (etag, content_type) = (text(header::ETAG), text(header::CONTENT_TYPE));
            if answer.body().is_empty() {
                self.refuse_folder(OPERATION, path, etag.as_deref(), content_type.as_deref())
                    .await?;
            }
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
    /// [`Error::NotFound`] if there is none, [`Error::Collection`] if it is a folder.
    pub async fn get_stream(&self, path: &DavPath) -> Result<Download, Error> {
        const OPERATION: &str = "get_stream";
        let work = async {
            let download = begin(self.request(OPERATION, Method::GET, path)).await?;
            if download.size_bytes().is_none_or(|size| size == 0) {
                self.refuse_folder(OPERATION, path, download.etag(), download.content_type())
                    .await?;
            }
            Ok(download)
        };
        self.http.observe(OPERATION, work).await
    }

    /// Nextcloud 32 answers GET of a folder with an empty page instead of a refusal. Files have an ETag there.
    async fn refuse_folder(
        &self,
        operation: &'static str,
        path: &DavPath,
        etag: Option<&str>,
        content_type: Option<&str>,
    ) -> Result<(), Error> {
        let is_page = content_type.is_some_and(|kind| kind.starts_with("text/html"));
        if etag.is_some() || !is_page {
            return Ok(());
        }
        match Box::pin(self.find(path)).await {
            Ok(Some(found)) if found.is_collection => Err(Error::Collection { operation }),
            // A file then, or it cannot be told: what was answered stands.
            _ => Ok(()),
        }
    }

    /// Reads a part of a file. With an ETag, only of that version: if there is another by now, all of it comes
    /// (`If-Range`). Servers may always send all; [`Download::range`] tells.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; kind `Invalid` if it is shorter than that.
    pub async fn get_range(
        &self,
        path: &DavPath,
        range: Range,
        etag: Option<&str>,
    ) -> Result<Download, Error> {
        const OPERATION: &str = "get_range";
        let mut request = self
            .request(OPERATION, Method::GET, path)
            .header(header::RANGE, &range.to_string());
        if let Some(etag) = etag {
            request = request.header(header::IF_RANGE, etag);
        }
        self.http.observe(OPERATION, begin(request)).await
    }

    /// Reads a file of any size, going on where it broke off when the connection does, at most `resumes` times. The
    /// file must have a strong ETag for that, and stay the same.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none. The stream ends with [`Error::Precondition`] if the file changed
    /// meanwhile.
    pub async fn get_resuming(
        &self,
        path: &DavPath,
        resumes: u32,
    ) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send + 'static + use<>, Error> {
        let download = self.get_stream(path).await?;
        let etag = download
            .etag()
            .filter(|etag| etag.starts_with('"'))
            .map(str::to_owned);
        let state = Resuming {
            client: self.clone(),
            path: path.clone(),
            etag,
            at: 0,
            resumes,
            content: download.into_stream().boxed(),
        };
        Ok(try_unfold(state, |mut state| async move {
            Ok(state.next().await?.map(|piece| (piece, state)))
        }))
    }
}

/// A download that can go on.
struct Resuming {
    client: Client,
    path: DavPath,
    etag: Option<String>,
    at: u64,
    resumes: u32,
    content: BoxStream<'static, Result<Bytes, Error>>,
}

impl Resuming {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            match self.content.try_next().await {
                Ok(None) => return Ok(None),
                Ok(Some(piece)) => {
                    let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                    self.at = self.at.saturating_add(length);
                    return Ok(Some(piece));
                }
                Err(error) => self.resume(error).await?,
            }
        }
    }

    async fn resume(&mut self, error: Error) -> Result<(), Error> {
        const OPERATION: &str = "get_range";
        let is_transient = matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout);
        let Some(etag) = self.etag.as_deref().filter(|_| is_transient) else {
            return Err(error);
        };
        let mut reason = error;
        while self.resumes > 0 {
            self.resumes -= 1;
            let range = Range::From(self.at);
            match self.client.get_range(&self.path, range, Some(etag)).await {
                Ok(download) if download.range().is_some_and(|range| range.first == self.at) => {
                    self.content = download.into_stream().boxed();
                    return Ok(());
                }
                // All of it: there is another version, or no ranges are to be had.
                Ok(_) => {
                    return Err(Error::Precondition {
                        operation: OPERATION,
                        condition: None,
                    });
                }
                Err(error) if error.kind().is_transient() => reason = error,
                Err(error) => return Err(error),
            }
        }
        Err(reason)
    }
}

/// Sizes and offsets are those of the file itself, so nobody is to compress it on the way.
async fn begin(request: Request) -> Result<Download, Error> {
    let request = request.header(header::ACCEPT_ENCODING, "identity");
    let answer = request.send_streaming().await?;
    if answer.status().is_success() {
        return Ok(Download(answer));
    }
    Err(Error::of_response(&answer.collect(MAX_ERROR_BYTES).await?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_written_and_read() {
        assert_eq!(Range::From(7).to_string(), "bytes=7-");
        assert_eq!(Range::Between(0, 9).to_string(), "bytes=0-9");
        assert_eq!(Range::Last(5).to_string(), "bytes=-5");
        let whole = ContentRange {
            first: 0,
            last: 9,
            total: Some(10),
        };
        assert_eq!(ContentRange::parse("bytes 0-9/10"), Some(whole));
        assert_eq!(ContentRange::parse("bytes 0-9/*").unwrap().total, None);
        for wrong in ["bytes 9-0/10", "bytes 0-10/10", "bytes */10", "0-9/10", ""] {
            assert_eq!(ContentRange::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_any_content_range_is_sound_or_refused(text in "bytes [0-9*/ -]{0,40}") {
            if let Some(range) = ContentRange::parse(&text) {
                prop_assert!(range.first <= range.last);
            }
        }
    }
}
