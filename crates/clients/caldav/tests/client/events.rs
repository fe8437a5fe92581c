use bheem_caldav::{DavPath, Deleted, Error, ErrorKind, Precondition};
use wiremock::matchers::{body_string, header};
use wiremock::{MockServer, ResponseTemplate};

use crate::{answer, at, dav, home};

const EVENT: &str = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
const TARGET: &str = "/calendars/u%201@x/personal/kick%20off.ics";

fn calendar() -> DavPath {
    home().calendar("personal").unwrap()
}

#[tokio::test]
async fn an_event_is_written_with_its_precondition() {
    for (precondition, name, value, status) in [
        (Precondition::Absent, "if-none-match", "*", 201),
        (
            Precondition::Etag("\"e1\"".to_owned()),
            "if-match",
            "\"e1\"",
            204,
        ),
    ] {
        let server = MockServer::start().await;
        dav("PUT", TARGET)
            .and(header(name, value))
            .and(header("content-type", "text/calendar; charset=utf-8"))
            .and(body_string(EVENT))
            .respond_with(ResponseTemplate::new(status).insert_header("etag", "\"e2\""))
            .expect(1)
            .mount(&server)
            .await;
        let put = at(&server)
            .put_event(&calendar(), "kick off", EVENT, &precondition)
            .await
            .unwrap();
        assert_eq!(
            (put.is_new, put.etag.as_deref()),
            (status == 201, Some("\"e2\""))
        );
    }
}

#[tokio::test]
async fn refusals_to_write_are_told_apart() {
    let condition = |name| {
        format!(
            r#"<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:{name}/></d:error>"#
        )
    };
    for (status, body, kind) in [
        (412, String::new(), ErrorKind::Conflict),
        (400, condition("no-uid-conflict"), ErrorKind::Conflict),
        (403, condition("no-uid-conflict"), ErrorKind::Conflict),
        (
            415,
            condition("supported-calendar-data"),
            ErrorKind::Invalid,
        ),
        (403, condition("valid-calendar-data"), ErrorKind::Invalid),
        (423, String::new(), ErrorKind::Conflict),
        (404, String::new(), ErrorKind::NotFound),
    ] {
        let server = MockServer::start().await;
        answer(
            &server,
            "PUT",
            TARGET,
            ResponseTemplate::new(status).set_body_string(body),
        )
        .await;
        let error = at(&server)
            .put_event(&calendar(), "kick off", EVENT, &Precondition::Absent)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {error:?}");
        let is_named = matches!(error, Error::UidConflict { .. } | Error::InvalidData { .. });
        assert_eq!(is_named, matches!(status, 400 | 403 | 415), "{error:?}");
    }
}

#[tokio::test]
async fn an_event_is_read_or_absent() {
    let server = MockServer::start().await;
    let stored = ResponseTemplate::new(200)
        .insert_header("etag", "\"e\"")
        .set_body_string(EVENT);
    answer(&server, "GET", TARGET, stored).await;
    answer(
        &server,
        "GET",
        "/calendars/u%201@x/personal/gone.ics",
        ResponseTemplate::new(404),
    )
    .await;
    let event = at(&server)
        .find_event(&calendar(), "kick off")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (event.etag.as_deref(), event.text.as_ref()),
        (Some("\"e\""), EVENT.as_bytes())
    );
    assert!(
        at(&server)
            .find_event(&calendar(), "gone")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn an_event_is_deleted_once_and_only_in_the_known_version() {
    let server = MockServer::start().await;
    dav("DELETE", TARGET)
        .and(header("if-match", "\"e\""))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    answer(
        &server,
        "DELETE",
        "/calendars/u%201@x/personal/gone.ics",
        ResponseTemplate::new(404),
    )
    .await;
    answer(
        &server,
        "DELETE",
        "/calendars/u%201@x/personal/changed.ics",
        ResponseTemplate::new(412),
    )
    .await;
    // That it is gone would be said with 412 as well, so it is looked at.
    let changed = ResponseTemplate::new(200).set_body_string(EVENT);
    answer(
        &server,
        "GET",
        "/calendars/u%201@x/personal/changed.ics",
        changed,
    )
    .await;
    let calendars = at(&server);
    assert_eq!(
        calendars
            .delete_event(&calendar(), "kick off", Some("\"e\""))
            .await
            .unwrap(),
        Deleted::Removed
    );
    assert_eq!(
        calendars
            .delete_event(&calendar(), "gone", None)
            .await
            .unwrap(),
        Deleted::Absent
    );
    let error = calendars
        .delete_event(&calendar(), "changed", Some("\"e\""))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}
