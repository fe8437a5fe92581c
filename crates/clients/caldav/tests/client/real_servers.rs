//! What real servers answer, and what it means; most of it read off Nextcloud 32.

use bheem_caldav::{
    CreateCalendar, DavPath, Deleted, Error, ErrorKind, ICalendar, LeftOutReason, Listed, Restored,
    StoredObject, SyncMethod, SyncOutcome, SyncState, Window,
};
use bheem_http_kit::Created;
use futures::TryStreamExt as _;
use wiremock::matchers::{body_string_contains, header};
use wiremock::{MockServer, ResponseTemplate};

use crate::{BASE, answer, at, dav, found, home, multistatus};

const HOME: &str = "/calendars/u%201@x/";
const CALENDAR: &str = "/calendars/u%201@x/personal/";
const EVENT: &str =
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20261121T100000Z\nEND:VEVENT\nEND:VCALENDAR";
const DELETED: &str = "<d:resourcetype><d:collection/><c:calendar/><n:deleted-calendar xmlns:n=\"http://nextcloud.org/ns\"/>\
                       </d:resourcetype><d:displayname>Mine</d:displayname>\
                       <n:deleted-at xmlns:n=\"http://nextcloud.org/ns\">2026-11-21T09:00:00+00:00</n:deleted-at>";

fn calendar() -> DavPath {
    home().calendar("personal").unwrap()
}

fn window() -> Window {
    Window::new(
        "2026-11-01T00:00:00Z".parse().unwrap(),
        "2026-12-01T00:00:00Z".parse().unwrap(),
    )
}

/// A calendar that was deleted stays at its URL.
#[tokio::test]
async fn a_deleted_calendar_is_recognised_restored_and_deleted_for_good() {
    let server = MockServer::start().await;
    let gone = found(CALENDAR, DELETED);
    dav("PROPFIND", CALENDAR)
        .respond_with(multistatus(&gone))
        .mount(&server)
        .await;
    let all = found(HOME, "<d:resourcetype><d:collection/></d:resourcetype>") + &gone;
    dav("PROPFIND", HOME)
        .respond_with(multistatus(&all))
        .mount(&server)
        .await;
    dav("MKCALENDAR", CALENDAR)
        .respond_with(ResponseTemplate::new(405))
        .expect(2)
        .mount(&server)
        .await;
    let calendars = at(&server);
    assert_eq!(
        calendars.find_calendar(&home(), "personal").await.unwrap(),
        None
    );
    assert!(calendars.list_calendars(&home()).await.unwrap().is_empty());
    let new = CreateCalendar::new("personal");
    assert_eq!(
        calendars.create_calendar(&home(), &new).await.unwrap(),
        Created::Exists
    );
    let error = calendars.ensure_calendar(&home(), &new).await.unwrap_err();
    assert!(
        matches!(error, Error::InTrash { .. }) && error.kind() == ErrorKind::Conflict,
        "{error:?}"
    );
    let listed = calendars.list_objects(&calendar()).await.unwrap_err();
    assert_eq!(
        listed.kind(),
        ErrorKind::NotFound,
        "listing it would succeed"
    );
    let deleted = calendars
        .find_deleted_calendar(&home(), "personal")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (deleted.slug.as_str(), deleted.display_name.as_deref()),
        ("personal", Some("Mine"))
    );
    assert_eq!(
        deleted.deleted_at,
        Some("2026-11-21T09:00:00Z".parse().unwrap())
    );
    assert_eq!(
        calendars
            .list_deleted_calendars(&home())
            .await
            .unwrap()
            .as_slice(),
        [deleted]
    );

    let destination = format!("{}{BASE}{HOME}trashbin/restore/file", server.uri());
    dav("MOVE", CALENDAR)
        .and(header("destination", destination.as_str()))
        .respond_with(ResponseTemplate::new(201))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        calendars
            .restore_calendar(&home(), "personal")
            .await
            .unwrap(),
        Restored::Restored
    );
    dav("DELETE", CALENDAR)
        .and(header("x-nc-caldav-no-trashbin", "1"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        calendars.purge_calendar(&calendar()).await.unwrap(),
        Deleted::Removed
    );
}

#[tokio::test]
async fn what_was_not_deleted_is_not_restored() {
    let server = MockServer::start().await;
    let there = found(
        CALENDAR,
        "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>",
    );
    dav("PROPFIND", CALENDAR)
        .respond_with(multistatus(&there))
        .mount(&server)
        .await;
    let calendars = at(&server);
    assert_eq!(
        calendars
            .restore_calendar(&home(), "personal")
            .await
            .unwrap(),
        Restored::Absent
    );
    assert_eq!(
        calendars
            .find_deleted_calendar(&home(), "other")
            .await
            .unwrap(),
        None
    );
    answer(
        &server,
        "DELETE",
        "/calendars/u%201@x/other/",
        ResponseTemplate::new(404),
    )
    .await;
    let other = home().calendar("other").unwrap();
    assert_eq!(
        calendars.purge_calendar(&other).await.unwrap(),
        Deleted::Absent
    );
}

