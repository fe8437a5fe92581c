//! Writing.

use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, TryStream, TryStreamExt as _};
use object_store::{
    Attribute, Attributes, MultipartUpload, ObjectStore as _, PutMultipartOptions, PutOptions,
    PutPayload,
};

use crate::{Bucket, Error, Key, error};

/// What is sent at once; S3 wants 5 MiB at least.
const PART: usize = 8 * 1024 * 1024;

fn attributes(content_type: &str) -> Attributes {
    Attributes::from_iter([(Attribute::ContentType, content_type.to_owned())])
}

impl Bucket {
    /// Writes an object that is small enough to be held, in place of one that may be there.
    ///
    /// # Errors
    /// When the server refuses, cannot be reached or cannot be understood.
    pub async fn put(&self, key: &Key, content_type: &str, body: Bytes) -> Result<(), Error> {
        let options = PutOptions {
            attributes: attributes(content_type),
            ..PutOptions::default()
        };
        self.store
            .put_opts(&key.0, body.into(), options)
            .await
            .map(drop)
            .map_err(|error| error::of("put", &error))
    }

    /// Writes an object of any size, in place of one that may be there; answers how many bytes that were. It is there when
    /// this returns, and before as it was; what was sent of an upload that broke is taken back.
    ///
    /// # Errors
    /// [`Error::Source`] when the stream breaks; else as [`Self::put`].
    pub async fn put_stream<S>(&self, key: &Key, content_type: &str, body: S) -> Result<u64, Error>
    where
        S: TryStream<Ok = Bytes> + Send,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        const OPERATION: &str = "put_stream";
        let mut body = Box::pin(body.into_stream());
        let mut held = BytesMut::new();
        let mut total: u64 = 0;
        let mut upload: Option<Box<dyn MultipartUpload>> = None;
        loop {
            let piece = match body.next().await {
                None => break,
                Some(Ok(piece)) => piece,
                Some(Err(source)) => {
                    give_up(upload).await;
                    return Err(Error::Source {
                        operation: OPERATION,
                        source: source.into(),
                    });
                }
            };
            total = total.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            held.extend_from_slice(&piece);
            while held.len() > PART {
                let part = PutPayload::from(held.split_to(PART).freeze());
                let mut begun = match upload.take() {
                    Some(begun) => begun,
                    None => self.begin(key, content_type).await?,
                };
                if let Err(error) = begun.put_part(part).await {
                    give_up(Some(begun)).await;
                    return Err(error::of(OPERATION, &error));
                }
                upload = Some(begun);
            }
        }
        let Some(mut upload) = upload else {
            self.put(key, content_type, held.freeze()).await?;
            return Ok(total);
        };
        let finished = match upload.put_part(held.freeze().into()).await {
            Ok(()) => upload.complete().await.map(drop),
            Err(error) => Err(error),
        };
        match finished {
            Ok(()) => Ok(total),
            Err(error) => {
                give_up(Some(upload)).await;
                Err(error::of(OPERATION, &error))
            }
        }
    }

    async fn begin(
        &self,
        key: &Key,
        content_type: &str,
    ) -> Result<Box<dyn MultipartUpload>, Error> {
        let options = PutMultipartOptions {
            attributes: attributes(content_type),
            ..PutMultipartOptions::default()
        };
        self.store
            .put_multipart_opts(&key.0, options)
            .await
            .map_err(|error| error::of("begin_upload", &error))
    }
}

/// Takes back what was sent. Where that fails, the bucket's own rule for unfinished uploads has to.
async fn give_up(upload: Option<Box<dyn MultipartUpload>>) {
    if let Some(mut upload) = upload {
        // The first failure is the one to tell.
        let _second = upload.abort().await;
    }
}
