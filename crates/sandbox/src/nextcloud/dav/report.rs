//! REPORT: queries, fetching of several objects, and synchronisation (RFC 4791, RFC 6578).

use super::{
    calendars, events, failure, free_busy, ical,
    location::Location,
    multistatus::{Multistatus, Wanted},
    xml::{self, CALDAV, DAV, Element},
};
use crate::{
    http::{Answer, Request},
    nextcloud::accounts::Account,
    store::Store,
};

pub(super) fn answer(
    request: &Request,
    store: &Store,
    account: &Account,
    location: &Location,
) -> Answer {
    let Location::Calendar(user, calendar) = location else {
        return failure(if matches!(location, Location::Object(..)) {
            404
        } else {
            415
        });
    };
    let Some(known) = calendars::load(store, user, calendar) else {
        return failure(404);
    };
    let Some(root) = xml::parse(&request.body) else {
        return failure(400);
    };
    let wanted = Wanted::of(Some(&root));
    match (root.namespace.as_str(), root.name.as_str()) {
        (CALDAV, "calendar-query") => query(store, user, calendar, &root, &wanted),
        (CALDAV, "calendar-multiget") => multiget(store, account, calendar, &root, &wanted),
        (CALDAV, "free-busy-query") => free_busy::report(store, user, calendar, &root),
        (DAV, "sync-collection") => sync(store, user, calendar, &known, &root, &wanted),
        _ => xml::error(
            415,
            "Sabre\\DAV\\Exception\\ReportNotSupported",
            "",
            "<d:supported-report/>",
        ),
    }
}

/// By component and time range.
fn query(store: &Store, user: &str, calendar: &str, root: &Element, wanted: &Wanted) -> Answer {
    let outer = root.find(CALDAV, "comp-filter");
    let inner = outer.and_then(|outer| outer.child(CALDAV, "comp-filter"));
    let component = inner.and_then(|inner| inner.attribute("name"));
    let range = inner.and_then(|inner| inner.child(CALDAV, "time-range"));
    let bound = |name| range.and_then(|range| range.attribute(name));
    let mut multistatus = Multistatus::new();
    for (name, event) in events::of_calendar(store, user, calendar) {
        let is_kind = component.is_none_or(|kind| kind.eq_ignore_ascii_case(&event.component));
        let is_in_range = range.is_none()
            || ical::summarise(&event.data)
                .is_some_and(|summary| summary.overlaps(bound("start"), bound("end")));
        if is_kind && is_in_range {
            events::add(store, user, calendar, &name, wanted, &mut multistatus);
        }
    }
    multistatus.into_answer()
}

fn multiget(
    store: &Store,
    account: &Account,
    calendar: &str,
    root: &Element,
    wanted: &Wanted,
) -> Answer {
    let mut multistatus = Multistatus::new();
    for href in root.children.iter().filter(|child| child.is(DAV, "href")) {
        let href = href.text.trim();
        let path =
            url::Url::parse(href).map_or_else(|_| href.to_owned(), |url| url.path().to_owned());
        let found = match Location::parse_path(&path, &account.id) {
            Some(Location::Object(_, here, name)) if here == calendar => events::add(
                store,
                &account.id,
                calendar,
                &name,
                wanted,
                &mut multistatus,
            ),
            _ => false,
        };
        if !found {
            multistatus.add_missing(href);
        }
    }
    multistatus.into_answer()
}

/// What changed since a token; everything without one.
fn sync(
    store: &Store,
    user: &str,
    calendar: &str,
    known: &calendars::Calendar,
    root: &Element,
    wanted: &Wanted,
) -> Answer {
    // A token from the future, as after a restore, is answered with no changes and a lower one (32.0.1).
    let Ok(since) = since(root, u64::MAX, known.oldest) else {
        return invalid_token();
    };
    let is_new = |change: u64| since.is_none_or(|since| change > since);
    let mut multistatus = Multistatus::new();
    for (name, event) in events::of_calendar(store, user, calendar) {
        if is_new(event.change) {
            events::add(store, user, calendar, &name, wanted, &mut multistatus);
        }
    }
    for (name, change) in events::removed(store, user, calendar) {
        if since.is_some() && is_new(change) {
            let location = Location::Object(user.to_owned(), calendar.to_owned(), name);
            multistatus.add_missing(&location.href(false));
        }
    }
    multistatus.sync_token(&calendars::sync_token(known.changes));
    multistatus.into_answer()
}

/// The number in a token, none without one, and an error for one that never was or is forgotten.
pub(super) fn since(root: &Element, now: u64, oldest: u64) -> Result<Option<u64>, ()> {
    let token = root
        .child(DAV, "sync-token")
        .map_or("", |token| token.text.trim());
    if token.is_empty() {
        return Ok(None);
    }
    let number = token
        .strip_prefix("http://sabre.io/ns/sync/")
        .and_then(|number| number.parse::<u64>().ok());
    number
        .filter(|number| (oldest..=now).contains(number))
        .map(Some)
        .ok_or(())
}

pub(super) fn invalid_token() -> Answer {
    let exception = "Sabre\\DAV\\Exception\\InvalidSyncToken";
    let message = "Invalid or unknown sync token";
    xml::error(403, exception, message, "<d:valid-sync-token/>")
}
