//! Operations on calendars.

use bheem_webdav::{Created, DavPath, Deleted, Depth, Listing, PropertyResponse};

use crate::calendar::{PROPERTIES, Wanted};
use crate::client::{is_found, method, refusal_within, refused};
use crate::{Calendar, CalendarHome, CalendarProperties, Client, CreateCalendar, Error};

impl Client {
    /// The calendars in a home, shared ones included; no inboxes, outboxes, subscriptions or trash bins.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn list_calendars(&self, home: &CalendarHome) -> Result<Listing<Calendar>, Error> {
        const OPERATION: &str = "list_calendars";
        self.http()
            .observe(OPERATION, self.read_home(OPERATION, home, Wanted::Calendar))
            .await
    }

    /// The subscriptions in a home: calendars that the server, or its client, fetches from elsewhere.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn list_subscriptions(
        &self,
        home: &CalendarHome,
    ) -> Result<Listing<Calendar>, Error> {
        const OPERATION: &str = "list_subscriptions";
        self.http()
            .observe(
                OPERATION,
                self.read_home(OPERATION, home, Wanted::Subscription),
            )
            .await
    }

    /// Looks a calendar up by its name in the home.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn find_calendar(
        &self,
        home: &CalendarHome,
        slug: &str,
    ) -> Result<Option<Calendar>, Error> {
        const OPERATION: &str = "find_calendar";
        self.http()
            .observe(OPERATION, self.look_up(OPERATION, home, slug))
            .await
    }

    /// Creates a calendar (MKCALENDAR). The natural key is its name in the home. [`Created::Exists`] says that the
    /// name is taken, not by what: see [`Client::ensure_calendar`]. On Nextcloud a calendar in the trash bin takes it.
    ///
    /// # Errors
    /// [`Error::Limit`] if the user has as many as allowed, kind `RateLimited` if they come too fast.
    pub async fn create_calendar(
        &self,
        home: &CalendarHome,
        calendar: &CreateCalendar,
    ) -> Result<Created, Error> {
        const OPERATION: &str = "create_calendar";
        self.http()
            .observe(OPERATION, self.make(OPERATION, home, calendar))
            .await
    }

    /// Creates a calendar unless it is there, and tells what is there.
    ///
    /// # Errors
    /// As for [`Client::create_calendar`], [`Error::InTrash`] if a calendar of this name is in the trash bin (see
    /// [`Client::restore_calendar`] and [`Client::purge_calendar`]), and [`Error::NotACalendar`] if the name is taken
    /// by something else.
    pub async fn ensure_calendar(
        &self,
        home: &CalendarHome,
        calendar: &CreateCalendar,
    ) -> Result<Calendar, Error> {
        const OPERATION: &str = "ensure_calendar";
        let work = async {
            if let Some(found) = self.look_up(OPERATION, home, &calendar.slug).await? {
                return Ok(found);
            }
            self.make(OPERATION, home, calendar).await?;
            let path = home
                .calendar(&calendar.slug)
                .map_err(|error| Error::path(OPERATION, error))?;
            let found = self.look(OPERATION, &path).await?;
            if found.as_ref().is_some_and(crate::trash::is_deleted) {
                return Err(Error::InTrash {
                    operation: OPERATION,
                });
            }
            let found = found.and_then(|found| Calendar::read(found, Wanted::Calendar));
            found.ok_or(Error::NotACalendar {
                operation: OPERATION,
            })
        };
        self.http().observe(OPERATION, work).await
    }

    /// Changes what is said of a calendar: all of it, or nothing (PROPPATCH, RFC 4918, section 9.2).
    ///
    /// # Errors
    /// Kind `NotFound` if there is none, [`Error::InvalidData`] if the server refuses a property.
    pub async fn update_calendar(
        &self,
        path: &DavPath,
        changes: &CalendarProperties,
    ) -> Result<(), Error> {
        const OPERATION: &str = "update_calendar";
        self.http()
            .observe(OPERATION, self.patch(OPERATION, path, changes.patch_body()))
            .await
    }

    /// Deletes a calendar and all in it. Nextcloud keeps it in a trash bin for a while, where its name stays taken and
    /// deleting it again succeeds: see [`Client::find_deleted_calendar`] and [`Client::purge_calendar`].
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn delete_calendar(&self, path: &DavPath) -> Result<Deleted, Error> {
        Ok(self.dav.delete(&path.as_collection(), None).await?)
    }

    pub(crate) async fn patch(
        &self,
        operation: &'static str,
        path: &DavPath,
        body: String,
    ) -> Result<(), Error> {
        let request = self
            .dav
            .request(operation, method("PROPPATCH"), &path.as_collection());
        let request = request.bytes("application/xml; charset=utf-8", body);
        let answer = bheem_webdav::Client::exchange(request).await?;
        // Some say with nothing that nothing was refused. What else is said must be what the method answers.
        if answer.status().as_u16() != 207 && answer.body().is_empty() {
            return Ok(());
        }
        let protocol = |source| bheem_webdav::Error::Protocol {
            operation,
            source: Some(source),
        };
        let whole = bheem_webdav::Multistatus::parse(answer.body()).map_err(protocol)?;
        let status = whole.responses.first().and_then(|response| response.status);
        if let Some(error) = status.and_then(|status| refused(operation, status, None)) {
            return Err(error.into());
        }
        let refused =
            refused_property(answer.body()).map_err(|source| bheem_webdav::Error::Protocol {
                operation,
                source: Some(source),
            })?;
        match refused {
            Some(condition) => Err(Error::InvalidData {
                operation,
                condition,
            }),
            None => Ok(()),
        }
    }

    async fn make(
        &self,
        operation: &'static str,
        home: &CalendarHome,
        calendar: &CreateCalendar,
    ) -> Result<Created, Error> {
        let path = home
            .calendar(&calendar.slug)
            .map_err(|error| Error::path(operation, error))?;
        let request = self.dav.request(operation, method("MKCALENDAR"), &path);
        let request = request.bytes("application/xml; charset=utf-8", calendar.body());
        created(operation, bheem_webdav::Client::exchange(request).await)
    }

    async fn look_up(
        &self,
        operation: &'static str,
        home: &CalendarHome,
        slug: &str,
    ) -> Result<Option<Calendar>, Error> {
        let path = home
            .calendar(slug)
            .map_err(|error| Error::path(operation, error))?;
        let found = self.look(operation, &path).await?;
        Ok(found.and_then(|found| Calendar::read(found, Wanted::Calendar)))
    }

    /// What is said of a collection; `None` if there is none.
    pub(crate) async fn look(
        &self,
        operation: &'static str,
        path: &DavPath,
    ) -> Result<Option<PropertyResponse>, Error> {
        match self
            .propfind(operation, path, Depth::Zero, &PROPERTIES)
            .await
        {
            Ok(answer) => Ok(answer.responses.into_iter().find(is_found)),
            Err(Error::Dav(bheem_webdav::Error::NotFound { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn read_home(
        &self,
        operation: &'static str,
        home: &CalendarHome,
        wanted: Wanted,
    ) -> Result<Listing<Calendar>, Error> {
        let answer = self
            .propfind(operation, &home.0, Depth::One, &PROPERTIES)
            .await?;
        let read = |response| Calendar::read(response, wanted);
        Ok(read_all(self.members(&home.0, answer), read))
    }
}

/// Those of a list that are of the wanted kind.
pub(crate) fn read_all<T>(
    found: Listing<PropertyResponse>,
    read: impl Fn(PropertyResponse) -> Option<T>,
) -> Listing<T> {
    let mut listing = Listing::default();
    listing.left_out = found.left_out;
    listing.items = found.items.into_iter().filter_map(read).collect();
    listing
}

/// What an answer to MKCALENDAR, or to MKCOL for an address book, means.
pub(crate) fn created(
    operation: &'static str,
    answer: Result<bheem_webdav::Response, bheem_webdav::Error>,
) -> Result<Created, Error> {
    match answer {
        Ok(answer) if answer.status().as_u16() == 207 => {
            // One server puts the refusal of the whole into a multistatus (Xandikos 0.2, 2026-11).
            created(operation, Err(refusal_within(operation, answer.body())))
        }
        Ok(answer) if answer.status().as_u16() == 201 => Ok(Created::Created),
        // Whoever answers something else, such as a page, has not created anything (RFC 4791, section 5.3.1.1).
        Ok(_) => Err(bheem_webdav::Error::Protocol {
            operation,
            source: None,
        }
        .into()),
        Err(bheem_webdav::Error::MethodNotAllowed { .. }) => Ok(Created::Exists),
        // Others say the same with 403, 409 or 412 and this condition (RFC 4791, section 5.3.1.2).
        Err(error) if error.condition() == Some("resource-must-be-null") => Ok(Created::Exists),
        Err(error @ bheem_webdav::Error::Forbidden { .. })
            if error.condition() == Some("need-privileges") =>
        {
            Err(error.into())
        }
        Err(bheem_webdav::Error::Forbidden { .. }) => Err(Error::Limit { operation }),
        Err(error) => Err(error.into()),
    }
}

/// The first property of a PROPPATCH that was refused: its name.
fn refused_property(body: &[u8]) -> Result<Option<String>, bheem_webdav::MultistatusError> {
    use bheem_webdav::{DAV, Element, Name};
    let root = bheem_webdav::parse(body)?;
    if !root.is(Name::new(DAV, "multistatus")) {
        return Err(bheem_webdav::MultistatusError::Root);
    }
    let responses = root.children_named(Name::new(DAV, "response"));
    let parts = responses.flat_map(|one| one.children_named(Name::new(DAV, "propstat")));
    for part in parts {
        let status = part
            .child(Name::new(DAV, "status"))
            .and_then(Element::trimmed_text)
            .unwrap_or_default();
        let code = status
            .split_ascii_whitespace()
            .nth(1)
            .and_then(|code| code.parse::<u16>().ok());
        // 424 is said of those that fell with another.
        if code.is_some_and(|code| code >= 400 && code != 424) {
            let name = part
                .child(Name::new(DAV, "prop"))
                .and_then(|prop| prop.children.first());
            return Ok(Some(
                name.map(|name| name.local.clone()).unwrap_or_default(),
            ));
        }
    }
    Ok(None)
}
