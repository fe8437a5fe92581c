use bheem_sandbox::{PeerHandle, Sandbox};
use serde_json::json;

use crate::support::{client, dav, dav_status};

const HOME: &str = "calendars/sample";

fn event(uid: &str, start: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20261121T000000Z\r\nDTSTART:{start}T100000Z\r\nDTEND:{start}T110000Z\r\n\
         SUMMARY:Tea & cake\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

async fn put(peer: &PeerHandle, name: &str, uid: &str, start: &str) -> u16 {
    let path = format!("{HOME}/personal/{name}.ics");
    dav_status(
        peer,
        "PUT",
        &path,
        &[("If-None-Match", "*")],
        &event(uid, start),
    )
    .await
}

async fn report(peer: &PeerHandle, body: &str) -> (u16, String) {
    let path = format!("{HOME}/personal/");
    let response = dav(peer, "REPORT", &path, &[("Depth", "1")], body).await;
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn signing_in_makes_the_personal_calendar() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    assert_eq!(peer.state()["calendars"], json!([]));
    assert_eq!(
        dav_status(peer, "MKCALENDAR", &format!("{HOME}/personal/"), &[], "").await,
        405
    );
    assert_eq!(peer.state()["calendars"][0]["uri"], "personal");
}

#[tokio::test]
async fn a_calendar_is_made_once_with_its_properties_and_listed_beside_the_scheduling_boxes() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let body = "<c:mkcalendar xmlns:c='urn:ietf:params:xml:ns:caldav' xmlns:d='DAV:'><d:set><d:prop>\
        <d:displayname>Work &amp; play</d:displayname>\
        <c:supported-calendar-component-set><c:comp name='VEVENT'/></c:supported-calendar-component-set>\
        </d:prop></d:set></c:mkcalendar>";
    let path = format!("{HOME}/work/");
    assert_eq!(dav_status(peer, "MKCALENDAR", &path, &[], body).await, 201);
    assert_eq!(dav_status(peer, "MKCALENDAR", &path, &[], body).await, 405);
    let response = dav(peer, "PROPFIND", HOME, &[("Depth", "1")], "").await;
    assert_eq!(response.status(), 207);
    let text = response.text().await.unwrap();
    assert!(
        text.contains("<d:displayname>Work &amp; play</d:displayname>"),
        "{text}"
    );
    assert!(
        text.contains("<cal:comp name=\"VEVENT\"/></cal:supported"),
        "{text}"
    );
    assert_eq!(text.matches("<cal:calendar/>").count(), 2, "{text}");
    assert!(text.contains("calendars/sample/inbox/") && text.contains("calendars/sample/outbox/"));
    assert_eq!(
        dav_status(peer, "MKCALENDAR", "calendars/admin/work/", &[], body).await,
        403
    );
    // It goes into the trash bin, stays where it was, and only its type tells.
    assert_eq!(dav_status(peer, "DELETE", &path, &[], "").await, 204);
    assert_eq!(dav_status(peer, "DELETE", &path, &[], "").await, 204);
    assert_eq!(dav_status(peer, "MKCALENDAR", &path, &[], "").await, 405);
    let found = dav(peer, "PROPFIND", &path, &[("Depth", "0")], "").await;
    assert_eq!(found.status(), 207);
    assert!(
        found
            .text()
            .await
            .unwrap()
            .contains("<nc:deleted-calendar/>")
    );
    let for_good = [("X-NC-CalDAV-No-Trashbin", "1")];
    assert_eq!(dav_status(peer, "DELETE", &path, &for_good, "").await, 204);
    assert_eq!(dav_status(peer, "DELETE", &path, &for_good, "").await, 404);
}

#[tokio::test]
async fn discovery_leads_to_the_home() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let url = format!("{}/.well-known/caldav", peer.base_url);
    let response = client().get(url).send().await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers()["location"].to_str().unwrap()
        ),
        (301, format!("{}/remote.php/dav/", peer.base_url).as_str())
    );
    let root = dav(peer, "PROPFIND", "", &[("Depth", "0")], "")
        .await
        .text()
        .await
        .unwrap();
    assert!(
        root.contains("/remote.php/dav/principals/users/sample/"),
        "{root}"
    );
    let principal = dav(
        peer,
        "PROPFIND",
        "principals/users/sample/",
        &[("Depth", "0")],
        "",
    )
    .await;
    let principal = principal.text().await.unwrap();
    assert!(
        principal.contains("<cal:calendar-home-set><d:href>/remote.php/dav/calendars/sample/"),
        "{principal}"
    );
}

#[tokio::test]
async fn events_keep_their_version_and_a_uid_occurs_once() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    assert_eq!(put(peer, "one", "uid-1", "20261121").await, 201);
    assert_eq!(put(peer, "one", "uid-1", "20261121").await, 412);
    let path = format!("{HOME}/personal/two.ics");
    let conflict = dav(peer, "PUT", &path, &[], &event("uid-1", "20261122")).await;
    assert_eq!(conflict.status(), 400);
    // The condition of the standard is not in it.
    assert!(!conflict.text().await.unwrap().contains("no-uid-conflict"));
    let path = format!("{HOME}/personal/one.ics");
    let read = dav(peer, "GET", &path, &[], "").await;
    let etag = read.headers()["etag"].to_str().unwrap().to_owned();
    assert!(
        read.headers()["content-type"]
            .to_str()
            .unwrap()
            .contains("component=vevent")
    );
    assert_eq!(read.text().await.unwrap(), event("uid-1", "20261121"));
    let later = event("uid-1", "20261123");
    assert_eq!(
        dav_status(peer, "PUT", &path, &[("If-Match", "\"old\"")], &later).await,
        412
    );
    assert_eq!(
        dav_status(peer, "PUT", &path, &[("If-Match", &etag)], &later).await,
        204
    );
    assert_eq!(dav_status(peer, "PUT", &path, &[], "nonsense").await, 415);
    assert_eq!(
        dav_status(peer, "PUT", "calendars/sample/none/x.ics", &[], &later).await,
        404
    );
    assert_eq!(dav_status(peer, "DELETE", &path, &[], "").await, 204);
    assert_eq!(dav_status(peer, "GET", &path, &[], "").await, 404);
}

