//! Reports, sync and discovery: what is asked, and how odd answers are taken.

use bheem_caldav::{Error, ErrorKind, Protocol, SyncMethod, SyncOutcome, SyncState, Window};
use bheem_http_kit::testing::{Route, misbehaving_peers};
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{BASE, at, client, dav, found, home, multistatus, multistatus_text};

const CALENDAR: &str = "/calendars/u%201@x/personal/";
const EVENT: &str =
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20261121T100000Z\nEND:VEVENT\nEND:VCALENDAR";

fn calendar() -> bheem_caldav::DavPath {
    home().calendar("personal").unwrap()
}

fn window() -> Window {
    Window::new(
        "2026-11-01T00:00:00Z".parse().unwrap(),
        "2026-12-01T00:00:00Z".parse().unwrap(),
    )
}

fn etag(name: &str, etag: &str) -> String {
    found(
        &format!("{CALENDAR}{name}.ics"),
        &format!("<d:getetag>{etag}</d:getetag>"),
    )
}

fn gone(name: &str) -> String {
    format!(
        "<d:response><d:href>{BASE}{CALENDAR}{name}.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
    )
}

fn refused(status: u16, condition: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_string(format!(
        "<d:error xmlns:d=\"DAV:\"><d:{condition}/></d:error>"
    ))
}

async fn sync_answers(server: &MockServer, token: &str, answer: ResponseTemplate) {
    dav("REPORT", CALENDAR)
        .and(body_string_contains(format!(
            "<d:sync-token>{token}</d:sync-token>"
        )))
        .respond_with(answer)
        .expect(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_window_is_asked_for_and_strangers_are_left_out() {
    let server = MockServer::start().await;
    let data = format!("<d:getetag>\"1\"</d:getetag><c:calendar-data>{EVENT}</c:calendar-data>");
    let answer = found(&format!("{CALENDAR}a.ics"), &data)
        + &found("/calendars/other/personal/b.ics", &data);
    dav("REPORT", CALENDAR)
        .and(header("depth", "1"))
        .and(body_string_contains("<c:comp-filter name=\"VEVENT\"><c:time-range start=\"20261101T000000Z\" end=\"20261201T000000Z\"/>"))
        .respond_with(multistatus(&answer))
        .expect(1)
        .mount(&server)
        .await;
    let objects = at(&server)
        .events_between(&calendar(), window())
        .await
        .unwrap();
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].calendar().unwrap().uid().as_deref(), Some("a"));
}

#[tokio::test]
async fn an_answer_cut_short_is_continued() {
    let server = MockServer::start().await;
    let full = format!(
        "<d:response><d:href>{BASE}{CALENDAR}</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"
    );
    let first = etag("a", "1") + &etag("b", "1") + &full + "<d:sync-token>t1</d:sync-token>";
    sync_answers(&server, "", multistatus(&first)).await;
    let second = etag("c", "1") + &gone("a") + "<d:sync-token>t2</d:sync-token>";
    sync_answers(&server, "t1", multistatus(&second)).await;
    let difference = at(&server)
        .sync(&calendar(), &SyncState::default())
        .await
        .unwrap();
    assert_eq!((difference.changed.len(), difference.removed.len()), (2, 1));
    assert_eq!(
        (difference.state.token.as_deref(), difference.method),
        (Some("t2"), SyncMethod::Token)
    );
}

#[tokio::test]
async fn every_way_to_refuse_a_token_leads_to_a_resync() {
    for answer in [
        refused(403, "valid-sync-token"),
        refused(409, "valid-sync-token"),
        refused(412, "valid-sync-token"),
        ResponseTemplate::new(412),
        ResponseTemplate::new(410),
    ] {
        let server = MockServer::start().await;
        sync_answers(&server, "old", answer).await;
        dav("PROPFIND", CALENDAR)
            .respond_with(multistatus(&found(
                CALENDAR,
                "<d:sync-token>t</d:sync-token>",
            )))
            .mount(&server)
            .await;
        let outcome = at(&server)
            .sync_collection(&calendar(), Some("old"))
            .await
            .unwrap();
        assert_eq!(outcome, SyncOutcome::FullResyncNeeded);
    }
}

