//! Each operation against each misbehaving peer.

use std::time::Duration;

use bheem_caldav::{CreateCalendar, Effect, ErrorKind, Precondition};
use bheem_http_kit::testing::{Peer, Route, misbehaving_peers};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{BASE, CALENDAR, answer, at, client, found, home, multistatus_text};

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

#[tokio::test]
async fn creating_understands_misbehaviour() {
    // A refusal with 403 means the limit of calendars here, so that one is not among these.
    for (status, kind) in [
        (401, ErrorKind::Unauthorized),
        (500, ErrorKind::Unavailable),
        (503, ErrorKind::Unavailable),
    ] {
        let server = MockServer::start().await;
        answer(
            &server,
            "MKCALENDAR",
            "/calendars/u%201@x/a/",
            ResponseTemplate::new(status),
        )
        .await;
        let error = at(&server)
            .create_calendar(&home(), &CreateCalendar::new("a"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind);
    }
    let server = MockServer::start().await;
    let never = ResponseTemplate::new(201).set_delay(Duration::from_mins(10));
    Mock::given(method("MKCALENDAR"))
        .respond_with(never)
        .mount(&server)
        .await;
    let impatient = Peer {
        url: server.uri(),
        timeout: Duration::from_millis(150),
        max_body_bytes: 1024,
    };
    let error = client(&impatient)
        .create_calendar(&home(), &CreateCalendar::new("a"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Timeout, Effect::Unknown)
    );
}
