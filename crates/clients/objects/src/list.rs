//! What is in a bucket.

use bheem_http_kit::Page;
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use object_store::{ObjectMeta, ObjectStore as _};

use crate::{Bucket, Error, Key, error};

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meta {
    /// Its name.
    pub key: Key,
    /// Bytes.
    pub size: u64,
    /// When it was written.
    pub modified_at: DateTime<Utc>,
    /// What changes when it does.
    pub etag: Option<String>,
}

impl From<ObjectMeta> for Meta {
    fn from(meta: ObjectMeta) -> Self {
        Self {
            key: Key(meta.location),
            size: meta.size,
            modified_at: meta.last_modified,
            etag: meta.e_tag,
        }
    }
}

impl Bucket {
    /// Everything below a folder, in order of names.
    pub fn stream_below(
        &self,
        folder: &Key,
    ) -> impl Stream<Item = Result<Meta, Error>> + Send + use<> {
        self.store
            .list(Some(&folder.0))
            .map_ok(Meta::from)
            .map_err(|error| error::of("list", &error))
    }

    /// Up to `limit` objects below a folder whose names come after `after`, in order of names.
    ///
    /// # Errors
    /// When the server refuses, cannot be reached or cannot be understood.
    pub async fn page_below(
        &self,
        folder: &Key,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Page<Meta, Key>, Error> {
        let prefix = Some(&folder.0);
        let found = match after {
            None => self.store.list(prefix),
            Some(after) => self.store.list_with_offset(prefix, &after.0),
        };
        // One more tells whether there is another page.
        let mut items: Vec<Meta> = found
            .take(limit.saturating_add(1))
            .map_ok(Meta::from)
            .try_collect()
            .await
            .map_err(|error| error::of("list", &error))?;
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = has_more.then(|| items.last().map(|meta| meta.key.clone()));
        Ok(Page {
            items,
            next: next.flatten(),
        })
    }
}
