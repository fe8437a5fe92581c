//! DNS records of a zone.

use bheem_http_kit::{Created, Deleted, Method, Page, Request, stream_pages};
use futures::{Stream, TryStreamExt as _};

use crate::{
    Batch, BatchResult, Client, Error, NewRecord, Reason, Record, RecordPatch, RecordType,
    canonical_name, record::Key,
};

/// What every plan of Cloudflare's answers at once without complaint.
const PAGE_SIZE: u16 = 100;
/// A zone that is said to have more is not believed.
const RECORD_LIMIT: usize = 100_000;

/// Which records; all of them unless something is set.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RecordFilter {
    /// Of this type.
    pub record_type: Option<RecordType>,
    /// With exactly this name.
    pub name: Option<String>,
    /// With exactly this content, as Cloudflare stores it: texts are quoted there.
    pub content: Option<String>,
    /// With exactly this comment.
    pub comment: Option<String>,
    /// How many at once, 1 to 5000; 100 unless set.
    pub per_page: Option<u16>,
}

impl RecordFilter {
    /// All records of a name.
    pub fn name(name: impl AsRef<str>) -> Self {
        Self {
            name: Some(canonical_name(name.as_ref())),
            ..Self::default()
        }
    }

    /// And of this type.
    #[must_use]
    pub fn of_type(mut self, record_type: RecordType) -> Self {
        self.record_type = Some(record_type);
        self
    }

    fn size(&self) -> u16 {
        self.per_page.unwrap_or(PAGE_SIZE).clamp(1, 5000)
    }

    fn apply(&self, mut request: Request) -> Request {
        let parts = [
            ("type", self.record_type.as_ref().map(RecordType::as_str)),
            ("name.exact", self.name.as_deref()),
            ("content.exact", self.content.as_deref()),
            ("comment.exact", self.comment.as_deref()),
        ];
        for (name, value) in parts {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        request
    }

    /// A filter that some version of the peer does not know would let everything pass.
    fn passes(&self, record: &Record) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        self.record_type
            .as_ref()
            .is_none_or(|kind| *kind == record.record_type)
            && is(&self.name, &canonical_name(&record.name))
            && is(&self.comment, record.comment.as_deref().unwrap_or_default())
    }
}

/// A record that was to be made, and whether it was there already.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Written {
    /// What happened.
    pub outcome: Created,
    /// The record as it is.
    pub record: Record,
}

/// The records of one zone.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a> {
    pub(crate) client: &'a Client,
    pub(crate) zone_id: &'a str,
}

