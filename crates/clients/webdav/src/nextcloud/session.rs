//! An upload in chunks (Nextcloud server, `apps/dav/lib/Upload/ChunkingV2Plugin.php`).

use bheem_http_kit::{Bytes, Deleted, HeaderName, Method, Request};
use tokio::io::AsyncRead;

use super::chunks::{USUAL_CHUNK_BYTES, split};
use super::settle::{is_open, move_time};
use super::upload::{feed_into, read_up_to};
use super::{Chunk, MAX_CHUNK_BYTES, MAX_CHUNKS, MIN_CHUNK_BYTES, NextcloudFiles, Upload};
use crate::client::method;
use crate::transfer::DESTINATION;
use crate::xml::Name;
use crate::{Client, DAV, DavPath, Depth, Error, Precondition, Put};

const TOTAL_LENGTH: HeaderName = HeaderName::from_static("oc-total-length");
const OVERWRITE: HeaderName = HeaderName::from_static("overwrite");
const IF: HeaderName = HeaderName::from_static("if");

/// A folder at the server in which a file's chunks gather. It is forgotten after a day without a new chunk.
#[derive(Debug)]
pub struct UploadSession {
    pub(super) files: NextcloudFiles,
    pub(super) upload: Upload,
    folder: DavPath,
    chunk_bytes: u64,
    chunks: Vec<Chunk>,
    pub(super) was_there: bool,
    pub(super) etag_before: Option<String>,
}

impl NextcloudFiles {
    /// Begins an upload in chunks, or goes on with the one of that id: what the server has is not sent again.
    ///
    /// # Errors
    /// [`Error::Precondition`] if the destination is not in the state demanded, [`Error::Conflict`] if its parent is
    /// missing, [`Error::InsufficientStorage`] if there is no room for it.
    pub async fn begin_upload(&self, upload: &Upload) -> Result<UploadSession, Error> {
        const OPERATION: &str = "begin_upload";
        let before = self.client.find(&upload.path).await?;
        let holds = match &upload.options.precondition {
            Precondition::None => true,
            Precondition::Absent => before.is_none(),
            Precondition::Etag(etag) => {
                before.as_ref().and_then(|found| found.etag.as_ref()) == Some(etag)
            }
        };
        if !holds {
            return Err(Error::Precondition {
                operation: OPERATION,
                condition: None,
            });
        }
        let mut session = UploadSession {
            folder: self.place(OPERATION, "uploads", &[&upload.id])?,
            files: self.clone(),
            chunk_bytes: upload.size_of_chunks(OPERATION)?,
            upload: upload.clone(),
            chunks: Vec::new(),
            was_there: before.is_some(),
            etag_before: before.and_then(|found| found.etag),
        };
        let request = session.request(OPERATION, method("MKCOL"), &session.folder.as_collection());
        let work = async {
            match Client::exchange(request).await {
                Ok(_) => Ok(false),
                Err(Error::MethodNotAllowed { .. }) => Ok(true),
                Err(error) => Err(error),
            }
        };
        if self.client.http.observe(OPERATION, work).await? {
            session.take_up().await?;
        }
        Ok(session)
    }
}

