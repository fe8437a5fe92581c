//! Finding the server, the principal and its homes (RFC 6764, RFC 4791, RFC 6352, RFC 6638).

use bheem_http_kit::{EncodedPath, Url};
use bheem_webdav::{DAV, DavPath, Depth, Name, PropertyResponse};

use crate::client::{hrefs, method};
use crate::{AddressBookHome, CALDAV, CARDDAV, CalendarHome, Client, Error};

const CURRENT_USER_PRINCIPAL: Name = Name::new(DAV, "current-user-principal");
const DISPLAY_NAME: Name = Name::new(DAV, "displayname");
const CALENDAR_HOME: Name = Name::new(CALDAV, "calendar-home-set");
const ADDRESS_BOOK_HOME: Name = Name::new(CARDDAV, "addressbook-home-set");
const ADDRESSES: Name = Name::new(CALDAV, "calendar-user-address-set");
const INBOX: Name = Name::new(CALDAV, "schedule-inbox-URL");
const OUTBOX: Name = Name::new(CALDAV, "schedule-outbox-URL");
const PRINCIPAL: [Name; 6] = [
    DISPLAY_NAME,
    CALENDAR_HOME,
    ADDRESS_BOOK_HOME,
    ADDRESSES,
    INBOX,
    OUTBOX,
];
const MAX_HOPS: usize = 5;

/// What to look for at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Calendars.
    CalDav,
    /// Contacts.
    CardDav,
}

/// Who we are on a server, and where our things are. What a server does not offer is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Principal {
    /// Its path.
    pub path: DavPath,
    /// Its name for people.
    pub display_name: Option<String>,
    /// Where the calendars are.
    pub calendar_home: Option<CalendarHome>,
    /// Where the address books are.
    pub address_book_home: Option<AddressBookHome>,
    /// The addresses events know us by, as `mailto:…` and others.
    pub addresses: Vec<String>,
    /// Where invitations arrive.
    pub inbox: Option<DavPath>,
    /// Where to ask who is free.
    pub outbox: Option<DavPath>,
}

impl Principal {
    /// The first mail address events know us by.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.addresses.iter().find_map(|address| {
            let scheme = address.get(..7)?;
            scheme
                .eq_ignore_ascii_case("mailto:")
                .then(|| address.get(7..))?
        })
    }

    fn read(path: DavPath, response: Option<&PropertyResponse>) -> Self {
        let href = |name| {
            let href = hrefs(response.and_then(|response| response.property(name))).next()?;
            DavPath::from_href(href).ok()
        };
        let addresses = hrefs(response.and_then(|response| response.property(ADDRESSES)));
        Self {
            path,
            display_name: response
                .and_then(|response| response.text(DISPLAY_NAME))
                .map(str::to_owned),
            calendar_home: href(CALENDAR_HOME).map(|path| CalendarHome::at(&path)),
            address_book_home: href(ADDRESS_BOOK_HOME).map(|path| AddressBookHome::at(&path)),
            addresses: addresses.map(str::to_owned).collect(),
            inbox: href(INBOX).map(|path| path.as_collection()),
            outbox: href(OUTBOX).map(|path| path.as_collection()),
        }
    }
}

impl Client {
    /// Finds the base URL of a protocol on the host of this client, by way of `/.well-known/` (RFC 6764, section 5).
    /// Redirects on the same host are followed. One to another host ends the search, and is answered only if that
    /// host is in `allowed`: it is for the caller to send credentials there. TLS is never given up.
    ///
    /// # Errors
    /// [`Error::Redirect`] if a redirect leads somewhere else, [`Error::Discovery`] if there are too many, or the
    /// server does not know the address.
    pub async fn locate(&self, protocol: Protocol, allowed: &[&str]) -> Result<Url, Error> {
        const OPERATION: &str = "locate";
        let first = match protocol {
            Protocol::CalDav => "/.well-known/caldav",
            Protocol::CardDav => "/.well-known/carddav",
        };
        let missing = Error::Discovery {
            operation: OPERATION,
            property: "well-known address",
        };
        let work = async {
            let mut at = self.http().base_url().clone();
            at.set_path(first);
            for _ in 0..MAX_HOPS {
                let path = EncodedPath::absolute(at.path())
                    .map_err(|error| Error::path(OPERATION, error))?;
                let request = self
                    .http()
                    .request_path(OPERATION, method("PROPFIND"), &path);
                let body = bheem_webdav::propfind_body(&[CURRENT_USER_PRINCIPAL]);
                let request = request.header(bheem_http_kit::HeaderName::from_static("depth"), "0");
                let request = request.bytes("application/xml; charset=utf-8", body);
                let answer = request.send().await.map_err(bheem_webdav::Error::from)?;
                match answer.status().as_u16() {
                    301 | 302 | 303 | 307 | 308 => {
                        let target = answer
                            .header("location")
                            .and_then(|target| at.join(target).ok())
                            .ok_or(missing_location())?;
                        match judge(&at, &target, allowed) {
                            Verdict::Follow => at = without_query(target),
                            Verdict::Elsewhere => return Ok(without_query(target)),
                            Verdict::Refuse => {
                                return Err(Error::Redirect {
                                    operation: OPERATION,
                                });
                            }
                        }
                    }
                    // Some servers answer at the well-known address itself, some want a body or credentials there.
                    200..=299 | 401 | 403 => return Ok(at),
                    404 | 405 | 410 => return Err(missing),
                    _ => return Err(bheem_webdav::Error::from(answer.to_error()).into()),
                }
            }
            Err(missing)
        };
        self.http().observe(OPERATION, work).await
    }