#[tokio::test]
async fn queries_select_by_time_and_fetch_by_name() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    put(peer, "one", "uid-1", "20261121").await;
    put(peer, "two", "uid-2", "20261221").await;
    let query = "<c:calendar-query xmlns:c='urn:ietf:params:xml:ns:caldav' xmlns:d='DAV:'><d:prop><d:getetag/>\
        <c:calendar-data/></d:prop><c:filter><c:comp-filter name='VCALENDAR'><c:comp-filter name='VEVENT'>\
        <c:time-range start='20261201T000000Z' end='20270101T000000Z'/></c:comp-filter></c:comp-filter></c:filter>\
        </c:calendar-query>";
    let (status, text) = report(peer, query).await;
    assert_eq!(status, 207);
    assert!(
        text.contains("two.ics") && !text.contains("one.ics"),
        "{text}"
    );
    assert!(text.contains("SUMMARY:Tea &amp; cake"), "{text}");
    let multiget = "<c:calendar-multiget xmlns:c='urn:ietf:params:xml:ns:caldav' xmlns:d='DAV:'><d:prop><d:getetag/>\
        </d:prop><d:href>/remote.php/dav/calendars/sample/personal/one.ics</d:href>\
        <d:href>/remote.php/dav/calendars/sample/personal/none.ics</d:href></c:calendar-multiget>";
    let (_, text) = report(peer, multiget).await;
    assert_eq!(text.matches("<d:response>").count(), 2, "{text}");
    assert!(
        text.contains("none.ics</d:href><d:status>HTTP/1.1 404 Not Found"),
        "{text}"
    );
    assert!(!text.contains("SUMMARY"), "data was not asked for: {text}");
}

fn token(text: &str) -> String {
    let (_, rest) = text.split_once("<d:sync-token>").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

fn sync(token: &str) -> String {
    format!(
        "<d:sync-collection xmlns:d='DAV:'><d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>"
    )
}

#[tokio::test]
async fn synchronisation_tells_changes_and_removals_since_a_token() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    put(peer, "one", "uid-1", "20261121").await;
    put(peer, "two", "uid-2", "20261122").await;
    let (_, text) = report(peer, &sync("")).await;
    assert_eq!(text.matches("<d:response>").count(), 2, "{text}");
    let first = token(&text);
    put(peer, "three", "uid-3", "20261123").await;
    dav_status(peer, "DELETE", &format!("{HOME}/personal/one.ics"), &[], "").await;
    let (_, text) = report(peer, &sync(&first)).await;
    assert_eq!(text.matches("<d:response>").count(), 2, "{text}");
    assert!(
        text.contains("three.ics") && !text.contains("two.ics"),
        "{text}"
    );
    assert!(
        text.contains("one.ics</d:href><d:status>HTTP/1.1 404"),
        "{text}"
    );
    let (_, text) = report(peer, &sync(&token(&text))).await;
    assert_eq!(text.matches("<d:response>").count(), 0, "{text}");
    let (status, text) = report(peer, &sync("nonsense")).await;
    assert_eq!(status, 403);
    assert!(text.contains("<d:valid-sync-token/>"), "{text}");
    // As after a restore: nothing changed, and the token is lower.
    let (status, text) = report(peer, &sync("http://sabre.io/ns/sync/999")).await;
    assert_eq!(status, 207);
    assert_eq!(text.matches("<d:response>").count(), 0, "{text}");
    assert_ne!(token(&text), "http://sabre.io/ns/sync/999");
}

#[tokio::test]
async fn the_number_of_calendars_is_limited_once_that_is_switched_on() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    for number in 0..20 {
        let path = format!("{HOME}/before-{number}/");
        assert_eq!(dav_status(peer, "MKCALENDAR", &path, &[], "").await, 201);
    }
    let url = format!("{}/__sandbox/options", peer.control_url);
    client()
        .put(url)
        .json(&json!({"calendar_limits": true}))
        .send()
        .await
        .unwrap();
    // With the personal one, 21 are there: nine more, then no more at all.
    for number in 0..9 {
        let path = format!("{HOME}/after-{number}/");
        assert_eq!(dav_status(peer, "MKCALENDAR", &path, &[], "").await, 201);
    }
    assert_eq!(
        dav_status(peer, "MKCALENDAR", &format!("{HOME}/last/"), &[], "").await,
        403
    );
    dav_status(peer, "DELETE", &format!("{HOME}/before-0/"), &[], "").await;
    dav_status(peer, "DELETE", &format!("{HOME}/before-1/"), &[], "").await;
    assert_eq!(
        dav_status(peer, "MKCALENDAR", &format!("{HOME}/tenth/"), &[], "").await,
        201
    );
    assert_eq!(
        dav_status(peer, "MKCALENDAR", &format!("{HOME}/eleventh/"), &[], "").await,
        429
    );
}
