//! Objects of calendars and of address books: both are members of a collection, with an ETag and a text.

use std::fmt::{self, Write as _};

use bheem_http_kit::header;
use bheem_webdav::{
    Bytes, DAV, DavPath, Deleted, Depth, Element, Method, Name, Precondition, escape,
};
use futures::Stream;

use crate::client::{is_found, refusal_within};
use crate::{CALDAV, CARDDAV, Client, Error, ICalendar, PutEvent, VCard};

pub(crate) const ETAG: Name = Name::new(DAV, "getetag");
const RESOURCE_TYPE: Name = Name::new(DAV, "resourcetype");
const COLLECTION: Name = Name::new(DAV, "collection");
/// So many objects are asked for at once: the answer stays well below the cap on answers.
pub(crate) const BATCH: usize = 50;

/// What differs between calendars and address books.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) namespace: &'static str,
    pub(crate) data: Name,
    multiget: &'static str,
    media_type: &'static str,
    extension: &'static str,
}

pub(crate) const EVENTS: Kind = Kind {
    namespace: CALDAV,
    data: Name::new(CALDAV, "calendar-data"),
    multiget: "calendar-multiget",
    media_type: "text/calendar; charset=utf-8",
    extension: "ics",
};

pub(crate) const CARDS: Kind = Kind {
    namespace: CARDDAV,
    data: Name::new(CARDDAV, "address-data"),
    multiget: "addressbook-multiget",
    media_type: "text/vcard; charset=utf-8",
    extension: "vcf",
};

impl Kind {
    pub(crate) fn path(
        self,
        operation: &'static str,
        collection: &DavPath,
        name: &str,
    ) -> Result<DavPath, Error> {
        let name = format!("{name}.{}", self.extension);
        collection
            .child(&name)
            .map_err(|error| Error::path(operation, error))
    }
}

/// An object as it is on a server. Its `Debug` does not show the text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredObject {
    /// Where it is.
    pub path: DavPath,
    /// Its version.
    pub etag: Option<String>,
    /// Its text.
    pub text: Bytes,
}

impl StoredObject {
    /// The object of a calendar.
    ///
    /// # Errors
    /// [`Error::Format`] if it is none.
    pub fn calendar(&self) -> Result<ICalendar, Error> {
        ICalendar::parse(&self.text).map_err(|source| Error::Format {
            operation: "read_object",
            source,
        })
    }

    /// The card of an address book.
    ///
    /// # Errors
    /// [`Error::Format`] if it is none.
    pub fn card(&self) -> Result<VCard, Error> {
        VCard::parse(&self.text).map_err(|source| Error::Format {
            operation: "read_object",
            source,
        })
    }
}

impl fmt::Debug for StoredObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredObject")
            .field("path", &self.path)
            .field("etag", &self.etag)
            .field("bytes", &self.text.len())
            .finish()
    }
}

/// Which version of an object is on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectVersion {
    /// Where it is.
    pub path: DavPath,
    /// Its version.
    pub etag: Option<String>,
}

/// What was found of the objects asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// Those that are there.
    pub objects: Vec<StoredObject>,
    /// Those that are not.
    pub missing: Vec<DavPath>,
}

/// What writing an object did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Where it is.
    pub path: DavPath,
    /// Nothing was there before.
    pub is_new: bool,
    /// The version that is there now.
    pub etag: Option<String>,
    /// What is there now, if the server did not say that it keeps the text as it was sent: it may have changed it,
    /// as scheduling does. Read it before changing it again.
    pub stored: Option<StoredObject>,
}