    /// Tells who we are and where our things are: base URL, then principal (RFC 6764, section 6).
    ///
    /// # Errors
    /// [`Error::Discovery`] if the server names no principal.
    pub async fn discover(&self) -> Result<Principal, Error> {
        const OPERATION: &str = "discover";
        self.http()
            .observe(OPERATION, self.principal(OPERATION))
            .await
    }

    /// Finds the calendar home of the user we act as.
    ///
    /// # Errors
    /// [`Error::Discovery`] if the server does not lead there.
    pub async fn discover_home(&self) -> Result<CalendarHome, Error> {
        const OPERATION: &str = "discover_home";
        let work = async {
            let home = self.principal(OPERATION).await?.calendar_home;
            home.ok_or(Error::Discovery {
                operation: OPERATION,
                property: "calendar-home-set",
            })
        };
        self.http().observe(OPERATION, work).await
    }

    /// Finds the address book home of the user we act as.
    ///
    /// # Errors
    /// [`Error::Discovery`] if the server does not lead there.
    pub async fn discover_address_book_home(&self) -> Result<AddressBookHome, Error> {
        const OPERATION: &str = "discover_address_book_home";
        let work = async {
            let home = self.principal(OPERATION).await?.address_book_home;
            home.ok_or(Error::Discovery {
                operation: OPERATION,
                property: "addressbook-home-set",
            })
        };
        self.http().observe(OPERATION, work).await
    }

    async fn principal(&self, operation: &'static str) -> Result<Principal, Error> {
        let root = DavPath::root().as_collection();
        let answer = self
            .propfind(operation, &root, Depth::Zero, &[CURRENT_USER_PRINCIPAL])
            .await?;
        let href = answer
            .responses
            .iter()
            .find_map(|response| response.href(CURRENT_USER_PRINCIPAL));
        let href = href.ok_or(Error::Discovery {
            operation,
            property: "current-user-principal",
        })?;
        let path = DavPath::from_href(href).map_err(|error| Error::path(operation, error))?;
        let answer = self
            .propfind(operation, &path, Depth::Zero, &PRINCIPAL)
            .await?;
        Ok(Principal::read(path, answer.responses.first()))
    }
}

fn missing_location() -> Error {
    Error::Discovery {
        operation: "locate",
        property: "location of a redirect",
    }
}

fn without_query(mut url: Url) -> Url {
    url.set_query(None);
    url.set_fragment(None);
    url
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Follow,
    Elsewhere,
    Refuse,
}

fn judge(from: &Url, to: &Url, allowed: &[&str]) -> Verdict {
    let keeps_tls = to.scheme() == "https" || (to.scheme() == "http" && from.scheme() == "http");
    let has_secrets = !to.username().is_empty() || to.password().is_some();
    if !keeps_tls || has_secrets {
        return Verdict::Refuse;
    }
    let is_same = to.host_str() == from.host_str()
        && to.port_or_known_default() == from.port_or_known_default();
    // The same host, by now with TLS, is another address to connect to all the same.
    let is_upgrade = to.host_str() == from.host_str()
        && to.scheme() != from.scheme()
        && to.port().is_none()
        && from.port().is_none();
    let is_allowed = to
        .host_str()
        .is_some_and(|host| allowed.iter().any(|one| one.eq_ignore_ascii_case(host)));
    match (
        is_same && to.scheme() == from.scheme(),
        is_upgrade || is_allowed,
    ) {
        (true, _) => Verdict::Follow,
        (false, true) => Verdict::Elsewhere,
        (false, false) => Verdict::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_the_host_and_keep_tls() {
        let verdict = |from: &str, to: &str| {
            judge(
                &from.parse().unwrap(),
                &to.parse().unwrap(),
                &["dav.example"],
            )
        };
        for (from, to, expected) in [
            (
                "https://a.example/",
                "https://a.example/dav/",
                Verdict::Follow,
            ),
            (
                "https://a.example/",
                "http://a.example/dav/",
                Verdict::Refuse,
            ),
            (
                "https://a.example/",
                "https://b.example/dav/",
                Verdict::Refuse,
            ),
            (
                "https://a.example/",
                "https://dav.example/",
                Verdict::Elsewhere,
            ),
            ("https://a.example/", "http://dav.example/", Verdict::Refuse),
            (
                "https://a.example/",
                "https://a.example:8443/",
                Verdict::Refuse,
            ),
            (
                "https://a.example/",
                "https://u:p@a.example/",
                Verdict::Refuse,
            ),
            (
                "http://a.example/",
                "https://a.example/",
                Verdict::Elsewhere,
            ),
            (
                "http://a.example:81/",
                "https://a.example:82/",
                Verdict::Refuse,
            ),
            ("https://a.example/", "ftp://a.example/", Verdict::Refuse),
        ] {
            assert_eq!(verdict(from, to), expected, "{from} {to}");
        }
    }
}
