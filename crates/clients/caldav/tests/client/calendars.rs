use std::time::Duration;

use bheem_caldav::{Component, CreateCalendar, Created, Deleted, Effect, Error, ErrorKind};
use wiremock::matchers::{body_string, header};
use wiremock::{MockServer, ResponseTemplate};

use crate::{CALENDAR, answer, at, dav, found, home, multistatus};

const HOME: &str = "/calendars/u%201@x/";

fn at_home(slug: &str) -> String {
    format!("{HOME}{slug}/")
}

#[tokio::test]
async fn only_calendars_are_listed() {
    let server = MockServer::start().await;
    let full = format!(
        "{CALENDAR}<d:displayname>Personal</d:displayname><a:calendar-color>#0082C9</a:calendar-color>\
         <cs:getctag>7</cs:getctag><d:sync-token>http://sabre.io/ns/sync/7</d:sync-token>\
         <d:owner><d:href>/p/u</d:href></d:owner><c:supported-calendar-component-set><c:comp name=\"VEVENT\"/>\
         <c:comp name=\"VTODO\"/><c:comp name=\"VX\"/></c:supported-calendar-component-set>"
    );
    let responses = [
        found(HOME, "<d:resourcetype><d:collection/></d:resourcetype>"),
        found(&at_home("personal"), &full),
        found(
            &at_home("inbox"),
            "<d:resourcetype><d:collection/><c:schedule-inbox/></d:resourcetype>",
        ),
        found(
            &at_home("outbox"),
            "<d:resourcetype><d:collection/><c:schedule-outbox/></d:resourcetype>",
        ),
        found(
            &at_home("news"),
            "<d:resourcetype><d:collection/><cs:subscribed/></d:resourcetype>",
        ),
        found(&at_home("team_shared_by_mary"), CALENDAR),
    ];
    dav("PROPFIND", HOME)
        .and(header("depth", "1"))
        .respond_with(multistatus(&responses.concat()))
        .expect(1)
        .mount(&server)
        .await;
    let listed = at(&server).list_calendars(&home()).await.unwrap();
    let [personal, shared] = listed.as_slice() else {
        panic!("{listed:?}")
    };
    assert_eq!(
        (personal.slug.as_str(), shared.slug.as_str()),
        ("personal", "team_shared_by_mary")
    );
    assert_eq!(
        (personal.display_name.as_deref(), personal.color.as_deref()),
        (Some("Personal"), Some("#0082C9"))
    );
    let components = [
        Component::Event,
        Component::Todo,
        Component::Other("VX".to_owned()),
    ];
    assert_eq!(
        (personal.components.as_slice(), personal.owner.as_deref()),
        (components.as_slice(), Some("/p/u"))
    );
    assert_eq!(
        personal.sync_token.as_deref(),
        Some("http://sabre.io/ns/sync/7")
    );
}

