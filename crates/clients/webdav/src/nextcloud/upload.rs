//! Uploads of any size: one PUT for small files, chunks for large ones, at constant memory.

use std::io;
use std::pin::pin;

use bheem_http_kit::{Bytes, Method, Request, Response};
use futures::future::{Either, select};
use futures::stream::unfold;
use futures::{Stream, TryStreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncSeek, AsyncSeekExt as _};
use tokio::sync::mpsc;
use tokio_util::io::StreamReader;

use super::chunks::USUAL_CHUNK_BYTES;
use super::{NextcloudFiles, UploadSession};
use crate::{Client, DavPath, Error, Put, PutOptions};

const PIECE_BYTES: usize = 128 * 1024;
/// Larger files go in chunks.
const PLAIN_LIMIT_BYTES: u64 = 2 * USUAL_CHUNK_BYTES;
/// How often a chunk is tried, where its content can be read again.
const ATTEMPTS: u32 = 3;

/// A file to upload.
#[derive(Clone, Debug)]
#[must_use = "an upload does nothing until it is begun"]
pub struct Upload {
    pub(super) path: DavPath,
    pub(super) id: String,
    pub(super) length: Option<u64>,
    pub(super) options: PutOptions,
    pub(super) chunk_bytes: Option<u64>,
}

impl Upload {
    /// A file for this path. The id names the upload at the server, a UUID for example: whoever uses it again within
    /// a day, for the same content, goes on where the first one stopped.
    pub fn new(path: DavPath, id: impl Into<String>) -> Self {
        Self {
            path,
            id: id.into(),
            length: None,
            options: PutOptions::new(),
            chunk_bytes: None,
        }
    }

    /// Its length. Without it chunks are kept in memory one by one, and at most 97 GiB can be sent.
    pub fn length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    /// What is said about the file.
    pub fn options(mut self, options: PutOptions) -> Self {
        self.options = options;
        self
    }

    /// The size of a chunk, within what Nextcloud allows. It must stay the same when an upload goes on.
    pub fn chunk_bytes(mut self, bytes: u64) -> Self {
        self.chunk_bytes = Some(bytes);
        self
    }

    fn is_plain(&self) -> bool {
        self.length
            .is_some_and(|length| length <= PLAIN_LIMIT_BYTES)
    }
}

impl NextcloudFiles {
    /// Uploads what a reader gives, from the beginning of the file: a PUT if it is small, else in chunks. If the
    /// server has a part of it from an earlier attempt, that part is read but not sent.
    ///
    /// # Errors
    /// Those of a PUT, of [`NextcloudFiles::begin_upload`] and of [`UploadSession::finish`]. After an error call it
    /// again with the same id, or give the upload up with [`NextcloudFiles::abort_upload`].
    pub async fn upload<R>(&self, upload: &Upload, mut reader: R) -> Result<Put, Error>
    where
        R: AsyncRead + Unpin + Send,
    {
        if upload.is_plain() {
            return self.put(upload, &mut reader).await;
        }
        if upload.length.is_some() {
            let session = Box::pin(self.begin_upload(upload)).await?;
            return Box::pin(send_all(session, reader)).await;
        }
        // It may turn out to be small.
        let limit = PLAIN_LIMIT_BYTES;
        let start = read_up_to("upload", &mut reader, limit).await?;
        if u64::try_from(start.len()).is_ok_and(|length| length < limit) {
            let client = &self.client;
            return client.put_with(&upload.path, start, &upload.options).await;
        }
        let session = Box::pin(self.begin_upload(upload)).await?;
        let whole = io::Cursor::new(start).chain(reader);
        Box::pin(send_all(session, whole)).await
    }

