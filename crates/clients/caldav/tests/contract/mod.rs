//! What every CalDAV and CardDAV server must do for this client, written once: against the stand-in, and against real
//! servers. What a server lacks is said in [`Offers`], never guessed from its errors.

mod calendars;
mod contacts;
mod objects;
mod syncing;

use bheem_caldav::{Client, DavPath, EventPatch, ICalendar, Tz, When};
use chrono::{DateTime, NaiveDate, Utc};

/// What a server knows beyond the core of the standards.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a feature by itself")]
pub(crate) struct Offers {
    /// `/.well-known/caldav` redirects or answers.
    pub(crate) well_known: bool,
    /// One UID occurs once in a calendar.
    pub(crate) unique_uids: bool,
    /// MKCALENDAR of what exists is refused with 405, or the condition that it must be null.
    pub(crate) refuses_existing: bool,
    /// Properties can be changed.
    pub(crate) proppatch: bool,
    /// A calendar can be described.
    pub(crate) descriptions: bool,
    /// A query by time finds series by their later instances.
    pub(crate) finds_series: bool,
    /// A sync token that never was is refused.
    pub(crate) checks_tokens: bool,
    /// `free-busy-query`.
    pub(crate) free_busy: bool,
    /// `addressbook-query`.
    pub(crate) finds_contacts: bool,
    /// Address books can be made.
    pub(crate) makes_address_books: bool,
}

/// Runs everything. Works in collections of its own, and removes them.
pub(crate) async fn suite(client: &Client, offers: Offers) {
    let home = client.discover_home().await.unwrap();
    calendars::suite(client, &home, offers).await;
    objects::suite(client, &home, offers).await;
    syncing::suite(client, &home, offers).await;
    contacts::suite(client, offers).await;
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

pub(crate) fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn local(day: u32, hour: u32) -> When {
    let time = NaiveDate::from_ymd_opt(2026, 11, day)
        .unwrap()
        .and_hms_opt(hour, 0, 0)
        .unwrap();
    When::in_zone(time, Tz::Europe__Paris)
}

pub(crate) fn event(uid: &str, day: u32) -> ICalendar {
    let details = EventPatch::new()
        .summary("Tea, cake; and \"more\"")
        .end(&local(day, 11));
    ICalendar::event_at(uid, &local(day, 10), &details, now())
}

/// The paths' names, sorted.
pub(crate) fn names<'a>(paths: impl IntoIterator<Item = &'a DavPath>) -> Vec<String> {
    let mut names: Vec<String> = paths.into_iter().filter_map(DavPath::name).collect();
    names.sort();
    names
}
