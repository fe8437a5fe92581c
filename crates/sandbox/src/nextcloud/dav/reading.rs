//! PROPFIND.

use super::{
    address_books, calendars, events, failure, files,
    files::Entry,
    location::Location,
    multistatus::{Multistatus, Property, Wanted},
    xml::{self, CALDAV, CARDDAV, DAV, NEXTCLOUD, OWNCLOUD},
};
use crate::{
    clock,
    http::{Answer, Request},
    nextcloud::{accounts::Account, quota, shares},
    store::Store,
};

/// The properties asked for; `None` for a body that is no PROPFIND.
pub(super) fn wanted(request: &Request) -> Option<Wanted> {
    if request.body.is_empty() {
        return Some(Wanted::All);
    }
    let root = xml::parse(&request.body)?;
    root.is(DAV, "propfind").then(|| Wanted::of(Some(&root)))
}

pub(super) fn empty_collection(request: &Request, location: &Location) -> Answer {
    let Some(wanted) = wanted(request) else {
        return failure(400);
    };
    let mut multistatus = Multistatus::new();
    let collection = [Property::xml(DAV, "resourcetype", "<d:collection/>")];
    multistatus.add(&location.href(true), &collection, &wanted);
    multistatus.into_answer()
}

pub(super) fn propfind(
    request: &Request,
    store: &Store,
    account: &Account,
    location: &Location,
) -> Answer {
    let Some(wanted) = wanted(request) else {
        return failure(400);
    };
    // Everything at once is refused.
    let is_deep = match request.header("depth") {
        Some("0") => false,
        Some("1") => true,
        _ => return failure(403),
    };
    let mut multistatus = Multistatus::new();
    let is_there = match location {
        Location::Root => {
            multistatus.add(&location.href(true), &root(account), &wanted);
            true
        }
        Location::Principal(_) => {
            multistatus.add(&location.href(true), &principal(account), &wanted);
            true
        }
        Location::File(user, path) => add_files(
            store,
            account,
            user,
            path,
            is_deep,
            &wanted,
            &mut multistatus,
        ),
        // Answered before.
        Location::Beside(..) => false,
        Location::CalendarHome(user) => {
            calendars::add_home(store, account, user, is_deep, &wanted, &mut multistatus);
            true
        }
        Location::Calendar(user, name) => {
            calendars::add(store, user, name, is_deep, &wanted, &mut multistatus)
        }
        Location::Object(user, calendar, name) => {
            events::add(store, user, calendar, name, &wanted, &mut multistatus)
        }
    };
    if is_there {
        multistatus.into_answer()
    } else {
        failure(404)
    }
}

pub(super) fn current_user(account_id: &str) -> Property {
    let href = Location::Principal(account_id.to_owned()).href(true);
    let value = format!("<d:href>{}</d:href>", xml::escape(&href));
    Property::xml(DAV, "current-user-principal", value)
}

fn root(account: &Account) -> Vec<Property> {
    vec![
        Property::xml(DAV, "resourcetype", "<d:collection/>"),
        current_user(&account.id),
    ]
}

fn principal(account: &Account) -> Vec<Property> {
    let home = Location::CalendarHome(account.id.clone()).href(true);
    let itself = Location::Principal(account.id.clone()).href(true);
    let href = |href: &str| format!("<d:href>{}</d:href>", xml::escape(href));
    let mut addresses = href(&itself);
    if let Some(email) = &account.email {
        addresses.push_str(&href(&format!("mailto:{email}")));
    }
    vec![
        Property::xml(DAV, "resourcetype", "<d:collection/><d:principal/>"),
        Property::text(DAV, "displayname", &account.display_name),
        Property::xml(DAV, "principal-URL", href(&itself)),
        Property::xml(CALDAV, "calendar-home-set", href(&home)),
        Property::xml(CALDAV, "calendar-user-address-set", addresses),
        Property::xml(
            CARDDAV,
            "addressbook-home-set",
            href(&address_books::home(&account.id)),
        ),
        Property::xml(CALDAV, "schedule-inbox-URL", href(&format!("{home}inbox/"))),
        Property::xml(
            CALDAV,
            "schedule-outbox-URL",
            href(&format!("{home}outbox/")),
        ),
        current_user(&account.id),
    ]
}

fn add_files(
    store: &Store,
    account: &Account,
    user: &str,
    path: &str,
    is_deep: bool,
    wanted: &Wanted,
    multistatus: &mut Multistatus,
) -> bool {
    let Some(entry) = files::load(store, user, path) else {
        return false;
    };
    let mut add = |path: &str, entry: &Entry| {
        let href = Location::File(user.to_owned(), path.to_owned()).href(entry.is_folder);
        multistatus.add(&href, &file(store, account, user, path, entry), wanted);
    };
    add(path, &entry);
    if is_deep && entry.is_folder {
        let below = files::below(store, user, path);
        for (name, child) in below.iter().filter(|(name, _)| !name.contains('/')) {
            let separator = if path.is_empty() { "" } else { "/" };
            add(&format!("{path}{separator}{name}"), child);
        }
    }
    true
}

pub(super) fn file(
    store: &Store,
    account: &Account,
    user: &str,
    path: &str,
    entry: &Entry,
) -> Vec<Property> {
    let id = entry.file_id;
    let size = if entry.is_folder {
        files::total(store, user, path)
    } else {
        entry.size
    };
    let mut properties = vec![
        Property::text(DAV, "getlastmodified", clock::http_date(entry.modified)),
        Property::text(DAV, "getetag", &entry.etag),
        Property::text(OWNCLOUD, "id", format!("{id:08}sandbox")),
        Property::text(OWNCLOUD, "fileid", id.to_string()),
        Property::text(OWNCLOUD, "size", size.to_string()),
        Property::text(OWNCLOUD, "owner-id", user),
        Property::text(OWNCLOUD, "owner-display-name", &account.display_name),
        Property::text(
            OWNCLOUD,
            "favorite",
            if entry.is_favorite { "1" } else { "0" },
        ),
        Property::xml(OWNCLOUD, "share-types", shares::types_of(store, user, id)),
        Property::text(NEXTCLOUD, "has-preview", "false"),
        current_user(&account.id),
    ];
    if !entry.checksum.is_empty() {
        let checksum = format!(
            "<oc:checksum>{}</oc:checksum>",
            xml::escape(&entry.checksum)
        );
        properties.push(Property::xml(OWNCLOUD, "checksums", checksum));
    }
    for (namespace, name, value) in &entry.properties {
        properties.push(Property::text(namespace.clone(), name.clone(), value));
    }
    if entry.is_folder {
        let occupied = files::total(store, user, "");
        let free = quota::limit(&account.quota).map_or_else(
            || "-3".to_owned(),
            |limit| {
                limit
                    .saturating_sub(u64::try_from(occupied).unwrap_or(u64::MAX))
                    .to_string()
            },
        );
        properties.push(Property::xml(DAV, "resourcetype", "<d:collection/>"));
        properties.push(Property::text(OWNCLOUD, "permissions", "RGDNVCK"));
        properties.push(Property::text(
            DAV,
            "quota-used-bytes",
            occupied.to_string(),
        ));
        properties.push(Property::text(DAV, "quota-available-bytes", free));
    } else {
        properties.push(Property::xml(DAV, "resourcetype", ""));
        properties.push(Property::text(OWNCLOUD, "permissions", "RGDNVW"));
        properties.push(Property::text(
            DAV,
            "getcontentlength",
            entry.size.to_string(),
        ));
        properties.push(Property::text(DAV, "getcontenttype", &entry.content_type));
    }
    properties
}
