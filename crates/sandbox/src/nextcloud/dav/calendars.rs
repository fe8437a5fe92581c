//! Calendars: keys are `user/uri`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    events, failure,
    location::Location,
    multistatus::{Multistatus, Property, Wanted},
    owned,
    reading::current_user,
    xml::{self, APPLE, CALDAV, CALENDAR_SERVER, DAV, Element, NEXTCLOUD, OWNCLOUD},
};
use crate::{
    clock,
    http::{Answer, Request},
    nextcloud::{accounts::Account, options},
    store::Store,
};

const TABLE: &str = "calendar";
const COMPONENTS: [&str; 2] = ["VEVENT", "VTODO"];

/// What the scheduling extension puts into every home (RFC 6638).
const SCHEDULING: [(&str, &str); 2] = [
    ("inbox", "<d:collection/><cal:schedule-inbox/>"),
    ("outbox", "<d:collection/><cal:schedule-outbox/>"),
];

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Calendar {
    display_name: String,
    color: String,
    description: String,
    order: String,
    components: Vec<String>,
    /// Counts the changes.
    pub(super) changes: u64,
    /// Tokens from before this change are forgotten.
    #[serde(default)]
    pub(super) oldest: u64,
    /// In the trash bin since then (seconds of Unix time). It stays where it was and only its type tells.
    #[serde(default)]
    deleted_at: Option<i64>,
}

fn key(user: &str, name: &str) -> String {
    format!("{user}/{name}")
}

pub(super) fn load(store: &Store, user: &str, name: &str) -> Option<Calendar> {
    store.get(TABLE, &key(user, name))
}

/// Counts a change and answers its number.
pub(super) fn count_change(store: &mut Store, user: &str, name: &str) -> u64 {
    let Some(mut calendar) = load(store, user, name) else {
        return 0;
    };
    calendar.changes += 1;
    store.put(TABLE, &key(user, name), &calendar);
    calendar.changes
}

pub(super) fn sync_token(changes: u64) -> String {
    format!("http://sabre.io/ns/sync/{changes}")
}

impl Calendar {
    fn new(name: &str) -> Self {
        Self {
            display_name: name.to_owned(),
            color: "#0082c9".to_owned(),
            description: String::new(),
            order: "0".to_owned(),
            components: COMPONENTS.map(str::to_owned).to_vec(),
            changes: 1,
            oldest: 0,
            deleted_at: None,
        }
    }

    /// Takes over what a client sets; true if every property is known.
    fn set(&mut self, properties: &Element) -> bool {
        let mut all_known = true;
        for property in &properties.children {
            let text = property.text.trim().to_owned();
            match (property.namespace.as_str(), property.name.as_str()) {
                (DAV, "displayname") => self.display_name = text,
                (APPLE, "calendar-color") => self.color = text,
                (APPLE, "calendar-order") => self.order = text,
                (CALDAV, "calendar-description") => self.description = text,
                (CALDAV, "supported-calendar-component-set") => {
                    let names = property.children.iter();
                    let names = names.filter_map(|one| one.attribute("name"));
                    self.components = names.map(str::to_owned).collect();
                }
                (DAV, "resourcetype")
                | (CALDAV, "calendar-timezone" | "schedule-calendar-transp")
                | (OWNCLOUD, "calendar-enabled") => {}
                _ => all_known = false,
            }
        }
        all_known
    }

