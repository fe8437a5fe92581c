//! Finding objects and reading them, one by one or many at once.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bheem_webdav::{
    DAV, DavPath, Depth, Element, LeftOut, LeftOutReason, Listed, Listing, Multistatus, Name,
    PropertyResponse, escape,
};
use futures::Stream;

use super::{ETAG, EVENTS, Fetched, Kind, ObjectVersion, StoredObject};
use crate::{Client, Error};

const RESOURCE_TYPE: Name = Name::new(DAV, "resourcetype");
const COLLECTION: Name = Name::new(DAV, "collection");
/// So many objects are asked for at once: the answer stays well below the cap on answers.
const BATCH: usize = 50;

impl Client {
    /// The objects of a calendar or address book with their versions, without their texts.
    ///
    /// # Errors
    /// Kind `NotFound` if there is no such collection, or it is in the trash bin.
    pub async fn list_objects(
        &self,
        collection: &DavPath,
    ) -> Result<Listing<ObjectVersion>, Error> {
        const OPERATION: &str = "list_objects";
        self.http()
            .observe(OPERATION, self.versions(OPERATION, collection))
            .await
    }

    /// All objects of a calendar, fetched in batches as the stream is read, and between them what cannot be used.
    pub fn stream_objects(
        &self,
        calendar: &DavPath,
    ) -> impl Stream<Item = Result<Listed<StoredObject>, Error>> + use<> {
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
    ) -> Result<Listing<ObjectVersion>, Error> {
        let collection = collection.as_collection();
        let answer = self
            .propfind(operation, &collection, Depth::One, &[ETAG, RESOURCE_TYPE])
            .await?;
        // Nextcloud goes on listing a calendar that was deleted.
        let is_itself = |path: &DavPath| self.absolute(path) == self.absolute(&collection);
        let own = answer.responses.iter().find(|one| is_itself(&one.path));
        if own.is_some_and(crate::trash::is_deleted) {
            return Err(bheem_webdav::Error::NotFound { operation }.into());
        }
        let is_object =
            |kind: Option<&Element>| kind.is_none_or(|kind| kind.child(COLLECTION).is_none());
        let mut found = self.members(&collection, answer);
        found
            .items
            .retain(|one| is_object(one.property(RESOURCE_TYPE)));
        Ok(found.map(|one| ObjectVersion {
            etag: one.text(ETAG).map(str::to_owned),
            path: one.path,
        }))
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
            // Neither in the answer nor said to be gone is gone as well; what may not be read is not.
            let is_gone = |one: &&PropertyResponse| matches!(one.status, Some(404 | 410));
            let told = answer.responses.iter().filter(|one| !is_gone(one));
            let told: BTreeSet<String> = told.map(|one| self.absolute(&one.path)).collect();
            let missing = batch
                .iter()
                .filter(|path| !told.contains(&self.absolute(path)));
            fetched.missing.extend(missing.cloned());
            let found = self.objects(kind, collection, answer);
            fetched.objects.extend(found.items);
            fetched.left_out.extend(found.left_out);
        }
        Ok(fetched)
    }

    pub(crate) fn objects(
        &self,
        kind: Kind,
        collection: &DavPath,
        answer: Multistatus,
    ) -> Listing<StoredObject> {
        let mut listing = Listing::default();
        let found = self.members(collection, answer);
        listing.left_out = found.left_out;
        for one in found.items {
            let text = one.property(kind.data).map(|data| data.text.clone());
            let etag = one.text(ETAG).map(str::to_owned);
            if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
                listing.items.push(StoredObject {
                    path: one.path,
                    etag,
                    text: text.into(),
                });
            } else {
                let reason = LeftOutReason::Content("the server gives no text".to_owned());
                let name = one.path.encoded().as_str();
                listing.left_out.push(LeftOut::new(name, reason));
            }
        }
        listing
    }

    pub(crate) fn stream_of(
        &self,
        kind: Kind,
        collection: &DavPath,
    ) -> impl Stream<Item = Result<Listed<StoredObject>, Error>> + use<> {
        const OPERATION: &str = "stream_objects";
        let (client, collection) = (self.clone(), collection.clone());
        bheem_http_kit::stream_pages(None::<Vec<DavPath>>, move |left: Option<Vec<DavPath>>| {
            let (client, collection) = (client.clone(), collection.clone());
            async move {
                let mut left_out = Vec::new();
                let mut left = if let Some(left) = left {
                    left
                } else {
                    let all = client.list_objects(&collection).await?;
                    left_out = all.left_out;
                    all.items.into_iter().map(|one| one.path).collect()
                };
                let rest = left.split_off(left.len().min(BATCH));
                let work = client.fetch(OPERATION, kind, &collection, &left);
                let fetched = client.http().observe(OPERATION, work).await?;
                left_out.extend(fetched.left_out);
                let objects = fetched.objects.into_iter().map(Listed::Item);
                let items = objects.chain(left_out.into_iter().map(Listed::LeftOut));
                Ok(bheem_http_kit::Page {
                    items: items.collect(),
                    next: (!rest.is_empty()).then_some(Some(rest)),
                })
            }
        })
    }
}
