//! The client, discovery, and the operations on calendars.

use bheem_http_kit::HttpClient;
use bheem_webdav::{
    Auth, BuildError, ClientBuilder, Created, DAV, DavPath, Deleted, Depth, Method, Name,
    propfind_body,
};

use crate::calendar::PROPERTIES;
use crate::{CALDAV, Calendar, CalendarHome, CreateCalendar, Error};

const CURRENT_USER_PRINCIPAL: Name = Name::new(DAV, "current-user-principal");
const CALENDAR_HOME_SET: Name = Name::new(CALDAV, "calendar-home-set");

/// A client of one CalDAV server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) dav: bheem_webdav::Client,
}

impl Client {
    /// Begins a client for the server at `base_url`; on Nextcloud `https://…/remote.php/dav`.
    pub fn builder(base_url: impl Into<String>, auth: Auth) -> ClientBuilder<Self> {
        let finish = |http: HttpClient| Self {
            dav: bheem_webdav::Client::from_http(http),
        };
        ClientBuilder::new("caldav", base_url, auth, finish)
    }

    /// The same client acting as somebody else, on the same connections.
    ///
    /// # Errors
    /// If the credentials cannot be sent in a header.
    pub fn with_auth(&self, auth: &Auth) -> Result<Self, BuildError> {
        Ok(Self {
            dav: self.dav.with_auth(auth)?,
        })
    }

    /// Finds the calendar home of the user we act as: base URL, principal, home (RFC 6764, section 6).
    ///
    /// # Errors
    /// [`Error::Discovery`] if the server does not lead there.
    pub async fn discover_home(&self) -> Result<CalendarHome, Error> {
        const OPERATION: &str = "discover_home";
        let work = async {
            let root = DavPath::root().as_collection();
            let principal = self
                .follow(OPERATION, &root, CURRENT_USER_PRINCIPAL)
                .await?;
            let home = self
                .follow(OPERATION, &principal, CALENDAR_HOME_SET)
                .await?;
            Ok(CalendarHome::at(&home))
        };
        self.dav.http().observe(OPERATION, work).await
    }

    /// The calendars in a home, shared ones included; no inboxes, outboxes, subscriptions or trash bins.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn list_calendars(&self, home: &CalendarHome) -> Result<Vec<Calendar>, Error> {
        const OPERATION: &str = "list_calendars";
        self.dav
            .http()
            .observe(OPERATION, self.read(OPERATION, &home.0, Depth::One))
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
        self.dav
            .http()
            .observe(OPERATION, self.look_up(OPERATION, home, slug))
            .await
    }

    /// Creates a calendar (MKCALENDAR). The natural key is its name in the home. [`Created::Exists`] says that the
    /// name is taken, not by what: see [`Client::ensure_calendar`].
    ///
    /// # Errors
    /// [`Error::Limit`] if the user has as many as allowed, kind `RateLimited` if they come too fast.
    pub async fn create_calendar(
        &self,
        home: &CalendarHome,
        calendar: &CreateCalendar,
    ) -> Result<Created, Error> {
        const OPERATION: &str = "create_calendar";
        self.dav
            .http()
            .observe(OPERATION, self.make(OPERATION, home, calendar))
            .await
    }

    /// Creates a calendar unless it is there, and tells what is there.
    ///
    /// # Errors
    /// As for [`Client::create_calendar`], and [`Error::NotACalendar`] if the name is taken by something else.
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
            let found = self.look_up(OPERATION, home, &calendar.slug).await?;
            found.ok_or(Error::NotACalendar {
                operation: OPERATION,
            })
        };
        self.dav.http().observe(OPERATION, work).await
    }

    /// Deletes a calendar and all in it. Nextcloud keeps it in a trash bin for a while.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn delete_calendar(&self, path: &DavPath) -> Result<Deleted, Error> {
        Ok(self.dav.delete(&path.as_collection(), None).await?)
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
        let request = self
            .dav
            .request(operation, method("MKCALENDAR"), &path)
            .bytes("application/xml; charset=utf-8", calendar.body());
        match bheem_webdav::Client::exchange(request).await {
            Ok(answer) if answer.status().as_u16() == 207 => {
                Err(bheem_webdav::Error::Partial { operation }.into())
            }
            Ok(_) => Ok(Created::Created),
            Err(bheem_webdav::Error::MethodNotAllowed { .. }) => Ok(Created::Exists),
            // Sabre says the same with 403 or 409 and this condition (RFC 4791, section 5.3.1.2).
            Err(error) if error.condition() == Some("resource-must-be-null") => Ok(Created::Exists),
            Err(bheem_webdav::Error::Forbidden { .. }) => Err(Error::Limit { operation }),
            Err(error) => Err(error.into()),
        }
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
        match self.read(operation, &path, Depth::Zero).await {
            Ok(found) => Ok(found.into_iter().next()),
            Err(Error::Dav(bheem_webdav::Error::NotFound { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn read(
        &self,
        operation: &'static str,
        path: &DavPath,
        depth: Depth,
    ) -> Result<Vec<Calendar>, Error> {
        let body = propfind_body(&PROPERTIES);
        let answer = self
            .dav
            .multistatus(operation, method("PROPFIND"), path, depth, body)
            .await?;
        Ok(answer
            .responses
            .into_iter()
            .filter_map(Calendar::read)
            .collect())
    }

    /// The path a property of the resource at `path` points to.
    async fn follow(
        &self,
        operation: &'static str,
        path: &DavPath,
        property: Name,
    ) -> Result<DavPath, Error> {
        let body = propfind_body(&[property]);
        let answer = self
            .dav
            .multistatus(operation, method("PROPFIND"), path, Depth::Zero, body)
            .await?;
        let href = answer
            .responses
            .iter()
            .find_map(|response| response.href(property));
        let href = href.ok_or(Error::Discovery {
            operation,
            property: property.local,
        })?;
        DavPath::from_href(href).map_err(|error| Error::path(operation, error))
    }
}

/// A method that HTTP itself does not know.
#[expect(
    clippy::expect_used,
    reason = "the names are constants and valid tokens"
)]
fn method(name: &'static str) -> Method {
    Method::from_bytes(name.as_bytes()).expect("a valid token")
}
