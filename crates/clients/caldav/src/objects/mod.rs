//! Objects of calendars and of address books: both are members of a collection, with an ETag and a text.

mod read;
mod write;

use std::fmt;

use bheem_webdav::{Bytes, DAV, DavPath, LeftOut, Name};

pub(crate) use self::write::strong;
use crate::{CALDAV, CARDDAV, Error, ICalendar, VCard};

pub(crate) const ETAG: Name = Name::new(DAV, "getetag");

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
    /// The UID of what is to be written, if it can be read.
    fn uid(self, text: &[u8]) -> Option<String> {
        match self.extension {
            "ics" => ICalendar::parse(text).ok()?.uid(),
            _ => VCard::parse(text).ok()?.uid(),
        }
    }

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
    /// Those that are, and that the server does not give.
    pub left_out: Vec<LeftOut>,
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
