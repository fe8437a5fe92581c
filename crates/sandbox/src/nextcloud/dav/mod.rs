//! `WebDAV` and `CalDAV` as Nextcloud's sabre/dav speaks them. A tree of our own rather than a DAV
//! server crate, since what matters here is what Nextcloud does differently, and since its state
//! shares the journal of the rest.

mod address_books;
mod beside;
mod calendars;
mod cards;
mod conditions;
mod events;
mod favorites;
mod files;
mod free_busy;
mod ical;
mod lines;
mod location;
mod multistatus;
mod properties;
pub(super) mod public;
mod reading;
mod report;
mod scheduling;
mod search;
mod transfer;
mod trash;
mod uploads;
mod versions;
mod writing;
mod xml;

use serde_json::Value;

use super::accounts::{self, Account, Caller};
use crate::{
    http::{Answer, Request},
    store::Store,
};
use location::Location;

pub(super) use calendars::{create_personal as create_personal_calendar, state as calendar_state};
pub(super) use files::state as file_state;

/// Whether the path names a file or folder.
pub(super) fn is_file(path: &str) -> bool {
    path.starts_with("/remote.php/dav/files/") || path.starts_with("/remote.php/webdav/")
}

/// The id of a file or folder, or those of what is in a folder; `None` if there is none.
pub(super) fn ids(store: &Store, user: &str, path: &str, is_below: bool) -> Option<Vec<u64>> {
    let entry = files::load(store, user, path)?;
    if !is_below {
        return Some(vec![entry.file_id]);
    }
    let below = files::below(store, user, path).into_iter();
    let members = below.filter(|(name, _)| !name.contains('/'));
    Some(members.map(|(_, entry)| entry.file_id).collect())
}

pub(super) fn is_folder(store: &Store, user: &str, path: &str) -> bool {
    files::load(store, user, path).is_some_and(|entry| entry.is_folder)
}

/// Where the file of an id is.
pub(super) fn path_of(store: &Store, user: &str, file_id: u64) -> Option<String> {
    files::by_id(store, user, file_id).map(|(path, _)| path)
}

/// Removes what a deleted user owned.
pub(super) fn forget(store: &mut Store, user: &str) {
    files::forget(store, user);
    beside::forget(store, user);
    calendars::forget(store, user);
    address_books::forget(store, user);
}

/// Every sync token there is becomes invalid.
pub(super) fn forget_sync_tokens(store: &mut Store) {
    calendars::forget_tokens(store);
    address_books::forget_tokens(store);
}

/// A failure as sabre/dav prints it.
pub(super) fn failure(status: u16) -> Answer {
    let (exception, message) = match status {
        400 => ("Sabre\\DAV\\Exception\\BadRequest", "Bad request"),
        401 => (
            "Sabre\\DAV\\Exception\\NotAuthenticated",
            "Cannot authenticate",
        ),
        403 => ("Sabre\\DAV\\Exception\\Forbidden", "Forbidden"),
        404 => ("Sabre\\DAV\\Exception\\NotFound", "Not found"),
        405 => (
            "Sabre\\DAV\\Exception\\MethodNotAllowed",
            "Method not allowed",
        ),
        409 => ("Sabre\\DAV\\Exception\\Conflict", "Conflict"),
        412 => (
            "Sabre\\DAV\\Exception\\PreconditionFailed",
            "Precondition failed",
        ),
        423 => (
            "OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked",
            "File is locked",
        ),
        429 => (
            "OCA\\DAV\\Connector\\Sabre\\Exception\\TooManyRequests",
            "Too many requests",
        ),
        503 => (
            "Sabre\\DAV\\Exception\\ServiceUnavailable",
            "System is in maintenance mode.",
        ),
        507 => (
            "Sabre\\DAV\\Exception\\InsufficientStorage",
            "Insufficient storage",
        ),
        _ => ("Exception", "Internal Server Error"),
    };
    let answer = xml::error(status, exception, message, "");
    match status {
        503 => answer.with("X-Nextcloud-Maintenance-Mode", "1"),
        _ => answer,
    }
}

