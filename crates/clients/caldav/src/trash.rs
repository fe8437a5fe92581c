//! Calendars in the trash bin of Nextcloud (since 22; read off version 32, 2026-11).
//!
//! A deleted calendar stays where it was for 30 days: PROPFIND, listing and syncing succeed, MKCALENDAR answers 405, and
//! a second DELETE 204. Only its resource type tells.

use bheem_http_kit::HeaderName;
use bheem_webdav::{
    DavPath, Deleted, Depth, Listing, Method, NEXTCLOUD, Name, PropertyResponse, Restored,
};
use chrono::{DateTime, Utc};

use crate::calendar::{DISPLAY_NAME, RESOURCE_TYPE};
use crate::client::method;
use crate::{CalendarHome, Client, Error};

const DELETED: Name = Name::new(NEXTCLOUD, "deleted-calendar");
const DELETED_AT: Name = Name::new(NEXTCLOUD, "deleted-at");
const PROPERTIES: [Name; 3] = [RESOURCE_TYPE, DISPLAY_NAME, DELETED_AT];
const NO_TRASH_BIN: HeaderName = HeaderName::from_static("x-nc-caldav-no-trashbin");

/// A calendar that was deleted and can be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletedCalendar {
    /// Where it is, as before.
    pub path: DavPath,
    /// Its name in the home, which is taken.
    pub slug: String,
    /// Its name for people.
    pub display_name: Option<String>,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// Is it a calendar in the trash bin?
pub(crate) fn is_deleted(response: &PropertyResponse) -> bool {
    let kind = response.property(RESOURCE_TYPE);
    kind.is_some_and(|kind| kind.child(DELETED).is_some())
}

impl DeletedCalendar {
    fn read(response: PropertyResponse) -> Option<Self> {
        let deleted_at = response.text(DELETED_AT).and_then(|text| {
            let of_seconds = text
                .parse()
                .ok()
                .and_then(|at| DateTime::from_timestamp(at, 0));
            of_seconds.or_else(|| text.parse::<DateTime<Utc>>().ok())
        });
        is_deleted(&response).then_some(())?;
        Some(Self {
            slug: response.path.name()?,
            display_name: response.text(DISPLAY_NAME).map(str::to_owned),
            deleted_at,
            path: response.path,
        })
    }
}

impl Client {
    /// The calendars of a home that are in the trash bin. Empty on servers that have none.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn list_deleted_calendars(
        &self,
        home: &CalendarHome,
    ) -> Result<Listing<DeletedCalendar>, Error> {
        const OPERATION: &str = "list_deleted_calendars";
        let work = async {
            let answer = self
                .propfind(OPERATION, &home.0, Depth::One, &PROPERTIES)
                .await?;
            let found = self.members(&home.0, answer);
            Ok(crate::calendars::read_all(found, DeletedCalendar::read))
        };
        self.http().observe(OPERATION, work).await
    }

    /// Looks for a calendar in the trash bin by its name in the home.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn find_deleted_calendar(
        &self,
        home: &CalendarHome,
        slug: &str,
    ) -> Result<Option<DeletedCalendar>, Error> {
        const OPERATION: &str = "find_deleted_calendar";
        self.http()
            .observe(OPERATION, self.look_up_deleted(OPERATION, home, slug))
            .await
    }

    /// Takes a calendar out of the trash bin, with all that is in it.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn restore_calendar(
        &self,
        home: &CalendarHome,
        slug: &str,
    ) -> Result<Restored, Error> {
        const OPERATION: &str = "restore_calendar";
        let wrong = |error| Error::path(OPERATION, error);
        let from = home.calendar(slug).map_err(wrong)?;
        // Whatever is moved there is restored; the last name does not matter.
        let to = ["trashbin", "restore", "file"]
            .iter()
            .try_fold(home.0.clone(), |at, name| at.child(name))
            .map_err(wrong)?;
        let work = async {
            if self.look_up_deleted(OPERATION, home, slug).await?.is_none() {
                return Ok(Restored::Absent);
            }
            let destination = self.http().url(to.encoded());
            let request = self.dav.request(OPERATION, method("MOVE"), &from);
            let request =
                request.header(HeaderName::from_static("destination"), destination.as_str());
            match bheem_webdav::Client::exchange(request).await {
                Ok(_) => Ok(Restored::Restored),
                Err(bheem_webdav::Error::NotFound { .. }) => Ok(Restored::Absent),
                Err(error) => Err(error.into()),
            }
        };
        self.http().observe(OPERATION, work).await
    }

    /// Deletes a calendar and all in it for good, past the trash bin or out of it. Other servers know no difference.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn purge_calendar(&self, path: &DavPath) -> Result<Deleted, Error> {
        const OPERATION: &str = "purge_calendar";
        let work = async {
            let path = path.as_collection();
            let request = self.dav.request(OPERATION, Method::DELETE, &path);
            match bheem_webdav::Client::exchange(request.header(NO_TRASH_BIN, "1")).await {
                Ok(_) => Ok(Deleted::Removed),
                Err(bheem_webdav::Error::NotFound { .. }) => Ok(Deleted::Absent),
                Err(error) => Err(error.into()),
            }
        };
        self.http().observe(OPERATION, work).await
    }

    pub(crate) async fn look_up_deleted(
        &self,
        operation: &'static str,
        home: &CalendarHome,
        slug: &str,
    ) -> Result<Option<DeletedCalendar>, Error> {
        let path = home
            .calendar(slug)
            .map_err(|error| Error::path(operation, error))?;
        match self
            .propfind(operation, &path, Depth::Zero, &PROPERTIES)
            .await
        {
            Ok(answer) => Ok(answer.responses.into_iter().find_map(DeletedCalendar::read)),
            Err(Error::Dav(bheem_webdav::Error::NotFound { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