    /// As [`NextcloudFiles::upload`], with a stream.
    ///
    /// # Errors
    /// As for [`NextcloudFiles::upload`].
    pub async fn upload_stream<S, E>(&self, upload: &Upload, content: S) -> Result<Put, Error>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let reader = StreamReader::new(content.map_err(io::Error::other));
        self.upload(upload, reader).await
    }

    /// As [`NextcloudFiles::upload`], with a reader that can go back: a chunk that fails in passing is tried again,
    /// and what the server has is not read.
    ///
    /// # Errors
    /// As for [`NextcloudFiles::upload`].
    pub async fn upload_file<R>(&self, upload: &Upload, mut file: R) -> Result<Put, Error>
    where
        R: AsyncRead + AsyncSeek + Unpin + Send,
    {
        const OPERATION: &str = "upload_file";
        let length = file.seek(io::SeekFrom::End(0)).await;
        let length = length.map_err(|source| content(OPERATION, source))?;
        let upload = &upload.clone().length(length);
        if upload.is_plain() {
            return with_attempts(
                async |file: &mut R| {
                    rewind(OPERATION, file, 0).await?;
                    self.put(upload, file).await
                },
                &mut file,
            )
            .await;
        }
        let mut session = Box::pin(self.begin_upload(upload)).await?;
        let mut failures = 0;
        loop {
            rewind(OPERATION, &mut file, session.sent_bytes()).await?;
            match session.send_chunk(&mut file).await {
                Ok(true) => failures = 0,
                Ok(false) => return Box::pin(session.finish()).await,
                Err(error) => {
                    failures += 1;
                    if !error.kind().is_transient() || failures >= ATTEMPTS {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Forgets an upload in chunks.
    ///
    /// # Errors
    /// If the exchange or the server fails.
    pub async fn abort_upload(&self, id: &str) -> Result<bheem_http_kit::Deleted, Error> {
        let folder = self.place("delete", "uploads", &[id])?;
        self.client.delete(&folder, None).await
    }

    async fn put<R>(&self, upload: &Upload, reader: &mut R) -> Result<Put, Error>
    where
        R: AsyncRead + Unpin + Send,
    {
        const OPERATION: &str = "upload";
        let length = upload.length.unwrap_or_default();
        let request = self.client.request(OPERATION, Method::PUT, &upload.path);
        let request = upload.options.apply(request);
        let work = async {
            let answer = feed_into(OPERATION, reader, length, request).await?;
            Ok(Put::of(&answer))
        };
        self.client.http.observe(OPERATION, work).await
    }
}

/// Tries again what fails in passing.
async fn with_attempts<R, T>(
    work: impl AsyncFn(&mut R) -> Result<T, Error>,
    file: &mut R,
) -> Result<T, Error> {
    let mut failures = 0;
    loop {
        match work(file).await {
            Err(error) if error.kind().is_transient() && failures + 1 < ATTEMPTS => failures += 1,
            result => return result,
        }
    }
}

async fn rewind<R>(operation: &'static str, file: &mut R, offset: u64) -> Result<(), Error>
where
    R: AsyncSeek + Unpin + Send,
{
    let moved = file.seek(io::SeekFrom::Start(offset)).await;
    moved.map(drop).map_err(|source| content(operation, source))
}

async fn send_all<R>(mut session: UploadSession, mut reader: R) -> Result<Put, Error>
where
    R: AsyncRead + Unpin + Send,
{
    const OPERATION: &str = "upload_chunk";
    let known = session.sent_bytes();
    let skipped = tokio::io::copy(&mut (&mut reader).take(known), &mut tokio::io::sink()).await;
    let skipped = skipped.map_err(|source| content(OPERATION, source))?;
    if skipped < known {
        return Err(content(OPERATION, io::ErrorKind::UnexpectedEof.into()));
    }
    while session.send_chunk(&mut reader).await? {}
    session.finish().await
}

pub(super) fn content(operation: &'static str, source: io::Error) -> Error {
    Error::Content { operation, source }
}

/// Up to `limit` bytes; fewer only at the end.
pub(super) async fn read_up_to<R>(
    operation: &'static str,
    reader: &mut R,
    limit: u64,
) -> Result<Vec<u8>, Error>
where
    R: AsyncRead + Unpin + Send,
{
    let mut bytes = Vec::new();
    let read = reader.take(limit).read_to_end(&mut bytes).await;
    read.map_err(|source| content(operation, source))?;
    Ok(bytes)
}

/// Sends `request` with `length` bytes of a reader as its body. The reader is read while the request is on its way,
/// a piece ahead.
pub(super) async fn feed_into<R>(
    operation: &'static str,
    reader: &mut R,
    length: u64,
    request: Request,
) -> Result<Response, Error>
where
    R: AsyncRead + Unpin + Send,
{
    let (into, from) = mpsc::channel::<io::Result<Bytes>>(1);
    let body = unfold(
        from,
        |mut from| async move { Some((from.recv().await?, from)) },
    );
    let request = pin!(Client::exchange(request.stream_of(length, Box::pin(body))));
    let feeding = pin!(feed(reader, length, into));
    match select(request, feeding).await {
        // An answer may come before all is sent, and then nobody wants the rest.
        Either::Left((answer, _)) => answer,
        Either::Right((Ok(()), request)) => request.await,
        Either::Right((Err(source), _)) => Err(content(operation, source)),
    }
}

async fn feed<R>(
    reader: &mut R,
    length: u64,
    into: mpsc::Sender<io::Result<Bytes>>,
) -> io::Result<()>
where
    R: AsyncRead + Unpin + Send,
{
    let mut left = length;
    while left > 0 {
        let size = usize::try_from(left)
            .unwrap_or(PIECE_BYTES)
            .min(PIECE_BYTES);
        let mut piece = Vec::with_capacity(size);
        let read = (&mut *reader).take(left.min(u64::try_from(size).unwrap_or(left)));
        let read = { read }.read_buf(&mut piece).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left = left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        if into.send(Ok(Bytes::from(piece))).await.is_err() {
            // The connection is gone; the request tells why.
            return std::future::pending().await;
        }
    }
    Ok(())
}