#[tokio::test]
async fn find_tells_a_calendar_from_nothing_and_from_something_else() {
    let server = MockServer::start().await;
    let inbox = "<d:resourcetype><d:collection/><c:schedule-inbox/></d:resourcetype>";
    let answers = [
        (
            "personal",
            multistatus(&found(&at_home("personal"), CALENDAR)),
        ),
        ("inbox", multistatus(&found(&at_home("inbox"), inbox))),
        ("gone", ResponseTemplate::new(404)),
    ];
    for (slug, response) in answers {
        answer(&server, "PROPFIND", &at_home(slug), response).await;
    }
    let calendars = at(&server);
    assert_eq!(
        calendars
            .find_calendar(&home(), "personal")
            .await
            .unwrap()
            .unwrap()
            .slug,
        "personal"
    );
    assert!(
        calendars
            .find_calendar(&home(), "inbox")
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        calendars
            .find_calendar(&home(), "gone")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn create_sends_name_colour_and_components() {
    let body = "<?xml version=\"1.0\" encoding=\"utf-8\"?><c:mkcalendar xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
                xmlns:d=\"DAV:\" xmlns:a=\"http://apple.com/ns/ical/\"><d:set><d:prop>\
                <d:displayname>A &amp; B</d:displayname><a:calendar-color>#fff</a:calendar-color>\
                <c:supported-calendar-component-set><c:comp name=\"VEVENT\"/><c:comp name=\"VJOURNAL\"/>\
                </c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>";
    let calendar = CreateCalendar::new("team")
        .display_name("A & B")
        .color("#fff")
        .components([Component::Event, Component::Journal]);
    for (status, created) in [(201, Created::Created), (405, Created::Exists)] {
        let server = MockServer::start().await;
        dav("MKCALENDAR", &at_home("team"))
            .and(header("content-type", "application/xml; charset=utf-8"))
            .and(body_string(body))
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        assert_eq!(
            at(&server)
                .create_calendar(&home(), &calendar)
                .await
                .unwrap(),
            created
        );
    }
}

#[tokio::test]
async fn refusals_to_create_are_told_apart() {
    let taken = r#"<d:error xmlns:d="DAV:"><d:resource-must-be-null/></d:error>"#;
    let server = MockServer::start().await;
    let refusal = ResponseTemplate::new(403).set_body_raw(taken, "application/xml");
    answer(&server, "MKCALENDAR", &at_home("x"), refusal).await;
    assert_eq!(
        at(&server)
            .create_calendar(&home(), &CreateCalendar::new("x"))
            .await
            .unwrap(),
        Created::Exists
    );

    let after = Some(Duration::from_hours(1));
    for (response, kind) in [
        (ResponseTemplate::new(403), ErrorKind::Invalid),
        (ResponseTemplate::new(409), ErrorKind::Conflict),
        (
            ResponseTemplate::new(429).insert_header("retry-after", "3600"),
            ErrorKind::RateLimited { after },
        ),
        (ResponseTemplate::new(507), ErrorKind::Invalid),
    ] {
        let server = MockServer::start().await;
        answer(&server, "MKCALENDAR", &at_home("x"), response).await;
        let error = at(&server)
            .create_calendar(&home(), &CreateCalendar::new("x"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, Effect::Rejected),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn ensure_creates_once_and_tells_what_is_there() {
    let server = MockServer::start().await;
    let target = at_home("personal");
    dav("PROPFIND", &target)
        .respond_with(ResponseTemplate::new(404))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    answer(&server, "MKCALENDAR", &target, ResponseTemplate::new(201)).await;
    dav("PROPFIND", &target)
        .respond_with(multistatus(&found(&target, CALENDAR)))
        .expect(2)
        .mount(&server)
        .await;
    let calendar = CreateCalendar::new("personal");
    for _ in 0..2 {
        let there = at(&server)
            .ensure_calendar(&home(), &calendar)
            .await
            .unwrap();
        assert_eq!(there.slug, "personal");
    }
}

#[tokio::test]
async fn ensure_does_not_mistake_an_inbox_for_a_calendar() {
    let server = MockServer::start().await;
    let target = at_home("inbox");
    let inbox = "<d:resourcetype><d:collection/><c:schedule-inbox/></d:resourcetype>";
    dav("PROPFIND", &target)
        .respond_with(multistatus(&found(&target, inbox)))
        .expect(2)
        .mount(&server)
        .await;
    answer(&server, "MKCALENDAR", &target, ResponseTemplate::new(405)).await;
    let error = at(&server)
        .ensure_calendar(&home(), &CreateCalendar::new("inbox"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotACalendar { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_calendar_is_deleted_once() {
    let path = home().calendar("team").unwrap();
    for (status, deleted) in [(204, Deleted::Removed), (404, Deleted::Absent)] {
        let server = MockServer::start().await;
        answer(
            &server,
            "DELETE",
            &at_home("team"),
            ResponseTemplate::new(status),
        )
        .await;
        assert_eq!(at(&server).delete_calendar(&path).await.unwrap(), deleted);
    }
}

#[tokio::test]
async fn a_slug_cannot_leave_the_home() {
    let server = MockServer::start().await;
    let error = at(&server)
        .create_calendar(&home(), &CreateCalendar::new(".."))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Invalid, Effect::NotSent)
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}