impl Records<'_> {
    fn request(&self, operation: &'static str, method: Method, rest: &[&str]) -> Request {
        let path: Vec<&str> = ["zones", self.zone_id, "dns_records"]
            .iter()
            .chain(rest)
            .copied()
            .collect();
        self.client.request(operation, method, &path)
    }

    /// One page, from 1.
    ///
    /// # Errors
    /// [`Reason::NotFound`] for a zone that does not exist, else as the client's.
    pub async fn page(&self, filter: &RecordFilter, number: u64) -> Result<Page<Record>, Error> {
        const OPERATION: &str = "list_records";
        let request = filter.apply(self.request(OPERATION, Method::GET, &[]));
        let page = self
            .client
            .fetch_page(OPERATION, request, number, filter.size());
        let mut page: Page<Record> = page.await?;
        page.items.retain(|record| filter.passes(record));
        Ok(page)
    }

    /// All records, page by page.
    pub fn stream(&self, filter: RecordFilter) -> impl Stream<Item = Result<Record, Error>> {
        let (client, zone_id) = (self.client.clone(), self.zone_id.to_owned());
        stream_pages(1, move |number| {
            let (client, zone_id, filter) = (client.clone(), zone_id.clone(), filter.clone());
            async move { client.records(&zone_id).page(&filter, number).await }
        })
    }

    /// All records at once, as [`crate::plan_records`] wants them.
    ///
    /// # Errors
    /// [`Error::Endless`] when the list does not end, else as [`Records::page`].
    pub async fn all(&self, filter: RecordFilter) -> Result<Vec<Record>, Error> {
        let mut found = Vec::new();
        let mut stream = std::pin::pin!(self.stream(filter));
        while let Some(record) = stream.try_next().await? {
            if found.len() >= RECORD_LIMIT {
                return Err(Error::Endless {
                    operation: "list_records",
                    limit: RECORD_LIMIT,
                });
            }
            found.push(record);
        }
        Ok(found)
    }

    /// The record with this id.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find(&self, id: &str) -> Result<Option<Record>, Error> {
        const OPERATION: &str = "find_record";
        let request = self.request(OPERATION, Method::GET, &[id]);
        self.client.fetch_one(OPERATION, request).await
    }

    /// The record that is identical with this one: by name, type, content and, for mail exchangers, preference. This is
    /// the natural key of records; texts are compared unquoted.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_identical(&self, record: &NewRecord) -> Result<Option<Record>, Error> {
        let key = record.key();
        let found = self.list_like(&key).await?;
        Ok(found.into_iter().find(|found| found.key() == key))
    }

    async fn list_like(&self, key: &Key) -> Result<Vec<Record>, Error> {
        let filter = RecordFilter::name(&key.name).of_type(key.record_type.clone());
        self.all(filter).await
    }

    /// Makes a record; an identical one that is there already is answered as it is. Repeated where the client's policy
    /// says so, since a second one cannot come of it.
    ///
    /// # Errors
    /// [`Error::Record`] before anything is sent; [`Reason::Conflicting`] when another record excludes it; else as the
    /// client's.
    pub async fn create(&self, record: &NewRecord) -> Result<Written, Error> {
        const OPERATION: &str = "create_record";
        check(OPERATION, record)?;
        let request = self.request(OPERATION, Method::POST, &[]);
        let request = request.json(record).repeatable();
        match self.client.fetch(OPERATION, request).await {
            Ok(record) => Ok(Written {
                outcome: Created::Created,
                record,
            }),
            Err(error) if error.reason() == Some(Reason::Identical) => {
                let found = self.find_identical(record).await?;
                // Gone again between the two requests: the refusal stands.
                found.map_or(Err(error), |record| {
                    Ok(Written {
                        outcome: Created::Exists,
                        record,
                    })
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Changes what the patch names, and nothing else.
    ///
    /// # Errors
    /// [`Reason::NotFound`] for a record that does not exist, [`Reason::Identical`] when another is so already, else
    /// as the client's.
    pub async fn update(&self, id: &str, patch: &RecordPatch) -> Result<Record, Error> {
        const OPERATION: &str = "update_record";
        let request = self.request(OPERATION, Method::PATCH, &[id]);
        // It says what is to be, not what is to be added.
        let request = request.json(patch).repeatable();
        self.client.fetch(OPERATION, request).await
    }

    /// Puts another record in the place of one.
    ///
    /// # Errors
    /// As [`Records::create`] and [`Records::update`].
    pub async fn replace(&self, id: &str, record: &NewRecord) -> Result<Record, Error> {
        const OPERATION: &str = "replace_record";
        check(OPERATION, record)?;
        let request = self.request(OPERATION, Method::PUT, &[id]).json(record);
        self.client.fetch(OPERATION, request).await
    }

    /// Removes a record.
    ///
    /// # Errors
    /// As the client's.
    pub async fn delete(&self, id: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_record";
        let request = self.request(OPERATION, Method::DELETE, &[id]);
        self.client.remove(OPERATION, request).await
    }

    /// Does all of it or nothing: removals first, then patches, replacements and new records. Sent once; after an
    /// [`bheem_http_kit::Effect::Unknown`], list and plan again.
    ///
    /// # Errors
    /// [`Error::Record`] before anything is sent; the reason of the first part that Cloudflare refuses; else as the
    /// client's.
    pub async fn batch(&self, batch: &Batch) -> Result<BatchResult, Error> {
        const OPERATION: &str = "batch_records";
        batch
            .puts()
            .chain(&batch.posts)
            .try_for_each(|record| check(OPERATION, record))?;
        if batch.is_empty() {
            return Ok(BatchResult::default());
        }
        let request = self.request(OPERATION, Method::POST, &["batch"]);
        self.client.fetch(OPERATION, request.json(batch)).await
    }
}

fn check(operation: &'static str, record: &NewRecord) -> Result<(), Error> {
    record
        .check()
        .map_err(|source| Error::Record { operation, source })
}
