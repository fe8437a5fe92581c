//! Each operation against each misbehaving peer.

use std::time::Duration;

use bheem_caldav::{
    AddressBookHome, CalendarProperties, Client, CreateCalendar, Created, Effect, Error, ErrorKind,
    Precondition,
};
use bheem_http_kit::testing::{MAX_BODY_BYTES, Peer, Route, misbehaving_peers};
use wiremock::{MockServer, ResponseTemplate};

use crate::{BASE, CALENDAR, answer, at, client, dav, found, home, multistatus, multistatus_text};

#[tokio::test]
async fn reads_understand_misbehaviour() {
    let body = multistatus_text(&found("/calendars/u%201@x/personal/", CALENDAR));
    for (target, operation) in [
        ("/", "discover"),
        ("/calendars/u%201@x/", "list"),
        ("/calendars/u%201@x/personal/", "find"),
        ("/calendars/u%201@x/personal/", "ensure"),
    ] {
        let path = format!("{BASE}{target}");
        misbehaving_peers(
            Route {
                method: "PROPFIND",
                path: &path,
                body: Some(&body),
            },
            |peer| async move {
                let calendars = client(&peer);
                match operation {
                    "discover" => calendars.discover_home().await.map(drop),
                    "list" => calendars.list_calendars(&home()).await.map(drop),
                    "find" => calendars.find_calendar(&home(), "personal").await.map(drop),
                    _ => calendars
                        .ensure_calendar(&home(), &CreateCalendar::new("personal"))
                        .await
                        .map(drop),
                }
            },
        )
        .await;
    }
}

#[tokio::test]
async fn events_and_deletion_understand_misbehaviour() {
    for (method, target) in [
        ("PUT", "a.ics"),
        ("GET", "a.ics"),
        ("DELETE", "a.ics"),
        ("DELETE", ""),
    ] {
        let path = format!("{BASE}/calendars/u%201@x/personal/{target}");
        misbehaving_peers(
            Route {
                method,
                path: &path,
                body: None,
            },
            |peer| async move {
                let calendars = client(&peer);
                let calendar = home().calendar("personal").unwrap();
                match (method, target) {
                    ("PUT", _) => calendars
                        .put_event(&calendar, "a", "x", &Precondition::Absent)
                        .await
                        .map(drop),
                    ("GET", _) => calendars.find_event(&calendar, "a").await.map(drop),
                    ("DELETE", "") => calendars.delete_calendar(&calendar).await.map(drop),
                    _ => calendars.delete_event(&calendar, "a", None).await.map(drop),
                }
            },
        )
        .await;
    }
}

/// What is made and changed, and not by PUT.
#[derive(Clone, Copy, Debug)]
enum Change {
    CreateCalendar,
    CreateAddressBook,
    UpdateCalendar,
    UpdateAddressBook,
}

impl Change {
    const ALL: [Self; 4] = [
        Self::CreateCalendar,
        Self::CreateAddressBook,
        Self::UpdateCalendar,
        Self::UpdateAddressBook,
    ];

    fn is_creation(self) -> bool {
        matches!(self, Self::CreateCalendar | Self::CreateAddressBook)
    }

    /// The request, and what a healthy server answers.
    fn exchange(self) -> (&'static str, &'static str, ResponseTemplate) {
        let calendar = "/calendars/u%201@x/a/";
        let book = "/addressbooks/users/u%201@x/a/";
        let done = |target| multistatus(&found(target, "<d:displayname/>"));
        match self {
            Self::CreateCalendar => ("MKCALENDAR", calendar, ResponseTemplate::new(201)),
            Self::CreateAddressBook => ("MKCOL", book, ResponseTemplate::new(201)),
            Self::UpdateCalendar => ("PROPPATCH", calendar, done(calendar)),
            Self::UpdateAddressBook => ("PROPPATCH", book, done(book)),
        }
    }