#[tokio::test]
async fn a_server_without_tokens_is_compared_with() {
    let server = MockServer::start().await;
    dav("REPORT", CALENDAR)
        .respond_with(refused(415, "supported-report"))
        .mount(&server)
        .await;
    let ctag = found(CALENDAR, "<cs:getctag>7</cs:getctag>");
    dav("PROPFIND", CALENDAR)
        .and(header("depth", "0"))
        .respond_with(multistatus(&ctag))
        .expect(2)
        .mount(&server)
        .await;
    dav("PROPFIND", CALENDAR)
        .and(header("depth", "1"))
        .respond_with(multistatus(&etag("a", "1")))
        .expect(1)
        .mount(&server)
        .await;
    let first = at(&server)
        .sync(&calendar(), &SyncState::default())
        .await
        .unwrap();
    assert_eq!(
        (first.changed.len(), first.method),
        (1, SyncMethod::Comparison)
    );
    let second = at(&server).sync(&calendar(), &first.state).await.unwrap();
    assert_eq!(
        (second.changed.len(), second.method),
        (0, SyncMethod::Unchanged)
    );
}

#[tokio::test]
async fn redirects_of_the_well_known_address_stay_on_the_host() {
    for (location, expected) in [
        ("/dav/", Some("/dav/")),
        ("https://elsewhere.example/dav/", None),
    ] {
        let server = MockServer::start().await;
        let redirect = ResponseTemplate::new(301).insert_header("location", location);
        Mock::given(method("PROPFIND"))
            .and(path("/.well-known/carddav"))
            .respond_with(redirect)
            .expect(1)
            .mount(&server)
            .await;
        Mock::given(method("PROPFIND"))
            .and(path("/dav/"))
            .respond_with(multistatus(""))
            .mount(&server)
            .await;
        let located = at(&server).locate(Protocol::CardDav, &[]).await;
        match expected {
            Some(path) => assert_eq!(located.unwrap().path(), path),
            None => assert!(
                matches!(located, Err(Error::Redirect { .. })),
                "{located:?}"
            ),
        }
    }
}

#[tokio::test]
async fn reports_understand_misbehaviour() {
    let target = format!("{BASE}{CALENDAR}");
    let body = multistatus_text(&(etag("a", "1") + "<d:sync-token>t</d:sync-token>"));
    for operation in [
        "query",
        "sync_collection",
        "sync",
        "find_by_uid",
        "todos",
        "search",
        "multiget",
    ] {
        let route = Route {
            method: "REPORT",
            path: &target,
            body: Some(&body),
        };
        misbehaving_peers(route, |peer| async move {
            let client = client(&peer);
            let at = calendar();
            match operation {
                "query" => client.events_between(&at, window()).await.map(drop),
                "sync_collection" => client.sync_collection(&at, None).await.map(drop),
                "sync" => client.sync(&at, &SyncState::default()).await.map(drop),
                "find_by_uid" => client.find_by_uid(&at, "a").await.map(drop),
                "todos" => client.list_todos(&at, true).await.map(drop),
                "search" => client.search_contacts(&at, "a", 1).await.map(drop),
                _ => client
                    .get_objects(&at, &[at.child("a.ics").unwrap()])
                    .await
                    .map(drop),
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_version_that_is_not_told_is_read() {
    let server = MockServer::start().await;
    let target = format!("{CALENDAR}a.ics");
    dav("PUT", &target)
        .and(header("if-match", "\"1\""))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let stored = ResponseTemplate::new(200)
        .insert_header("etag", "\"2\"")
        .set_body_string(EVENT);
    dav("GET", &target)
        .respond_with(stored)
        .expect(1)
        .mount(&server)
        .await;
    let object = bheem_caldav::ICalendar::parse(EVENT.as_bytes()).unwrap();
    let path = calendar().child("a.ics").unwrap();
    let written = at(&server)
        .update_object(&path, "W/\"1\"", &object)
        .await
        .unwrap();
    assert_eq!(
        (written.etag.as_deref(), written.stored.is_some()),
        (Some("\"2\""), true)
    );
}

#[tokio::test]
async fn a_refusal_within_a_multistatus_is_a_refusal() {
    let server = MockServer::start().await;
    let body = format!(
        "<d:response><d:href>{BASE}{CALENDAR}a.ics</d:href><d:status>HTTP/1.1 412 Precondition Failed</d:status>\
         <d:error><c:no-uid-conflict/></d:error></d:response>"
    );
    dav("PUT", &format!("{CALENDAR}a.ics"))
        .respond_with(multistatus(&body))
        .expect(1)
        .mount(&server)
        .await;
    let object = bheem_caldav::ICalendar::parse(EVENT.as_bytes()).unwrap();
    let error = at(&server)
        .create_object(&calendar(), "a", &object)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::UidConflict { .. }) && error.kind() == ErrorKind::Conflict,
        "{error:?}"
    );
}