/// After a restore the server has no memory of what it told: it answers no changes and its own lower token.
#[tokio::test]
async fn a_token_that_shrinks_leads_to_a_resync() {
    let server = MockServer::start().await;
    let token = |number: u32| format!("http://sabre.io/ns/sync/{number}");
    let report = |token: &str| {
        dav("REPORT", CALENDAR).and(body_string_contains(format!(
            "<d:sync-token>{token}</d:sync-token>"
        )))
    };
    let none = format!("<d:sync-token>{}</d:sync-token>", token(7));
    report(&token(12))
        .respond_with(multistatus(&none))
        .expect(2)
        .mount(&server)
        .await;
    let all = found(&format!("{CALENDAR}a.ics"), "<d:getetag>\"2\"</d:getetag>") + &none;
    report("")
        .respond_with(multistatus(&all))
        .expect(1)
        .mount(&server)
        .await;
    let outcome = at(&server)
        .sync_collection(&calendar(), Some(&token(12)))
        .await
        .unwrap();
    assert_eq!(outcome, SyncOutcome::FullResyncNeeded);
    let mut known = SyncState::default();
    known.token = Some(token(12));
    known.etags = [("a", "\"1\""), ("lost", "\"1\"")]
        .map(|(name, etag)| (format!("{BASE}{CALENDAR}{name}.ics"), etag.to_owned()))
        .into();
    let difference = at(&server).sync(&calendar(), &known).await.unwrap();
    assert_eq!(
        (
            difference.changed.len(),
            difference.removed.len(),
            difference.method
        ),
        (1, 1, SyncMethod::Resync)
    );
    assert_eq!(difference.state.token, Some(token(7)));
}

#[tokio::test]
async fn a_garbage_token_leads_to_a_resync() {
    for condition in ["<d:valid-sync-token/>", ""] {
        let server = MockServer::start().await;
        let refused = format!("<d:error xmlns:d=\"DAV:\">{condition}</d:error>");
        answer(
            &server,
            "REPORT",
            CALENDAR,
            ResponseTemplate::new(403).set_body_string(refused),
        )
        .await;
        let there = found(
            CALENDAR,
            "<d:sync-token>http://sabre.io/ns/sync/7</d:sync-token>",
        );
        dav("PROPFIND", CALENDAR)
            .respond_with(multistatus(&there))
            .mount(&server)
            .await;
        let outcome = at(&server)
            .sync_collection(&calendar(), Some("garbage"))
            .await
            .unwrap();
        assert_eq!(outcome, SyncOutcome::FullResyncNeeded, "{condition}");
    }
}

/// A UID that is taken is refused with 400 and no condition.
#[tokio::test]
async fn a_plain_refusal_is_looked_into() {
    let refused = ResponseTemplate::new(400).set_body_string("<d:error xmlns:d=\"DAV:\"/>");
    for (other, is_conflict) in [("other", true), ("new", false)] {
        let server = MockServer::start().await;
        answer(
            &server,
            "PUT",
            &format!("{CALENDAR}new.ics"),
            refused.clone(),
        )
        .await;
        let data =
            format!("<d:getetag>\"1\"</d:getetag><c:calendar-data>{EVENT}</c:calendar-data>");
        let there = found(&format!("{CALENDAR}{other}.ics"), &data);
        dav("REPORT", CALENDAR)
            .and(body_string_contains(">a</c:text-match>"))
            .respond_with(multistatus(&there))
            .mount(&server)
            .await;
        let object = ICalendar::parse(EVENT.as_bytes()).unwrap();
        let error = at(&server)
            .create_object(&calendar(), "new", &object)
            .await
            .unwrap_err();
        assert_eq!(
            matches!(error, Error::UidConflict { .. }),
            is_conflict,
            "{error:?}"
        );
        let kind = if is_conflict {
            ErrorKind::Conflict
        } else {
            ErrorKind::Invalid
        };
        assert_eq!(error.kind(), kind);
    }
}

