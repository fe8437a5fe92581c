//! Calendar objects: keys are `user/calendar/name`.

use serde::{Deserialize, Serialize};

use super::{
    calendars, conditions, failure,
    ical::{self, Summary},
    location::Location,
    multistatus::{Multistatus, Property, Wanted},
    scheduling,
    xml::{self, CALDAV, DAV},
};
use crate::{
    clock, digest,
    http::{Answer, Request},
    store::Store,
};

const TABLE: &str = "event";
/// Numbers of the changes that removed objects, for synchronisation.
const REMOVED: &str = "removed_event";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) data: String,
    pub(super) uid: String,
    pub(super) component: String,
    pub(super) etag: String,
    pub(super) modified: i64,
    /// The number of the change that wrote it.
    pub(super) change: u64,
}

fn key(user: &str, calendar: &str, name: &str) -> String {
    format!("{user}/{calendar}/{name}")
}

pub(super) fn load(store: &Store, user: &str, calendar: &str, name: &str) -> Option<Event> {
    store.get(TABLE, &key(user, calendar, name))
}

pub(super) fn of_calendar(store: &Store, user: &str, calendar: &str) -> Vec<(String, Event)> {
    named(store.list_below(TABLE, &key(user, calendar, "")))
}

/// Names of removed objects with the number of the change.
pub(super) fn removed(store: &Store, user: &str, calendar: &str) -> Vec<(String, u64)> {
    named(store.list_below(REMOVED, &key(user, calendar, "")))
}

fn named<T>(rows: Vec<(String, T)>) -> Vec<(String, T)> {
    let rows = rows.into_iter();
    rows.map(|(key, row)| {
        let name = key.rsplit_once('/').map_or("", |(_, name)| name).to_owned();
        (name, row)
    })
    .collect()
}

pub(super) fn put(
    request: &Request,
    store: &mut Store,
    user: &str,
    calendar: &str,
    name: &str,
) -> Answer {
    if calendars::load(store, user, calendar).is_none() {
        return failure(404);
    }
    let old = load(store, user, calendar, name);
    if let Some(refusal) = conditions::refusal(request, old.as_ref().map(|old| old.etag.as_str())) {
        return refusal;
    }
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let Some(summary) = ical::summarise(&text) else {
        let exception = "Sabre\\DAV\\Exception\\UnsupportedMediaType";
        let message = "This resource only supports valid iCalendar 2.0 data.";
        return xml::error(415, exception, message, "<cal:valid-calendar-data/>");
    };
    if let Some(refusal) = uid_refusal(store, user, calendar, name, &summary) {
        return refusal;
    }
    let event = Event {
        etag: format!("\"{}\"", digest::content(text.as_bytes())),
        data: text,
        uid: summary.uid,
        component: summary.component,
        modified: clock::seconds(),
        change: calendars::count_change(store, user, calendar),
    };
    store.put(TABLE, &key(user, calendar, name), &event);
    store.remove(REMOVED, &key(user, calendar, name));
    let before = old.as_ref().map(|old| old.data.as_str());
    scheduling::after_change(store, user, before, Some(&event.data));
    Answer::empty(if old.is_some() { 204 } else { 201 })
        .with("ETag", event.etag.clone())
        .with("OC-ETag", event.etag)
}

/// The UID of a text.
pub(super) fn uid(text: &str) -> Option<String> {
    ical::summarise(text)
        .map(|summary| summary.uid)
        .filter(|uid| !uid.is_empty())
}

/// Calendar and name of the object of this UID, in any of a user's calendars.
pub(super) fn find_uid(store: &Store, user: &str, uid: &str) -> Option<(String, String)> {
    calendars::names(store, user)
        .into_iter()
        .find_map(|calendar| {
            let mut objects = of_calendar(store, user, &calendar).into_iter();
            let (name, _) = objects.find(|(_, event)| event.uid == uid)?;
            Some((calendar, name))
        })
}

/// Writes an object on behalf of the server.
pub(super) fn store(store: &mut Store, user: &str, calendar: &str, name: &str, text: &str) {
    let Some(summary) = ical::summarise(text) else {
        return;
    };
    let event = Event {
        etag: format!("\"{}\"", digest::content(text.as_bytes())),
        data: text.to_owned(),
        uid: summary.uid,
        component: summary.component,
        modified: clock::seconds(),
        change: calendars::count_change(store, user, calendar),
    };
    store.put(TABLE, &key(user, calendar, name), &event);
    store.remove(REMOVED, &key(user, calendar, name));
}

/// A UID occurs once in a calendar (RFC 4791, section 5.3.2.1). An object without one is taken (32.0.1).
fn uid_refusal(
    store: &Store,
    user: &str,
    calendar: &str,
    name: &str,
    summary: &Summary,
) -> Option<Answer> {
    let others = of_calendar(store, user, calendar);
    let is_taken = others
        .iter()
        .any(|(other, event)| !summary.uid.is_empty() && other != name && event.uid == summary.uid);
    let exception = "Sabre\\DAV\\Exception\\BadRequest";
    let message = "Calendar object with uid already exists in this calendar collection.";
    // Without the condition `no-uid-conflict` of the standard (32.0.1).
    is_taken.then(|| xml::error(400, exception, message, ""))
}

pub(super) fn get(store: &Store, user: &str, calendar: &str, name: &str) -> Answer {
    let Some(event) = load(store, user, calendar, name) else {
        return failure(404);
    };
    Answer::text(200, &content_type(&event), event.data)
        .with("ETag", event.etag)
        .with("Last-Modified", clock::http_date(event.modified))
}

pub(super) fn delete(
    request: &Request,
    store: &mut Store,
    user: &str,
    calendar: &str,
    name: &str,
) -> Answer {
    let Some(event) = load(store, user, calendar, name) else {
        return failure(404);
    };
    if let Some(refusal) = conditions::refusal(request, Some(&event.etag)) {
        return refusal;
    }
    let change = calendars::count_change(store, user, calendar);
    store.remove(TABLE, &key(user, calendar, name));
    store.put(REMOVED, &key(user, calendar, name), &change);
    scheduling::after_change(store, user, Some(&event.data), None);
    Answer::empty(204)
}

pub(super) fn forget(store: &mut Store, prefix: &str) {
    store.remove_below(TABLE, prefix);
    store.remove_below(REMOVED, prefix);
}

fn content_type(event: &Event) -> String {
    format!(
        "text/calendar; charset=utf-8; component={}",
        event.component.to_ascii_lowercase()
    )
}

/// Adds one object to an answer; its data only if that is asked for.
pub(super) fn add(
    store: &Store,
    user: &str,
    calendar: &str,
    name: &str,
    wanted: &Wanted,
    multistatus: &mut Multistatus,
) -> bool {
    let Some(event) = load(store, user, calendar, name) else {
        return false;
    };
    let mut properties = vec![
        Property::xml(DAV, "resourcetype", ""),
        Property::text(DAV, "getetag", &event.etag),
        Property::text(DAV, "getcontenttype", content_type(&event)),
        Property::text(DAV, "getcontentlength", event.data.len().to_string()),
        Property::text(DAV, "getlastmodified", clock::http_date(event.modified)),
    ];
    if wanted.names(CALDAV, "calendar-data") {
        properties.push(Property::text(CALDAV, "calendar-data", &event.data));
    }
    let href = Location::Object(user.to_owned(), calendar.to_owned(), name.to_owned()).href(false);
    multistatus.add(&href, &properties, wanted);
    true
}
