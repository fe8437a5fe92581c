//! Reading.

use std::{fmt, ops::Range};

use bytes::Bytes;
use futures::{TryStreamExt as _, stream::BoxStream};
use object_store::{Attribute, GetOptions, GetRange, ObjectStore as _};

use crate::{Bucket, Error, Key, Meta, error};

/// An object that is being read.
pub struct Object {
    /// What is known of it.
    pub meta: Meta,
    /// What it is, such as `video/mp4`.
    pub content_type: Option<String>,
    /// Which of its bytes come.
    pub range: Range<u64>,
    /// The bytes.
    pub body: BoxStream<'static, Result<Bytes, Error>>,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("meta", &self.meta)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

impl Bucket {
    /// Reads an object; `None` when it is not there.
    ///
    /// # Errors
    /// When the server refuses, cannot be reached or cannot be understood; later, within the stream, when it breaks off.
    pub async fn get(&self, key: &Key) -> Result<Option<Object>, Error> {
        self.read(key, None).await
    }

    /// Reads some bytes of an object, as far as it has them; `None` when it is not there.
    ///
    /// # Errors
    /// As [`Self::get`]; `Invalid` for a range that is empty or begins behind the end.
    pub async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Option<Object>, Error> {
        self.read(key, Some(GetRange::Bounded(range))).await
    }

    async fn read(&self, key: &Key, range: Option<GetRange>) -> Result<Option<Object>, Error> {
        const OPERATION: &str = "get";
        let options = GetOptions {
            range,
            ..GetOptions::default()
        };
        let found = match self.store.get_opts(&key.0, options).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error::of(OPERATION, &error)),
        };
        let content_type = found.attributes.get(&Attribute::ContentType);
        Ok(Some(Object {
            content_type: content_type.map(|value| value.to_string()),
            meta: found.meta.clone().into(),
            range: found.range.clone(),
            body: Box::pin(
                found
                    .into_stream()
                    .map_err(|error| error::of(OPERATION, &error)),
            ),
        }))
    }
}
