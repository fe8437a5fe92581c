//! Many changes at once
//! (<https://developers.cloudflare.com/dns/manage-dns-records/how-to/batch-record-changes/>).

use bheem_http_kit::lenient;
use serde::{Deserialize, Serialize};

use crate::{NewRecord, Record, RecordPatch};

/// How many changes a batch may hold on a free plan; paid ones allow 3500.
pub const FREE_BATCH_LIMIT: usize = 200;

/// Changes that are made together or not at all. Cloudflare works in this order: deletes, patches, puts, posts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Batch {
    /// Records to remove.
    pub deletes: Vec<ById>,
    /// Records to change.
    pub patches: Vec<ChangeById<RecordPatch>>,
    /// Records to put others in the place of.
    pub puts: Vec<ChangeById<NewRecord>>,
    /// Records to make.
    pub posts: Vec<NewRecord>,
}

/// A record by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ById {
    /// The id.
    pub id: String,
}

/// A change of a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChangeById<T> {
    /// The id.
    pub id: String,
    /// The change.
    #[serde(flatten)]
    pub change: T,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, Deserialize)]
#[non_exhaustive]
pub struct BatchResult {
    /// What was removed.
    #[serde(default, deserialize_with = "lenient::list")]
    pub deletes: Vec<Record>,
    /// What was changed, as it is now.
    #[serde(default, deserialize_with = "lenient::list")]
    pub patches: Vec<Record>,
    /// What stands in the place of others now.
    #[serde(default, deserialize_with = "lenient::list")]
    pub puts: Vec<Record>,
    /// What was made.
    #[serde(default, deserialize_with = "lenient::list")]
    pub posts: Vec<Record>,
}

impl Batch {
    /// Removes a record, too.
    #[must_use]
    pub fn delete(mut self, id: impl Into<String>) -> Self {
        self.deletes.push(ById { id: id.into() });
        self
    }

    /// Changes a record, too.
    #[must_use]
    pub fn patch(mut self, id: impl Into<String>, change: RecordPatch) -> Self {
        let id = id.into();
        self.patches.push(ChangeById { id, change });
        self
    }

    /// Puts another record in the place of one, too.
    #[must_use]
    pub fn put(mut self, id: impl Into<String>, change: NewRecord) -> Self {
        let id = id.into();
        self.puts.push(ChangeById { id, change });
        self
    }

    /// Makes a record, too.
    #[must_use]
    pub fn post(mut self, record: NewRecord) -> Self {
        self.posts.push(record);
        self
    }

    /// How many changes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        [
            self.deletes.len(),
            self.patches.len(),
            self.puts.len(),
            self.posts.len(),
        ]
        .into_iter()
        .sum()
    }

    /// Is there nothing to do?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn puts(&self) -> impl Iterator<Item = &NewRecord> {
        self.puts.iter().map(|put| &put.change)
    }
}
