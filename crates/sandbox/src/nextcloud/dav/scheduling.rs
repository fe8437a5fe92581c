//! Implicit scheduling (RFC 6638, section 3): what an organizer writes reaches the attendees of the same server, and
//! what they answer reaches the organizer. And the inbox and outbox.

use super::{
    calendars, events, failure, free_busy,
    lines::{address, fold, halves, name, parameter, unfold, with_parameter},
    location::Location,
    multistatus::{Multistatus, Property, Wanted},
    xml::{self, CALDAV, DAV},
};
use crate::{
    digest,
    http::{Answer, Request},
    nextcloud::accounts::{self, Account},
    store::Store,
};

const INBOX: &str = "inbox";
const OUTBOX: &str = "outbox";
/// Who sends: the server, unless these say otherwise (section 7.1).
const NOT_US: [&str; 2] = ["CLIENT", "NONE"];

/// Answers what concerns the inbox and the outbox; `None` for anything else.
pub(super) fn answer(request: &Request, store: &Store, location: &Location) -> Option<Answer> {
    let Location::Calendar(user, kind) = location else {
        return None;
    };
    if kind != INBOX && kind != OUTBOX {
        return None;
    }
    let href = location.href(true);
    match request.method.as_str() {
        "POST" if kind == OUTBOX => Some(free_busy::ask(request, store)),
        "PROPFIND" => Some(list(request, store, user, kind, &href)),
        "REPORT" if kind == INBOX => Some(multiget(request, store, user)),
        "REPORT" => Some(failure(415)),
        "DELETE" | "PROPPATCH" => Some(failure(403)),
        _ => None,
    }
}

fn list(request: &Request, store: &Store, user: &str, kind: &str, href: &str) -> Answer {
    let root = xml::parse(&request.body);
    let wanted = Wanted::of(root.as_ref());
    let mut multistatus = Multistatus::new();
    let element = format!("<d:collection/><cal:schedule-{kind}/>");
    let properties = [Property::xml(DAV, "resourcetype", element)];
    multistatus.add(href, &properties, &wanted);
    if request.header("depth") == Some("1") {
        for (name, _) in events::of_calendar(store, user, kind) {
            events::add(store, user, kind, &name, &wanted, &mut multistatus);
        }
    }
    multistatus.into_answer()
}

fn multiget(request: &Request, store: &Store, user: &str) -> Answer {
    let Some(root) = xml::parse(&request.body).filter(|root| root.is(CALDAV, "calendar-multiget"))
    else {
        return failure(415);
    };
    let wanted = Wanted::of(Some(&root));
    let mut multistatus = Multistatus::new();
    for href in root.children.iter().filter(|child| child.is(DAV, "href")) {
        let found = match Location::parse_path(href.text.trim(), user) {
            Some(Location::Object(owner, here, name))
                if here == INBOX && owner.eq_ignore_ascii_case(user) =>
            {
                events::add(store, user, INBOX, &name, &wanted, &mut multistatus)
            }
            _ => false,
        };
        if !found {
            multistatus.add_missing(href.text.trim());
        }
    }
    multistatus.into_answer()
}

/// After an object was written, or removed (`new` is `None`).
pub(super) fn after_change(store: &mut Store, user: &str, old: Option<&str>, new: Option<&str>) {
    let Some(email) = accounts::load(store, user).and_then(|account| account.email) else {
        return;
    };
    let email = email.to_lowercase();
    let lines = unfold(new.or(old).unwrap_or_default());
    let Some(organizer) = lines.iter().find(|line| name(line) == "ORGANIZER") else {
        return;
    };
    if NOT_US.contains(&agent(organizer).as_str()) {
        return;
    }
    if address(organizer) == email {
        tell_attendees(store, &email, old, new);
    } else if let Some(new) = new {
        tell_organizer(store, &address(organizer), &email, old, new);
    }
}

fn agent(line: &str) -> String {
    parameter(line, "SCHEDULE-AGENT")
        .unwrap_or_default()
        .to_ascii_uppercase()
}

fn local(store: &Store, email: &str) -> Option<Account> {
    let mut all = accounts::all(store).into_iter();
    all.find(|account| {
        account
            .email
            .as_deref()
            .is_some_and(|one| one.eq_ignore_ascii_case(email))
    })
}

/// Attendees the server is to tell.
fn attendees(text: &str) -> Vec<String> {
    let lines = unfold(text);
    let told = lines
        .iter()
        .filter(|line| name(line) == "ATTENDEE" && !NOT_US.contains(&agent(line).as_str()));
    let mut found: Vec<String> = told.map(|line| address(line)).collect();
    found.sort();
    found.dedup();
    found
}

