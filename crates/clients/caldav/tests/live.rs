//! Against a real server: runs only if `LIVE_CALDAV_URL` is set, with `LIVE_CALDAV_USER` and `LIVE_CALDAV_PASSWORD`.
//! Makes one calendar and removes it.
#![cfg(test)]

use bheem_caldav::{Auth, Client, CreateCalendar, Deleted, ErrorKind, Precondition, SecretString};

const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bheem//Live test//EN\r\nBEGIN:VEVENT\r\n\
                     UID:bheem-live-test\r\nDTSTAMP:20261121T090000Z\r\nDTSTART:20261121T090000Z\r\n\
                     DTEND:20261121T100000Z\r\nSUMMARY:Live test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn a_calendar_lives_and_dies() {
    let Some(url) = setting("LIVE_CALDAV_URL") else {
        return;
    };
    let password = SecretString::from(setting("LIVE_CALDAV_PASSWORD").unwrap());
    let auth = Auth::basic(setting("LIVE_CALDAV_USER").unwrap(), password);
    let calendars = Client::builder(url, auth).build().unwrap();
    let home = calendars.discover_home().await.unwrap();
    let wanted = CreateCalendar::new("bheem-live-test")
        .display_name("Live & test")
        .color("#0082C9");
    let path = home.calendar("bheem-live-test").unwrap();
    calendars.delete_calendar(&path).await.unwrap();
    let made = calendars.ensure_calendar(&home, &wanted).await.unwrap();
    assert_eq!(
        calendars
            .ensure_calendar(&home, &wanted)
            .await
            .unwrap()
            .path,
        made.path
    );
    assert!(
        calendars
            .put_event(&made.path, "a", EVENT, &Precondition::Absent)
            .await
            .unwrap()
            .is_new
    );
    let again = calendars
        .put_event(&made.path, "a", EVENT, &Precondition::Absent)
        .await
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    let event = calendars
        .find_event(&made.path, "a")
        .await
        .unwrap()
        .unwrap();
    assert!(String::from_utf8_lossy(&event.text).contains("UID:bheem-live-test"));
    assert_eq!(
        calendars
            .delete_event(&made.path, "a", event.etag.as_deref())
            .await
            .unwrap(),
        Deleted::Removed
    );
    let listed = calendars.list_calendars(&home).await.unwrap();
    assert!(listed.iter().any(|one| one.slug == "bheem-live-test"));
    assert_eq!(
        calendars.delete_calendar(&path).await.unwrap(),
        Deleted::Removed
    );
}
