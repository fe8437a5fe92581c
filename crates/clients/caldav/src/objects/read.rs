//! Finding objects and reading them, one by one or many at once.

use std::fmt::Write as _;

use bheem_webdav::{DAV, DavPath, Depth, Element, Name, escape};
use futures::Stream;

use super::{ETAG, EVENTS, Fetched, Kind, ObjectVersion, StoredObject};
use crate::client::is_found;
use crate::{Client, Error};

const RESOURCE_TYPE: Name = Name::new(DAV, "resourcetype");
const COLLECTION: Name = Name::new(DAV, "collection");
/// So many objects are asked for at once: the answer stays well below the cap on answers.
const BATCH: usize = 50;

impl Client {
    /// The objects of a calendar or address book with their versions, without their texts.
    ///
    /// # Errors
    /// Kind `NotFound` if there is no such collection.
    pub async fn list_objects(&self, collection: &DavPath) -> Result<Vec<ObjectVersion>, Error> {
        const OPERATION: &str = "list_objects";
        self.http()
            .observe(OPERATION, self.versions(OPERATION, collection))
            .await
    }

    /// All objects of a calendar, fetched in batches as the stream is read.
    pub fn stream_objects(
        &self,
        calendar: &DavPath,
    ) -> impl Stream<Item = Result<StoredObject, Error>> + use<> {
        self.stream_of(EVENTS, calendar)
    }

    /// Reads several objects of a calendar (calendar-multiget), however many, in bounded batches.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn get_objects(
        &self,
        calendar: &DavPath,
        paths: &[DavPath],
    ) -> Result<Fetched, Error> {
        const OPERATION: &str = "get_objects";
        self.http()
            .observe(OPERATION, self.fetch(OPERATION, EVENTS, calendar, paths))
            .await
    }

    /// Reads an object of a calendar or address book; `None` if there is none.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn find_object(&self, path: &DavPath) -> Result<Option<StoredObject>, Error> {
        const OPERATION: &str = "find_object";
        match self.dav.get(path).await {
            Ok(file) => Ok(Some(StoredObject {
                path: path.clone(),
                etag: file.etag,
                text: file.content,
            })),
            Err(bheem_webdav::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(Error::of_dav(OPERATION, error)),
        }
    }

    pub(crate) async fn versions(
        &self,
        operation: &'static str,
        collection: &DavPath,
    ) -> Result<Vec<ObjectVersion>, Error> {
        let collection = collection.as_collection();
        let answer = self
            .propfind(operation, &collection, Depth::One, &[ETAG, RESOURCE_TYPE])
            .await?;
        let is_object =
            |kind: Option<&Element>| kind.is_none_or(|kind| kind.child(COLLECTION).is_none());
        let found = answer.responses.into_iter().filter(|one| {
            is_found(one)
                && is_object(one.property(RESOURCE_TYPE))
                && self.is_member(&collection, &one.path)
        });
        Ok(found
            .map(|one| ObjectVersion {
                etag: one.text(ETAG).map(str::to_owned),
                path: one.path,
            })
            .collect())
    }

    pub(crate) async fn fetch(
        &self,
        operation: &'static str,
        kind: Kind,
        collection: &DavPath,
        paths: &[DavPath],
    ) -> Result<Fetched, Error> {
        let mut fetched = Fetched::default();
        for batch in paths.chunks(BATCH) {
            let mut hrefs = String::new();
            for path in batch {
                let url = self.http().url(path.encoded());
                // Writing to a string cannot fail.
                let _infallible = write!(hrefs, "<d:href>{}</d:href>", escape(url.path()));
            }
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><x:{0} xmlns:x=\"{1}\" xmlns:d=\"{DAV}\"><d:prop><d:getetag/><x:{2}/>\
                 </d:prop>{hrefs}</x:{0}>",
                kind.multiget, kind.namespace, kind.data.local
            );
            let answer = self
                .report(operation, &collection.as_collection(), Depth::One, body)
                .await;
            let answer = answer.map_err(|error| Error::of_report(operation, error))?;
            let objects = self.objects(kind, collection, answer);
            // Neither in the answer nor said to be gone is gone as well.
            let is_there = |path: &&DavPath| {
                objects
                    .iter()
                    .any(|one| self.absolute(&one.path) == self.absolute(path))
            };
            fetched
                .missing
                .extend(batch.iter().filter(|path| !is_there(path)).cloned());
            fetched.objects.extend(objects);
        }
        Ok(fetched)
    }

    pub(crate) fn objects(
        &self,
        kind: Kind,
        collection: &DavPath,
        answer: bheem_webdav::Multistatus,
    ) -> Vec<StoredObject> {
        let found = answer
            .responses
            .into_iter()
            .filter(|one| is_found(one) && self.is_member(collection, &one.path));
        let objects = found.filter_map(|one| {
            let text = one.property(kind.data)?.text.clone();
            let etag = one.text(ETAG).map(str::to_owned);
            (!text.trim().is_empty()).then(|| StoredObject {
                path: one.path,
                etag,
                text: text.into(),
            })
        });
        objects.collect()
    }

    pub(crate) fn stream_of(
        &self,
        kind: Kind,
        collection: &DavPath,
    ) -> impl Stream<Item = Result<StoredObject, Error>> + use<> {
        const OPERATION: &str = "stream_objects";
        let (client, collection) = (self.clone(), collection.clone());
        bheem_http_kit::stream_pages(None::<Vec<DavPath>>, move |left: Option<Vec<DavPath>>| {
            let (client, collection) = (client.clone(), collection.clone());
            async move {
                let mut left = match left {
                    Some(left) => left,
                    None => client
                        .list_objects(&collection)
                        .await?
                        .into_iter()
                        .map(|one| one.path)
                        .collect(),
                };
                let rest = left.split_off(left.len().min(BATCH));
                let work = client.fetch(OPERATION, kind, &collection, &left);
                let items = client.http().observe(OPERATION, work).await?.objects;
                Ok(bheem_http_kit::Page {
                    items,
                    next: (!rest.is_empty()).then_some(Some(rest)),
                })
            }
        })
    }
}