#[tokio::test]
async fn one_odd_object_hides_no_other() {
    let todo = |uid: &str| format!("BEGIN:VCALENDAR\nBEGIN:VTODO\n{uid}\nEND:VTODO\nEND:VCALENDAR");
    let data = |text: &str| {
        format!("<d:getetag>\"1\"</d:getetag><c:calendar-data>{text}</c:calendar-data>")
    };
    let name = |name: &str| format!("{CALENDAR}{name}.ics");
    let good = |at: &str| found(&name(at), &data(&todo(&format!("UID:{at}"))));
    let status = |at: &str, status: &str| {
        format!(
            "<d:response><d:href>{BASE}{}</d:href><d:status>HTTP/1.1 {status}</d:status></d:response>",
            name(at)
        )
    };
    for (odd, reason) in [
        (found(&format!("{CALENDAR}b%01.ics"), &data("x")), None),
        (
            found("/elsewhere/b.ics", &data("x")),
            Some(LeftOutReason::Outside),
        ),
        (
            status("b", "403 Forbidden"),
            Some(LeftOutReason::Refused(403)),
        ),
        (
            found(&name("b"), "<d:getetag>\"1\"</d:getetag>"),
            Some(LeftOutReason::Content(
                "the server gives no text".to_owned(),
            )),
        ),
    ] {
        let server = MockServer::start().await;
        let all = good("a") + &odd + &good("c");
        dav("REPORT", CALENDAR)
            .respond_with(multistatus(&all))
            .mount(&server)
            .await;
        let calendars = at(&server);
        let listed = calendars
            .events_between(&calendar(), window())
            .await
            .unwrap();
        assert_eq!((listed.len(), listed.left_out.len()), (2, 1), "{odd}");
        if let Some(reason) = reason {
            assert_eq!(listed.left_out[0].reason, reason);
        }
        let todos = calendars.list_todos(&calendar(), true).await.unwrap();
        assert_eq!((todos.len(), todos.left_out.len()), (2, 1), "{odd}");
        let paths =
            ["a", "b", "c", "d"].map(|name| calendar().child(&format!("{name}.ics")).unwrap());
        let fetched = calendars.get_objects(&calendar(), &paths).await.unwrap();
        assert_eq!((fetched.objects.len(), fetched.left_out.len()), (2, 1));
        let missing: Vec<String> = fetched.missing.iter().filter_map(DavPath::name).collect();
        // What is there and not given is not missing.
        let is_told = odd.contains(&name("b"));
        assert_eq!(
            missing,
            if is_told {
                vec!["d.ics"]
            } else {
                vec!["b.ics", "d.ics"]
            },
            "{odd}"
        );
    }
    let server = MockServer::start().await;
    let all = good("a") + &found(&name("b"), &data(&todo("SUMMARY:no UID"))) + &good("c");
    dav("REPORT", CALENDAR)
        .respond_with(multistatus(&all))
        .mount(&server)
        .await;
    let todos = at(&server).list_todos(&calendar(), true).await.unwrap();
    assert_eq!(todos.len(), 2);
    assert_eq!(
        todos.left_out[0].reason,
        LeftOutReason::Content("no usable UID".to_owned())
    );
    // An answer that was cut short says so.
    let server = MockServer::start().await;
    let cut = good("a")
        + &format!(
            "<d:response><d:href>{BASE}{CALENDAR}</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"
        );
    dav("REPORT", CALENDAR)
        .respond_with(multistatus(&cut))
        .mount(&server)
        .await;
    let listed = at(&server)
        .events_between(&calendar(), window())
        .await
        .unwrap();
    assert_eq!(listed.left_out[0].reason, LeftOutReason::Truncated);
}

#[tokio::test]
async fn one_odd_member_of_a_listing_hides_no_other() {
    let server = MockServer::start().await;
    let etag = |name: &str| {
        found(
            &format!("{CALENDAR}{name}.ics"),
            "<d:getetag>\"1\"</d:getetag>",
        )
    };
    let data = |name: &str| {
        let data =
            format!("<d:getetag>\"1\"</d:getetag><c:calendar-data>{EVENT}</c:calendar-data>");
        found(&format!("{CALENDAR}{name}.ics"), &data)
    };
    let all = etag("a") + &etag("b%0A") + &etag("c");
    dav("PROPFIND", CALENDAR)
        .respond_with(multistatus(&all))
        .mount(&server)
        .await;
    dav("REPORT", CALENDAR)
        .and(body_string_contains("calendar-multiget"))
        .respond_with(multistatus(&(data("a") + &data("c"))))
        .mount(&server)
        .await;
    let tokened = all + "<d:sync-token>t1</d:sync-token>";
    dav("REPORT", CALENDAR)
        .and(body_string_contains("sync-collection"))
        .respond_with(multistatus(&tokened))
        .mount(&server)
        .await;
    let calendars = at(&server);
    let listed = calendars.list_objects(&calendar()).await.unwrap();
    assert_eq!((listed.len(), listed.left_out.len()), (2, 1));
    let streamed: Vec<Listed<StoredObject>> = calendars
        .stream_objects(&calendar())
        .try_collect()
        .await
        .unwrap();
    let left_out = streamed
        .iter()
        .filter(|one| matches!(one, Listed::LeftOut(_)))
        .count();
    assert_eq!((streamed.len(), left_out), (3, 1));
    let difference = calendars
        .sync(&calendar(), &SyncState::default())
        .await
        .unwrap();
    assert_eq!(
        (difference.changed.len(), difference.left_out.len()),
        (2, 1)
    );
    let calendar = |name: &str| {
        found(
            &format!("{HOME}{name}/"),
            "<d:resourcetype><c:calendar/></d:resourcetype>",
        )
    };
    let all = calendar("a") + &calendar("b%FC") + &calendar("c");
    dav("PROPFIND", HOME)
        .respond_with(multistatus(&all))
        .mount(&server)
        .await;
    let listed = calendars.list_calendars(&home()).await.unwrap();
    assert_eq!((listed.len(), listed.left_out.len()), (2, 1));
}
