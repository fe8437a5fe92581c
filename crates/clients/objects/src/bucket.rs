//! The bucket.

use std::{fmt, sync::Arc};

use bheem_http_kit::{Deleted, SecretString};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::{ObjectStore as _, ObjectStoreExt as _, aws::AmazonS3};

use crate::{BucketBuilder, Error, Key, Meta, error};

/// Removed at once.
const BATCH: usize = 1_000;

/// A bucket. Cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    pub(crate) store: Arc<AmazonS3>,
}

/// The credentials are left out.
impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").finish_non_exhaustive()
    }
}

impl Bucket {
    /// Begins a bucket of Amazon's, or with [`BucketBuilder::endpoint`] of somebody else's.
    pub fn builder(
        region: impl Into<String>,
        bucket: impl Into<String>,
        access_key: impl Into<String>,
        secret: SecretString,
    ) -> BucketBuilder {
        BucketBuilder::new(region.into(), bucket.into(), access_key.into(), secret)
    }

    /// What is known of an object; `None` when it is not there.
    ///
    /// # Errors
    /// When the server refuses, cannot be reached or cannot be understood.
    pub async fn find(&self, key: &Key) -> Result<Option<Meta>, Error> {
        match self.store.head(&key.0).await {
            Ok(meta) => Ok(Some(meta.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error::of("find", &error)),
        }
    }

    /// Asks whether the bucket is there and the credentials are good.
    ///
    /// # Errors
    /// As [`Self::find`]; `NotFound` without the bucket.
    pub async fn check(&self) -> Result<(), Error> {
        let mut any = self.store.list(None);
        match any.next().await {
            None | Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(error::of("check", &error)),
        }
    }

    /// Removes an object.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn delete(&self, key: &Key) -> Result<Deleted, Error> {
        // S3 answers alike whether it was there or not.
        if self.find(key).await?.is_none() {
            return Ok(Deleted::Absent);
        }
        match self.store.delete(&key.0).await {
            Ok(()) => Ok(Deleted::Removed),
            Err(object_store::Error::NotFound { .. }) => Ok(Deleted::Absent),
            Err(error) => Err(error::of("delete", &error)),
        }
    }

    /// Removes everything below a folder; answers how many objects that were. What was removed before an error stays
    /// removed; calling again goes on.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn delete_below(&self, folder: &Key) -> Result<u64, Error> {
        const OPERATION: &str = "delete_below";
        let failed = |error| error::of(OPERATION, &error);
        let mut removed = 0;
        let mut found = self.store.list(Some(&folder.0)).chunks(BATCH);
        while let Some(batch) = found.next().await {
            let keys: Result<Vec<_>, _> = batch.into_iter().collect();
            let keys = keys
                .map_err(failed)?
                .into_iter()
                .map(|meta| Ok(meta.location));
            let gone: Vec<_> = self
                .store
                .delete_stream(stream::iter(keys).boxed())
                .try_collect()
                .await
                .map_err(failed)?;
            removed += u64::try_from(gone.len()).unwrap_or(u64::MAX);
        }
        Ok(removed)
    }
}
