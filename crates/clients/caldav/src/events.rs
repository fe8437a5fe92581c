//! Events and tasks by the name of their file, by UID, by time.

use bheem_webdav::{Bytes, DavPath, Deleted, Depth, LeftOut, LeftOutReason, Listing, Precondition};

use crate::objects::EVENTS;
use crate::query::CalendarQuery;
use crate::{Client, Component, Error, FormatError, ICalendar, StoredObject, Todo, Window};

/// What writing an event did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutEvent {
    /// Nothing was there before.
    pub is_new: bool,
    /// The version that is there now. Absent or weak if the server changed the text: then read it again.
    pub etag: Option<String>,
}

impl Client {
    /// Writes text into a calendar as `<name>.ics`, as it is. Creates with [`Precondition::Absent`], changes with
    /// [`Precondition::Etag`]. A server that knows scheduling mails the attendees unless the text says
    /// `SCHEDULE-AGENT=CLIENT` (RFC 6638, section 7.1).
    ///
    /// # Errors
    /// [`Error::Exists`] or [`Error::Changed`] if the precondition does not hold, [`Error::UidConflict`] if the UID is
    /// taken.
    pub async fn put_event(
        &self,
        calendar: &DavPath,
        name: &str,
        text: impl Into<Bytes>,
        precondition: &Precondition,
    ) -> Result<PutEvent, Error> {
        const OPERATION: &str = "put_event";
        let path = EVENTS.path(OPERATION, calendar, name)?;
        let work = Box::pin(self.put(OPERATION, EVENTS, &path, text.into(), precondition));
        self.http().observe(OPERATION, work).await
    }

    /// Reads an event by its name; `None` if there is none.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn find_event(
        &self,
        calendar: &DavPath,
        name: &str,
    ) -> Result<Option<StoredObject>, Error> {
        self.find_object(&EVENTS.path("find_event", calendar, name)?)
            .await
    }

    /// Deletes an event by its name; with a version, only that one.
    ///
    /// # Errors
    /// [`Error::Changed`] if it is another version.
    pub async fn delete_event(
        &self,
        calendar: &DavPath,
        name: &str,
        etag: Option<&str>,
    ) -> Result<Deleted, Error> {
        self.delete_object(&EVENTS.path("delete_event", calendar, name)?, etag)
            .await
    }

    /// Finds the objects of a calendar that match a query (calendar-query, RFC 4791, section 7.8).
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the server has no such report.
    pub async fn query(
        &self,
        calendar: &DavPath,
        query: &CalendarQuery,
    ) -> Result<Listing<StoredObject>, Error> {
        const OPERATION: &str = "query";
        self.http()
            .observe(OPERATION, self.ask(OPERATION, calendar, query))
            .await
    }

    /// Finds the objects with events in a window. Servers judge series generously: expand what they answer.
    ///
    /// # Errors
    /// As for [`Client::query`].
    pub async fn events_between(
        &self,
        calendar: &DavPath,
        window: Window,
    ) -> Result<Listing<StoredObject>, Error> {
        const OPERATION: &str = "events_between";
        let query = CalendarQuery::new(Component::Event).between(window);
        self.http()
            .observe(OPERATION, self.ask(OPERATION, calendar, &query))
            .await
    }

    /// Finds the object of this UID: the natural key of an event or task within a calendar.
    ///
    /// # Errors
    /// As for [`Client::query`].
    pub async fn find_by_uid(
        &self,
        calendar: &DavPath,
        uid: &str,
    ) -> Result<Option<StoredObject>, Error> {
        const OPERATION: &str = "find_by_uid";
        let work = async {
            for component in [Component::Event, Component::Todo] {
                let found = self
                    .ask(OPERATION, calendar, &CalendarQuery::new(component).uid(uid))
                    .await?;
                // A text match is by substring, and some servers do not look at it at all.
                let is_it = |object: &StoredObject| {
                    object
                        .calendar()
                        .is_ok_and(|calendar| calendar.uid().as_deref() == Some(uid))
                };
                if let Some(object) = found.into_iter().find(is_it) {
                    return Ok(Some(object));
                }
            }
            Ok(None)
        };
        self.http().observe(OPERATION, work).await
    }

    /// The tasks of a calendar, done ones only if asked for. Objects that cannot be read are named beside them.
    ///
    /// # Errors
    /// As for [`Client::query`].
    pub async fn list_todos(
        &self,
        calendar: &DavPath,
        with_done: bool,
    ) -> Result<Listing<(StoredObject, Todo)>, Error> {
        const OPERATION: &str = "list_todos";
        let work = async {
            let found = self
                .ask(OPERATION, calendar, &CalendarQuery::new(Component::Todo))
                .await?;
            let mut todos = Listing::default();
            todos.left_out = found.left_out;
            for object in found.items {
                match read_todo(&object) {
                    Ok(todo) if with_done || !todo.is_done() => todos.items.push((object, todo)),
                    Ok(_) => {}
                    Err(reason) => {
                        let reason = LeftOutReason::Content(reason.to_string());
                        let name = object.path.encoded().as_str();
                        todos.left_out.push(LeftOut::new(name, reason));
                    }
                }
            }
            Ok(todos)
        };
        self.http().observe(OPERATION, work).await
    }

    async fn ask(
        &self,
        operation: &'static str,
        calendar: &DavPath,
        query: &CalendarQuery,
    ) -> Result<Listing<StoredObject>, Error> {
        let answer = self
            .report(
                operation,
                &calendar.as_collection(),
                Depth::One,
                query.body(),
            )
            .await;
        let answer = answer.map_err(|error| Error::of_report(operation, error))?;
        Ok(self.objects(EVENTS, calendar, answer))
    }
}

/// The task of an object, or the first that stands for one of its instances.
fn read_todo(object: &StoredObject) -> Result<Todo, FormatError> {
    let all = ICalendar::parse(&object.text)?.todos();
    let (masters, others): (Vec<Todo>, Vec<Todo>) = all
        .items
        .into_iter()
        .partition(|todo| todo.recurrence_id.is_none());
    let reason = all
        .unreadable
        .first()
        .map_or(FormatError::Kind, |one| one.reason);
    masters.into_iter().chain(others).next().ok_or(reason)
}