/// A version as `If-Match` wants it. Proxies that compress weaken entity tags, and a weak one never matches (RFC 9110,
/// section 13.1.1), though the server behind knows it as strong.
pub(crate) fn strong(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}

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

    /// Deletes an object of a calendar or address book; with a version, only that one.
    ///
    /// # Errors
    /// [`Error::Changed`] if it is another version.
    pub async fn delete_object(
        &self,
        path: &DavPath,
        etag: Option<&str>,
    ) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_object";
        match self.dav.delete(path, etag.map(strong)).await {
            Err(bheem_webdav::Error::Precondition { .. }) => {
                // Some servers say of what is gone that it has another version.
                match self.dav.get(path).await {
                    Err(bheem_webdav::Error::NotFound { .. }) => Ok(Deleted::Absent),
                    _ => Err(Error::Changed {
                        operation: OPERATION,
                    }),
                }
            }
            other => Ok(other?),
        }
    }

    /// Creates an object of a calendar as `<name>.ics`. Natural keys are the name, and within the calendar the UID:
    /// see [`Client::find_by_uid`]. A server that knows scheduling tells the attendees.
    ///
    /// # Errors
    /// [`Error::Exists`] if the name is taken, [`Error::UidConflict`] if the UID is, [`Error::InvalidData`] if the
    /// server does not accept it.
    pub async fn create_object(
        &self,
        calendar: &DavPath,
        name: &str,
        object: &ICalendar,
    ) -> Result<Written, Error> {
        const OPERATION: &str = "create_object";
        let path = EVENTS.path(OPERATION, calendar, name)?;
        self.write(
            OPERATION,
            EVENTS,
            path,
            object.to_string(),
            &Precondition::Absent,
        )
        .await
    }

    /// Changes an object of a calendar, if it still is the version that was read.
    ///
    /// # Errors
    /// [`Error::Changed`] if it is not: read it again and decide anew.
    pub async fn update_object(
        &self,
        path: &DavPath,
        etag: &str,
        object: &ICalendar,
    ) -> Result<Written, Error> {
        const OPERATION: &str = "update_object";
        let precondition = Precondition::Etag(strong(etag).to_owned());
        self.write(
            OPERATION,
            EVENTS,
            path.clone(),
            object.to_string(),
            &precondition,
        )
        .await
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

    pub(crate) async fn write(
        &self,
        operation: &'static str,
        kind: Kind,
        path: DavPath,
        text: String,
        precondition: &Precondition,
    ) -> Result<Written, Error> {
        let work = self.put(operation, kind, &path, text.into(), precondition);
        let put = self.http().observe(operation, work).await?;
        // Some servers answer 201 to every PUT; what had to be there is not new.
        let is_new = put.is_new && !matches!(precondition, Precondition::Etag(_));
        let is_kept = put
            .etag
            .as_deref()
            .is_some_and(|etag| !etag.starts_with("W/"));
        if is_kept {
            return Ok(Written {
                path,
                is_new,
                etag: put.etag,
                stored: None,
            });
        }
        // The server changed what it was given, or does not tell (RFC 4791, section 5.3.4): look.
        let stored = self.find_object(&path).await?;
        let etag = stored
            .as_ref()
            .and_then(|stored| stored.etag.clone())
            .or(put.etag);
        Ok(Written {
            path,
            is_new,
            etag,
            stored,
        })
    }
}

impl Client {
    pub(crate) async fn put(
        &self,
        operation: &'static str,
        kind: Kind,
        path: &DavPath,
        text: Bytes,
        precondition: &Precondition,
    ) -> Result<PutEvent, Error> {
        let request = self.dav.request(operation, Method::PUT, path);
        let request = request.bytes(kind.media_type, text);
        let request = match precondition {
            Precondition::Absent => request.header(header::IF_NONE_MATCH, "*"),
            Precondition::Etag(etag) => request.header(header::IF_MATCH, strong(etag)),
            _ => request,
        };
        let answer = match bheem_webdav::Client::exchange(request).await {
            // One server puts the refusal of the whole into a multistatus (Xandikos 0.2, 2026-11).
            Ok(answer) if answer.status().as_u16() == 207 => {
                Err(refusal_within(operation, answer.body()))
            }
            other => other,
        };
        let answer = answer.map_err(|error| refusal(operation, precondition, error))?;
        let etag = answer.header("etag").or_else(|| answer.header("oc-etag"));
        Ok(PutEvent {
            is_new: answer.status().as_u16() == 201,
            etag: etag.map(str::to_owned),
        })
    }
}

/// What a refusal to write means, given the condition it was written under.
pub(crate) fn refusal(
    operation: &'static str,
    precondition: &Precondition,
    error: bheem_webdav::Error,
) -> Error {
    match (&error, precondition) {
        (bheem_webdav::Error::Precondition { .. }, Precondition::Absent)
            if error.condition() != Some("no-uid-conflict") =>
        {
            Error::Exists { operation }
        }
        (bheem_webdav::Error::Precondition { .. }, Precondition::Etag(_)) => {
            Error::Changed { operation }
        }
        _ => Error::of_dav(operation, error),
    }
}