    fn properties(&self, user: &str) -> Vec<Property> {
        let components: Vec<String> = self
            .components
            .iter()
            .map(|one| format!("<cal:comp name=\"{}\"/>", xml::escape(one)))
            .collect();
        let principal = Location::Principal(user.to_owned()).href(true);
        let token = sync_token(self.changes);
        let kind = match self.deleted_at {
            None => "<d:collection/><cal:calendar/>",
            Some(_) => "<d:collection/><nc:deleted-calendar/>",
        };
        let mut properties = vec![
            Property::xml(DAV, "resourcetype", kind),
            Property::text(DAV, "displayname", &self.display_name),
            Property::text(CALENDAR_SERVER, "getctag", &token),
            Property::text(DAV, "sync-token", &token),
            Property::xml(
                CALDAV,
                "supported-calendar-component-set",
                components.concat(),
            ),
            Property::text(APPLE, "calendar-color", &self.color),
            Property::text(APPLE, "calendar-order", &self.order),
            Property::text(CALDAV, "calendar-description", &self.description),
            Property::text(OWNCLOUD, "owner-principal", principal.trim_end_matches('/')),
            Property::xml(DAV, "owner", format!("<d:href>{principal}</d:href>")),
            Property::text(OWNCLOUD, "calendar-enabled", "1"),
            Property::xml(
                DAV,
                "current-user-privilege-set",
                "<d:privilege><d:read/></d:privilege><d:privilege><d:write/></d:privilege>",
            ),
            current_user(user),
        ];
        if let Some(at) = self.deleted_at {
            properties.push(Property::text(NEXTCLOUD, "deleted-at", at.to_string()));
        }
        properties
    }
}

/// What Nextcloud makes when somebody signs in for the first time.
pub(crate) fn create_personal(store: &mut Store, user: &str) {
    if load(store, user, "personal").is_none() {
        let mut calendar = Calendar::new("personal");
        "Personal".clone_into(&mut calendar.display_name);
        store.put(TABLE, &key(user, "personal"), &calendar);
    }
}

fn of_user(store: &Store, user: &str) -> Vec<(String, Calendar)> {
    let prefix = key(user, "");
    let all = store.list_below::<Calendar>(TABLE, &prefix).into_iter();
    all.filter_map(|(key, calendar)| Some((key.strip_prefix(&prefix)?.to_owned(), calendar)))
        .collect()
}

