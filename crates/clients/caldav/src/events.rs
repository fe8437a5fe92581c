//! Events, as iCalendar text.

use std::fmt;

use bheem_webdav::{Bytes, DavPath, Deleted, Precondition};

use crate::{Client, Error};

/// What writing an event did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutEvent {
    /// Nothing was there before.
    pub is_new: bool,
    /// The version that is there now. Absent or weak if the server changed the text: then read it again.
    pub etag: Option<String>,
}

/// An event. Its `Debug` does not show the text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its version, as [`Precondition::Etag`] wants it.
    pub etag: Option<String>,
    /// The iCalendar text.
    pub text: Bytes,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("etag", &self.etag)
            .field("bytes", &self.text.len())
            .finish()
    }
}

impl Client {
    /// Writes an event into a calendar as `<name>.ics`. Creates with [`Precondition::Absent`], changes with
    /// [`Precondition::Etag`]. A server that knows scheduling mails the attendees unless the text says
    /// `SCHEDULE-AGENT=CLIENT` (RFC 6638, section 7.1).
    ///
    /// # Errors
    /// [`bheem_webdav::Error::Precondition`] if it exists or changed, [`Error::UidConflict`] if the UID is taken.
    pub async fn put_event(
        &self,
        calendar: &DavPath,
        name: &str,
        text: impl Into<Bytes>,
        precondition: &Precondition,
    ) -> Result<PutEvent, Error> {
        const OPERATION: &str = "put_event";
        let path = event_path(OPERATION, calendar, name)?;
        let put = self
            .dav
            .put(&path, "text/calendar; charset=utf-8", text, precondition)
            .await;
        let put = put.map_err(|error| Error::of_dav(OPERATION, error))?;
        Ok(PutEvent {
            is_new: put.is_new,
            etag: put.etag,
        })
    }

    /// Reads an event by its name; `None` if there is none.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn find_event(&self, calendar: &DavPath, name: &str) -> Result<Option<Event>, Error> {
        let path = event_path("find_event", calendar, name)?;
        match self.dav.get(&path).await {
            Ok(file) => Ok(Some(Event {
                etag: file.etag,
                text: file.content,
            })),
            Err(bheem_webdav::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes an event; with an ETag, only that version of it.
    ///
    /// # Errors
    /// [`bheem_webdav::Error::Precondition`] if it changed.
    pub async fn delete_event(
        &self,
        calendar: &DavPath,
        name: &str,
        etag: Option<&str>,
    ) -> Result<Deleted, Error> {
        let path = event_path("delete_event", calendar, name)?;
        Ok(self.dav.delete(&path, etag).await?)
    }
}

fn event_path(operation: &'static str, calendar: &DavPath, name: &str) -> Result<DavPath, Error> {
    calendar
        .child(&format!("{name}.ics"))
        .map_err(|error| Error::path(operation, error))
}
