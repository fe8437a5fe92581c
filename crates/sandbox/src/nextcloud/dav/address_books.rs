//! Address books and cards (CardDAV, RFC 6352). Keys are `user/book` and `user/book/name`.

use serde::{Deserialize, Serialize};

use super::{
    cards, failure,
    multistatus::{Multistatus, Property, Wanted},
    reading::current_user,
    xml::{self, CALENDAR_SERVER, CARDDAV, DAV, Element},
};
use crate::{
    http::{Answer, Request},
    nextcloud::accounts::Account,
    store::Store,
    text::{percent_decode, percent_encode},
};

const TABLE: &str = "address_book";
pub(super) const BASE: &str = "/remote.php/dav/addressbooks/users/";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Book {
    display_name: String,
    description: String,
    /// Counts the changes.
    pub(super) changes: u64,
    /// Tokens from before this change are forgotten.
    pub(super) oldest: u64,
}

fn key(user: &str, name: &str) -> String {
    format!("{user}/{name}")
}

pub(super) fn load(store: &Store, user: &str, name: &str) -> Option<Book> {
    store.get(TABLE, &key(user, name))
}

/// Counts a change and answers its number.
pub(super) fn count_change(store: &mut Store, user: &str, name: &str) -> u64 {
    let Some(mut book) = load(store, user, name) else {
        return 0;
    };
    book.changes += 1;
    store.put(TABLE, &key(user, name), &book);
    book.changes
}

pub(super) fn home(user: &str) -> String {
    format!("{BASE}{}/", percent_encode(user))
}

fn href(user: &str, name: &str) -> String {
    format!("{}{}/", home(user), percent_encode(name))
}

/// Every user has one from the beginning.
pub(super) fn create_contacts(store: &mut Store, user: &str) {
    if load(store, user, "contacts").is_none() {
        put(store, user, "contacts", "Contacts");
    }
}

fn put(store: &mut Store, user: &str, name: &str, display_name: &str) {
    let book = Book {
        display_name: display_name.to_owned(),
        description: String::new(),
        changes: 1,
        oldest: 0,
    };
    store.put(TABLE, &key(user, name), &book);
}

pub(super) fn forget(store: &mut Store, user: &str) {
    store.remove_below(TABLE, &key(user, ""));
    cards::forget(store, &key(user, ""));
}

/// Every token there is becomes invalid.
pub(super) fn forget_tokens(store: &mut Store) {
    for (key, mut book) in store.list::<Book>(TABLE) {
        book.changes += 1;
        book.oldest = book.changes;
        store.put(TABLE, &key, &book);
    }
}

/// Answers what concerns address books; `None` for another path.
pub(super) fn answer(request: &Request, store: &mut Store, account: &Account) -> Option<Answer> {
    let rest = request.path.strip_prefix(BASE)?;
    let names: Vec<String> = rest
        .split('/')
        .filter(|one| !one.is_empty())
        .map(percent_decode)
        .collect();
    let is_wrong = |one: &String| one == "." || one == ".." || one.contains(['/', '\0', '\\']);
    if names.iter().any(is_wrong) {
        return Some(failure(404));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let user = account.id.as_str();
    Some(match names.as_slice() {
        [owner, ..] if !owner.eq_ignore_ascii_case(user) => {
            failure(if request.method == "PROPFIND" {
                404
            } else {
                403
            })
        }
        [_] => answer_home(request, store, user),
        [_, book] => answer_book(request, store, user, book),
        [_, book, card] => cards::answer(request, store, user, book, card),
        _ => failure(404),
    })
}

fn wanted(request: &Request) -> Wanted {
    Wanted::of(xml::parse(&request.body).as_ref())
}

fn answer_home(request: &Request, store: &mut Store, user: &str) -> Answer {
    if request.method != "PROPFIND" {
        return failure(405);
    }
    create_contacts(store, user);
    let wanted = wanted(request);
    let mut multistatus = Multistatus::new();
    let itself = [
        Property::xml(DAV, "resourcetype", "<d:collection/>"),
        current_user(user),
    ];
    multistatus.add(&home(user), &itself, &wanted);
    if request.header("depth") == Some("1") {
        let prefix = key(user, "");
        for (key, book) in store.list_below::<Book>(TABLE, &prefix) {
            let name = key.strip_prefix(&prefix).unwrap_or_default();
            multistatus.add(&href(user, name), &properties(user, &book), &wanted);
        }
    }
    multistatus.into_answer()
}

fn properties(user: &str, book: &Book) -> Vec<Property> {
    let token = super::calendars::sync_token(book.changes);
    vec![
        Property::xml(DAV, "resourcetype", "<d:collection/><card:addressbook/>"),
        Property::text(DAV, "displayname", &book.display_name),
        Property::text(CARDDAV, "addressbook-description", &book.description),
        Property::text(CALENDAR_SERVER, "getctag", &token),
        Property::text(DAV, "sync-token", &token),
        Property::xml(
            DAV,
            "current-user-privilege-set",
            "<d:privilege><d:read/></d:privilege><d:privilege><d:write/></d:privilege>",
        ),
        current_user(user),
    ]
}

fn answer_book(request: &Request, store: &mut Store, user: &str, name: &str) -> Answer {
    let known = load(store, user, name);
    match (request.method.as_str(), known) {
        ("MKCOL", Some(_)) => {
            let exception = "Sabre\\DAV\\Exception\\MethodNotAllowed";
            xml::error(
                405,
                exception,
                "The resource you tried to create already exists",
                "",
            )
        }
        ("MKCOL", None) => create(request, store, user, name),
        (_, None) => failure(404),
        ("PROPFIND", Some(book)) => {
            let wanted = wanted(request);
            let mut multistatus = Multistatus::new();
            multistatus.add(&href(user, name), &properties(user, &book), &wanted);
            if request.header("depth") == Some("1") {
                cards::add_all(store, user, name, &wanted, &mut multistatus);
            }
            multistatus.into_answer()
        }
        ("PROPPATCH", Some(book)) => patch(request, store, user, name, book),
        ("REPORT", Some(book)) => cards::report(request, store, user, name, &book),
        ("DELETE", Some(_)) => {
            store.remove(TABLE, &key(user, name));
            cards::forget(store, &key(user, &format!("{name}/")));
            Answer::empty(204)
        }
        _ => failure(405),
    }
}

fn create(request: &Request, store: &mut Store, user: &str, name: &str) -> Answer {
    let Some(root) = xml::parse(&request.body) else {
        return failure(415);
    };
    // A plain folder cannot be here (RFC 6352, section 5.2).
    if root.find(CARDDAV, "addressbook").is_none() {
        return failure(403);
    }
    let display_name = root
        .find(DAV, "displayname")
        .map_or(name, |one| one.text.trim());
    put(store, user, name, display_name);
    Answer::empty(201)
}

fn patch(request: &Request, store: &mut Store, user: &str, name: &str, mut book: Book) -> Answer {
    let Some(root) = xml::parse(&request.body) else {
        return failure(400);
    };
    let text = |namespace, name| {
        root.find(namespace, name)
            .map(|one: &Element| one.text.trim().to_owned())
    };
    if let Some(display_name) = text(DAV, "displayname") {
        book.display_name = display_name;
    }
    if let Some(description) = text(CARDDAV, "addressbook-description") {
        book.description = description;
    }
    book.changes += 1;
    store.put(TABLE, &key(user, name), &book);
    let mut multistatus = Multistatus::new();
    let wanted = Wanted::of(root.find(DAV, "set"));
    multistatus.add(&href(user, name), &properties(user, &book), &wanted);
    multistatus.into_answer()
}