impl UploadSession {
    /// How much of the file the server has, from its beginning: go on from there.
    #[must_use]
    pub fn sent_bytes(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.size_bytes).sum()
    }

    /// The chunks the server has.
    #[must_use]
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The size of a chunk.
    #[must_use]
    pub fn chunk_bytes(&self) -> u64 {
        self.chunk_bytes
    }

    /// Sends the next chunk from a reader that stands at [`UploadSession::sent_bytes`]; false when the file is
    /// complete. A chunk that failed can be sent again.
    ///
    /// # Errors
    /// [`Error::Content`] if the reader ends too early; those of a PUT.
    pub async fn send_chunk<R>(&mut self, reader: &mut R) -> Result<bool, Error>
    where
        R: AsyncRead + Unpin + Send,
    {
        const OPERATION: &str = "upload_chunk";
        let Some(total) = self.upload.length else {
            return self.send_buffered(reader).await;
        };
        let left = total.saturating_sub(self.sent_bytes());
        let size_bytes = left.min(self.chunk_bytes);
        if size_bytes == 0 {
            return Ok(false);
        }
        let number = self.next_number(OPERATION)?;
        let request = self.chunk(OPERATION, number)?;
        let work = feed_into(OPERATION, reader, size_bytes, request);
        self.files.client.http.observe(OPERATION, work).await?;
        self.chunks.push(Chunk { number, size_bytes });
        Ok(left > size_bytes)
    }

    /// A file of unknown length: the size of a chunk is known when it is in memory.
    async fn send_buffered<R>(&mut self, reader: &mut R) -> Result<bool, Error>
    where
        R: AsyncRead + Unpin + Send,
    {
        const OPERATION: &str = "upload_chunk";
        let piece = read_up_to(OPERATION, reader, self.chunk_bytes).await?;
        let size_bytes = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if size_bytes == 0 {
            return Ok(false);
        }
        let number = self.next_number(OPERATION)?;
        let request = self
            .chunk(OPERATION, number)?
            .bytes("application/octet-stream", Bytes::from(piece));
        let work = Client::exchange(request);
        self.files.client.http.observe(OPERATION, work).await?;
        self.chunks.push(Chunk { number, size_bytes });
        Ok(size_bytes == self.chunk_bytes)
    }

    /// Lets the server put the file together. Takes up to 5 minutes, and 3 for each GiB; if the answer does not come,
    /// the destination is looked at until it tells ([`super::Patience`]). Never done twice.
    ///
    /// # Errors
    /// [`Error::Precondition`] if the destination is not in the state demanded; [`Error::Unsettled`] if nobody can
    /// tell: then look at the destination before doing anything.
    pub async fn finish(&self) -> Result<Put, Error> {
        const OPERATION: &str = "finish_upload";
        let file = self.at(OPERATION, ".file")?;
        let mut request = self
            .request(OPERATION, method("MOVE"), &file)
            .timeout(move_time(self.sent_bytes()));
        request = self.upload.options.describe(request);
        request = match &self.upload.options.precondition {
            Precondition::None => request,
            Precondition::Absent => request.header(OVERWRITE, "F"),
            // An ETag of the destination, which is not what the request is for (RFC 4918, section 10.4.2).
            Precondition::Etag(etag) => {
                let condition = format!("<{}> ([{etag}])", self.destination());
                request.header(IF, &condition)
            }
        };
        let work = async {
            match Client::exchange(request).await {
                Ok(answer) if answer.status().as_u16() == 207 => Err(Error::of_parts(&answer)),
                Ok(answer) => Ok(Put::of(&answer)),
                Err(error) if is_open(&error) => self.settle(error).await,
                Err(error) => Err(error),
            }
        };
        self.files.client.http.observe(OPERATION, work).await
    }

    /// Forgets the upload and all its chunks.
    ///
    /// # Errors
    /// If the exchange or the server fails.
    pub async fn abort(&self) -> Result<Deleted, Error> {
        self.files.client.delete(&self.folder, None).await
    }

    /// What the server has of an earlier attempt. What cannot be used must go, or it would end up in the file.
    async fn take_up(&mut self) -> Result<(), Error> {
        let wanted = [Name::new(DAV, "getcontentlength")];
        let folder = self.folder.as_collection();
        let answer = self.files.client.propfind(&folder, Depth::One, &wanted);
        let found = answer.await?.responses;
        let (kept, rest) = split(
            found.iter().filter_map(Chunk::of).collect(),
            self.upload.length,
        );
        for chunk in rest {
            let path = self.at("begin_upload", &Chunk::name(chunk.number))?;
            self.files.client.delete(&path, None).await?;
        }
        self.chunks = kept;
        Ok(())
    }

    /// Whether the server still has the chunks.
    pub(super) async fn is_pending(&self) -> Result<bool, Error> {
        let wanted = [Name::new(DAV, "resourcetype")];
        let folder = self.folder.as_collection();
        match self
            .files
            .client
            .propfind(&folder, Depth::Zero, &wanted)
            .await
        {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn next_number(&self, operation: &'static str) -> Result<u64, Error> {
        let number = u64::try_from(self.chunks.len()).unwrap_or(u64::MAX) + 1;
        if number > MAX_CHUNKS {
            return Err(Error::Invalid {
                operation,
                condition: Some("too-many-chunks".to_owned()),
            });
        }
        Ok(number)
    }

    fn chunk(&self, operation: &'static str, number: u64) -> Result<Request, Error> {
        let path = self.at(operation, &Chunk::name(number))?;
        Ok(self.request(operation, Method::PUT, &path))
    }

    fn at(&self, operation: &'static str, name: &str) -> Result<DavPath, Error> {
        let path = self.folder.child(name);
        path.map_err(|source| Error::Path { operation, source })
    }

    fn destination(&self) -> String {
        let path = self.upload.path.encoded();
        self.files.client.http.url(path).to_string()
    }

    /// Every request of an upload says where the file is to be, and how large it is to become.
    fn request(&self, operation: &'static str, method: Method, path: &DavPath) -> Request {
        let request = self
            .files
            .client
            .request(operation, method, path)
            .header(DESTINATION, &self.destination());
        match self.upload.length {
            Some(length) => request.header(TOTAL_LENGTH, &length.to_string()),
            None => request,
        }
    }
}

impl Upload {
    fn size_of_chunks(&self, operation: &'static str) -> Result<u64, Error> {
        let needed = match self.length {
            Some(length) => super::chunk_bytes(length).ok_or(Error::Invalid {
                operation,
                condition: Some("too-large".to_owned()),
            })?,
            None => USUAL_CHUNK_BYTES,
        };
        let wanted = self.chunk_bytes.unwrap_or(needed);
        let least = self.length.unwrap_or_default().div_ceil(MAX_CHUNKS);
        Ok(wanted.clamp(MIN_CHUNK_BYTES.max(least), MAX_CHUNK_BYTES))
    }
}