pub(super) fn answer(request: &Request, store: &mut Store) -> Answer {
    if !request.path.starts_with("/remote.php/") {
        return Answer::text(
            404,
            "text/html; charset=UTF-8",
            "<!DOCTYPE html><title>404</title>",
        );
    }
    let account = match accounts::caller(store, request) {
        Caller::Known(account, _) => account,
        // The real server says that it is unavailable, not that access is denied.
        Caller::Disabled => {
            let exception = "Sabre\\DAV\\Exception\\ServiceUnavailable";
            return xml::error(503, exception, "User disabled", "");
        }
        Caller::Unknown => {
            let realm = "Basic realm=\"Nextcloud\", charset=\"UTF-8\"";
            return failure(401).with("WWW-Authenticate", realm);
        }
    };
    if let Some(answer) = address_books::answer(request, store, &account) {
        return answer;
    }
    let Some(location) = Location::parse(request, &account.id) else {
        return failure(404);
    };
    if location
        .owner()
        .is_some_and(|owner| !owner.eq_ignore_ascii_case(&account.id))
    {
        return foreign(request, &location);
    }
    let location = location.owned_by(&account.id);
    if let Some(answer) = scheduling::answer(request, store, &location) {
        return answer;
    }
    match request.method.as_str() {
        "OPTIONS" => Answer::empty(200)
            .with(
                "DAV",
                "1, 3, extended-mkcol, access-control, calendar-access, calendar-proxy, calendar-auto-schedule, addressbook",
            )
            .with(
                "Allow",
                "OPTIONS, GET, HEAD, DELETE, PROPFIND, PUT, PROPPATCH, COPY, MOVE, REPORT, SEARCH, MKCOL",
            ),
        _ if matches!(location, Location::Beside(..)) => {
            beside::answer(request, store, &account, &location)
        }
        "SEARCH" => search::answer(request, store, &account, &location),
        "REPORT" if matches!(location, Location::File(..)) => {
            favorites::report(request, store, &account, &location)
        }
        "PROPFIND" => reading::propfind(request, store, &account, &location),
        "REPORT" => report::answer(request, store, &account, &location),
        "GET" | "HEAD" => read(request, store, &location),
        _ => write(request, store, &account, &location),
    }
}

/// Another user's home looks like an empty folder and cannot be changed.
fn foreign(request: &Request, location: &Location) -> Answer {
    match request.method.as_str() {
        "PROPFIND" => reading::empty_collection(request, location),
        "GET" | "HEAD" | "REPORT" => failure(404),
        _ => failure(403),
    }
}

fn read(request: &Request, store: &Store, location: &Location) -> Answer {
    let mut answer = match location {
        Location::File(user, path) => files::get(request, store, user, path),
        Location::Object(user, calendar, name) => events::get(store, user, calendar, name),
        _ => failure(501),
    };
    if request.method == "HEAD" {
        let length = answer.body.len().to_string();
        answer = answer.with("Content-Length", length);
        answer.body.clear();
    }
    answer
}

fn write(request: &Request, store: &mut Store, account: &Account, location: &Location) -> Answer {
    match (request.method.as_str(), location) {
        ("PUT", Location::File(user, path)) => writing::put(request, store, account, user, path),
        ("PROPPATCH", Location::File(user, path)) => properties::patch(request, store, user, path),
        ("MKCOL", Location::File(user, path)) => writing::mkcol(request, store, user, path),
        ("DELETE", Location::File(user, path)) => writing::delete(request, store, user, path),
        ("MOVE" | "COPY", Location::File(user, path)) => {
            transfer::answer(request, store, user, path)
        }
        ("MKCALENDAR" | "MKCOL", Location::Calendar(user, name)) => {
            calendars::create(request, store, user, name)
        }
        ("MKCALENDAR", _) => failure(409),
        ("PROPPATCH", Location::Calendar(user, name)) => {
            calendars::patch(request, store, user, name)
        }
        ("DELETE", Location::Calendar(user, name)) => calendars::delete(request, store, user, name),
        ("MOVE", Location::Calendar(user, name)) => calendars::restore(request, store, user, name),
        ("PUT", Location::Object(user, calendar, name)) => {
            events::put(request, store, user, calendar, name)
        }
        ("DELETE", Location::Object(user, calendar, name)) => {
            events::delete(request, store, user, calendar, name)
        }
        ("PUT" | "MKCOL", _) => failure(405),
        ("DELETE" | "PROPPATCH", _) => failure(403),
        // Locks are not offered (DAV class 1).
        _ => xml::error(
            501,
            "Sabre\\DAV\\Exception\\NotImplemented",
            &format!(
                "There was no handler found for this \"{}\" method",
                request.method
            ),
            "",
        ),
    }
}

/// A list for the state: every value with the user whose it is.
fn owned(user: &str, mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.insert("user".to_owned(), Value::from(user));
    }
    value
}