    async fn run(self, client: &Client) -> Result<(), Error> {
        let books = AddressBookHome::nextcloud("u 1@x").unwrap();
        match self {
            Self::CreateCalendar => {
                let (home, calendar) = (home(), CreateCalendar::new("a"));
                let made = client.create_calendar(&home, &calendar).await?;
                assert_eq!(made, Created::Created);
                Ok(())
            }
            Self::CreateAddressBook => {
                let made = client.create_address_book(&books, "a", "A").await?;
                assert_eq!(made, Created::Created);
                Ok(())
            }
            Self::UpdateCalendar => {
                let path = home().calendar("a").unwrap();
                let properties = CalendarProperties::new().display_name("A");
                client.update_calendar(&path, &properties).await
            }
            Self::UpdateAddressBook => {
                let path = books.address_book("a").unwrap();
                client.update_address_book(&path, "A", "").await
            }
        }
    }

    /// One request, answered so.
    async fn with(self, response: ResponseTemplate) -> Result<(), Error> {
        let server = MockServer::start().await;
        let (verb, target, _) = self.exchange();
        answer(&server, verb, target, response).await;
        self.run(&at(&server)).await
    }
}

#[tokio::test]
async fn changes_of_collections_succeed() {
    for change in Change::ALL {
        let (_, _, healthy) = change.exchange();
        change.with(healthy).await.unwrap();
    }
    // Without a word nothing was refused, either (RFC 8144, section 2.3).
    for change in [Change::UpdateCalendar, Change::UpdateAddressBook] {
        change.with(ResponseTemplate::new(200)).await.unwrap();
    }
}

#[tokio::test]
async fn changes_of_collections_understand_misbehaviour() {
    use Effect::{Rejected, Unknown};
    use ErrorKind::{Conflict, Invalid, NotFound, Protocol, Unauthorized, Unavailable};
    let after = Some(Duration::from_secs(7));
    let html = "<html><body>Something else lives here</body></html>";
    for change in Change::ALL {
        let (_, target, _) = change.exchange();
        let half = multistatus_text(&found(target, "<d:displayname/>"));
        let half: String = half.chars().take(half.len() / 2).collect();
        // A refusal to make one more means that there are as many as allowed.
        let forbidden = if change.is_creation() {
            Invalid
        } else {
            Unauthorized
        };
        for (response, kind, effect) in [
            (ResponseTemplate::new(401), Unauthorized, Rejected),
            (ResponseTemplate::new(403), forbidden, Rejected),
            (ResponseTemplate::new(404), NotFound, Rejected),
            (ResponseTemplate::new(409), Conflict, Rejected),
            (
                ResponseTemplate::new(429).insert_header("retry-after", "7"),
                ErrorKind::RateLimited { after },
                Rejected,
            ),
            (ResponseTemplate::new(500), Unavailable, Unknown),
            (
                ResponseTemplate::new(503).set_body_string(html),
                Unavailable,
                Unknown,
            ),
            (
                ResponseTemplate::new(200).set_body_raw(html, "text/html"),
                Protocol,
                Unknown,
            ),
            (
                ResponseTemplate::new(207).set_body_raw(html, "text/html"),
                Protocol,
                Unknown,
            ),
            (
                ResponseTemplate::new(207).set_body_string(half),
                Protocol,
                Unknown,
            ),
            (
                ResponseTemplate::new(207).set_body_string(" ".repeat(MAX_BODY_BYTES + 1)),
                Protocol,
                Unknown,
            ),
        ] {
            let about = format!("{change:?} {response:?}");
            let error = change.with(response).await.expect_err(&about);
            assert_eq!(
                (error.kind(), error.effect()),
                (kind, effect),
                "{about}: {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn changes_of_collections_are_given_up_when_nobody_answers() {
    for change in Change::ALL {
        let server = MockServer::start().await;
        let (verb, target, healthy) = change.exchange();
        dav(verb, target)
            .respond_with(healthy.set_delay(Duration::from_mins(10)))
            .mount(&server)
            .await;
        let impatient = Peer {
            url: server.uri(),
            timeout: Duration::from_millis(150),
            max_body_bytes: MAX_BODY_BYTES,
        };
        let error = change.run(&client(&impatient)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Timeout, Effect::Unknown),
            "{change:?}"
        );
    }
}