/// The names of a user's calendars.
pub(super) fn names(store: &Store, user: &str) -> Vec<String> {
    of_user(store, user)
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

/// Every token there is becomes invalid.
pub(super) fn forget_tokens(store: &mut Store) {
    for (key, mut calendar) in store.list::<Calendar>(TABLE) {
        calendar.changes += 1;
        calendar.oldest = calendar.changes;
        store.put(TABLE, &key, &calendar);
    }
}

/// MKCALENDAR (RFC 4791, section 5.3.1), or extended MKCOL (RFC 5689).
pub(super) fn create(request: &Request, store: &mut Store, user: &str, name: &str) -> Answer {
    let is_taken = SCHEDULING.iter().any(|(one, _)| *one == name) || name == "trashbin";
    if is_taken || load(store, user, name).is_some() {
        let exception = "Sabre\\DAV\\Exception\\MethodNotAllowed";
        let message = "The resource you tried to create already exists";
        return xml::error(405, exception, message, "<d:resource-must-be-null/>");
    }
    let body = (!request.body.is_empty()).then(|| xml::parse(&request.body));
    let mut calendar = Calendar::new(name);
    match body {
        None => {}
        Some(None) => return failure(400),
        Some(Some(root)) => {
            if let Some(properties) = root.find(DAV, "prop") {
                calendar.set(properties);
            }
        }
    }
    if options::load(store).calendar_limits {
        let all = of_user(store, user).into_iter();
        if all
            .filter(|(_, calendar)| calendar.deleted_at.is_none())
            .count()
            >= 30
        {
            return failure(403);
        }
        if !options::within_rate(store, "create_calendar", user, 10, 3600) {
            return failure(429);
        }
    }
    store.put(TABLE, &key(user, name), &calendar);
    Answer::empty(201)
}

pub(super) fn patch(request: &Request, store: &mut Store, user: &str, name: &str) -> Answer {
    let Some(mut calendar) = load(store, user, name) else {
        return failure(404);
    };
    let root = xml::parse(&request.body);
    let Some(properties) = root.as_ref().and_then(|root| root.find(DAV, "prop")) else {
        return failure(400);
    };
    if !calendar.set(properties) {
        return failure(403);
    }
    calendar.changes += 1;
    store.put(TABLE, &key(user, name), &calendar);
    let mut multistatus = Multistatus::new();
    let href = Location::Calendar(user.to_owned(), name.to_owned()).href(true);
    let wanted = Wanted::of(root.as_ref().and_then(|root| root.find(DAV, "set")));
    multistatus.add(&href, &calendar.properties(user), &wanted);
    multistatus.into_answer()
}

/// Into the trash bin, where it may be already; or away for good, if the client says so.
pub(super) fn delete(request: &Request, store: &mut Store, user: &str, name: &str) -> Answer {
    let Some(mut calendar) = load(store, user, name) else {
        return failure(404);
    };
    let is_for_good = request
        .header("x-nc-caldav-no-trashbin")
        .is_some_and(|value| value == "1");
    if is_for_good {
        store.remove(TABLE, &key(user, name));
        events::forget(store, &key(user, &format!("{name}/")));
    } else {
        calendar.deleted_at = Some(clock::seconds());
        store.put(TABLE, &key(user, name), &calendar);
    }
    Answer::empty(204)
}

/// MOVE into `trashbin/restore` of the home takes a calendar out of the trash bin; nothing else is moved.
pub(super) fn restore(request: &Request, store: &mut Store, user: &str, name: &str) -> Answer {
    let is_restore = request
        .header("destination")
        .is_some_and(|to| to.trim_end_matches('/').ends_with("/trashbin/restore/file"));
    match load(store, user, name) {
        Some(mut calendar) if is_restore && calendar.deleted_at.is_some() => {
            calendar.deleted_at = None;
            store.put(TABLE, &key(user, name), &calendar);
            Answer::empty(201)
        }
        Some(_) => failure(403),
        None => failure(404),
    }
}

pub(super) fn forget(store: &mut Store, user: &str) {
    store.remove_below(TABLE, &key(user, ""));
    events::forget(store, &key(user, ""));
}

/// The home, and at depth 1 its calendars and the scheduling collections.
pub(super) fn add_home(
    store: &Store,
    account: &Account,
    user: &str,
    is_deep: bool,
    wanted: &Wanted,
    multistatus: &mut Multistatus,
) {
    let home = Location::CalendarHome(user.to_owned()).href(true);
    let itself = [
        Property::xml(DAV, "resourcetype", "<d:collection/>"),
        current_user(&account.id),
    ];
    multistatus.add(&home, &itself, wanted);
    if !is_deep {
        return;
    }
    for (name, calendar) in of_user(store, user) {
        let href = Location::Calendar(user.to_owned(), name).href(true);
        multistatus.add(&href, &calendar.properties(user), wanted);
    }
    for (name, kind) in SCHEDULING {
        let properties = [Property::xml(DAV, "resourcetype", kind)];
        multistatus.add(&format!("{home}{name}/"), &properties, wanted);
    }
}

pub(super) fn add(
    store: &Store,
    user: &str,
    name: &str,
    is_deep: bool,
    wanted: &Wanted,
    multistatus: &mut Multistatus,
) -> bool {
    let Some(calendar) = load(store, user, name) else {
        return false;
    };
    let href = Location::Calendar(user.to_owned(), name.to_owned()).href(true);
    multistatus.add(&href, &calendar.properties(user), wanted);
    if is_deep {
        for (event, _) in events::of_calendar(store, user, name) {
            events::add(store, user, name, &event, wanted, multistatus);
        }
    }
    true
}

pub(crate) fn state(store: &Store) -> Value {
    let all = store.list::<Calendar>(TABLE).into_iter();
    all.filter_map(|(key, calendar)| {
        let (user, name) = key.split_once('/')?;
        let events = events::of_calendar(store, user, name).into_iter();
        let events: Vec<Value> = events
            .map(|(name, event)| json!({"name": name, "uid": event.uid}))
            .collect();
        let value = json!({
            "uri": name,
            "displayname": calendar.display_name,
            "color": calendar.color,
            "components": calendar.components,
            "deleted": calendar.deleted_at.is_some(),
            "events": events,
        });
        Some(owned(user, value))
    })
    .collect()
}