fn tell_attendees(store: &mut Store, organizer: &str, old: Option<&str>, new: Option<&str>) {
    let invited = new.map(attendees).unwrap_or_default();
    let before = old.map(attendees).unwrap_or_default();
    for attendee in invited.iter().filter(|one| *one != organizer) {
        if let (Some(account), Some(text)) = (local(store, attendee), new) {
            deliver(store, &account.id, text, "REQUEST");
        }
    }
    for attendee in before
        .iter()
        .filter(|one| *one != organizer && !invited.contains(one))
    {
        if let (Some(account), Some(text)) = (local(store, attendee), old) {
            deliver(store, &account.id, &cancelled(text), "CANCEL");
        }
    }
}

fn cancelled(text: &str) -> String {
    let mut lines = Vec::new();
    for line in unfold(text)
        .into_iter()
        .filter(|line| name(line) != "STATUS")
    {
        if matches!(
            line.to_ascii_uppercase().as_str(),
            "END:VEVENT" | "END:VTODO"
        ) {
            lines.push("STATUS:CANCELLED".to_owned());
        }
        lines.push(line);
    }
    fold(&lines)
}

/// Puts an object into somebody's calendar, and the message into their inbox.
fn deliver(store: &mut Store, user: &str, text: &str, method: &str) {
    let stripped: Vec<String> = unfold(text)
        .into_iter()
        .map(|line| with_parameter_if(&line, "SCHEDULE-STATUS"))
        .collect();
    let text = fold(&stripped);
    let Some(uid) = events::uid(&text) else {
        return;
    };
    calendars::create_personal(store, user);
    let (calendar, name) = events::find_uid(store, user, &uid).unwrap_or_else(|| {
        (
            "personal".to_owned(),
            format!("sabredav-{}.ics", digest::content(uid.as_bytes())),
        )
    });
    events::store(store, user, &calendar, &name, &text);
    message(store, user, &uid, &text, method);
}

fn with_parameter_if(line: &str, wanted: &str) -> String {
    if parameter(line, wanted).is_some() {
        with_parameter(line, wanted, None)
    } else {
        line.to_owned()
    }
}

fn message(store: &mut Store, user: &str, uid: &str, text: &str, method: &str) {
    let mut lines = unfold(text);
    lines.insert(1.min(lines.len()), format!("METHOD:{method}"));
    let number = store.next_id("message");
    let name = format!("sabredav-{}-{number}.ics", digest::content(uid.as_bytes()));
    events::store(store, user, INBOX, &name, &fold(&lines));
}

fn tell_organizer(
    store: &mut Store,
    organizer: &str,
    attendee: &str,
    old: Option<&str>,
    new: &str,
) {
    let answer = |text: &str| {
        let lines = unfold(text);
        let own = lines
            .iter()
            .find(|line| name(line) == "ATTENDEE" && address(line) == attendee);
        own.and_then(|line| parameter(line, "PARTSTAT"))
    };
    let Some(now) = answer(new) else {
        return;
    };
    if old
        .and_then(answer)
        .unwrap_or_else(|| "NEEDS-ACTION".to_owned())
        == now
    {
        return;
    }
    let (Some(account), Some(uid)) = (local(store, organizer), events::uid(new)) else {
        return;
    };
    let Some((calendar, object)) = events::find_uid(store, &account.id, &uid) else {
        return;
    };
    let Some(theirs) = events::load(store, &account.id, &calendar, &object) else {
        return;
    };
    let changed: Vec<String> = unfold(&theirs.data)
        .into_iter()
        .map(|line| {
            if name(&line) == "ATTENDEE" && address(&line) == attendee {
                let line = with_parameter(&line, "PARTSTAT", Some(&now));
                with_parameter(&line, "SCHEDULE-STATUS", Some("2.0"))
            } else {
                line
            }
        })
        .collect();
    events::store(store, &account.id, &calendar, &object, &fold(&changed));
    // An answer names only who gives it (RFC 5546, section 3.2.3).
    let reply: Vec<String> = unfold(new)
        .into_iter()
        .filter(|line| name(line) != "ATTENDEE" || address(line) == attendee)
        .collect();
    message(store, &account.id, &uid, &fold(&reply), "REPLY");
}

/// Whom a line of a request names.
pub(super) fn account_of(store: &Store, line: &str) -> Option<Account> {
    let (_, value) = halves(line);
    local(store, &address(line)).or_else(|| match Location::parse_path(value.trim(), "") {
        Some(Location::Principal(user)) => accounts::load(store, &user),
        _ => None,
    })
}
