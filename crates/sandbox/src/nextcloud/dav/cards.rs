//! Cards of address books: written, read, found and synchronised.

use serde::{Deserialize, Serialize};

use super::{
    address_books::{self, Book},
    calendars::sync_token,
    conditions, failure,
    lines::{halves, name as line_name, unfold},
    multistatus::{Multistatus, Property, Wanted},
    report::{invalid_token, since},
    xml::{self, CARDDAV, DAV, Element},
};
use crate::{
    digest,
    http::{Answer, Request},
    store::Store,
    text::{percent_decode, percent_encode},
};

const TABLE: &str = "card";
const REMOVED: &str = "removed_card";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Card {
    data: String,
    uid: String,
    etag: String,
    change: u64,
}

fn key(user: &str, book: &str, name: &str) -> String {
    format!("{user}/{book}/{name}")
}

fn href(user: &str, book: &str, name: &str) -> String {
    let names = [book, name].map(percent_encode);
    format!("{}{}", address_books::home(user), names.join("/"))
}

fn all(store: &Store, user: &str, book: &str) -> Vec<(String, Card)> {
    let prefix = key(user, book, "");
    let rows = store.list_below::<Card>(TABLE, &prefix).into_iter();
    rows.filter_map(|(key, card)| Some((key.strip_prefix(&prefix)?.to_owned(), card)))
        .collect()
}

pub(super) fn forget(store: &mut Store, prefix: &str) {
    store.remove_below(TABLE, prefix);
    store.remove_below(REMOVED, prefix);
}

pub(super) fn answer(
    request: &Request,
    store: &mut Store,
    user: &str,
    book: &str,
    name: &str,
) -> Answer {
    if address_books::load(store, user, book).is_none() {
        return failure(404);
    }
    let old: Option<Card> = store.get(TABLE, &key(user, book, name));
    if request.method == "PUT" {
        return put(request, store, (user, book, name), old.as_ref());
    }
    let Some(card) = old else {
        return failure(404);
    };
    match request.method.as_str() {
        "GET" => Answer::text(200, "text/vcard; charset=utf-8", card.data).with("ETag", card.etag),
        "PROPFIND" => {
            let mut multistatus = Multistatus::new();
            let wanted = Wanted::of(xml::parse(&request.body).as_ref());
            multistatus.add(
                &href(user, book, name),
                &properties(&card, &wanted),
                &wanted,
            );
            multistatus.into_answer()
        }
        "DELETE" => {
            if let Some(refusal) = conditions::refusal(request, Some(&card.etag)) {
                return refusal;
            }
            let change = address_books::count_change(store, user, book);
            store.remove(TABLE, &key(user, book, name));
            store.put(REMOVED, &key(user, book, name), &change);
            Answer::empty(204)
        }
        _ => failure(405),
    }
}

fn put(
    request: &Request,
    store: &mut Store,
    (user, book, name): (&str, &str, &str),
    old: Option<&Card>,
) -> Answer {
    if let Some(refusal) = conditions::refusal(request, old.map(|old| old.etag.as_str())) {
        return refusal;
    }
    let data = String::from_utf8_lossy(&request.body).into_owned();
    let lines = unfold(&data);
    let is_card = lines
        .first()
        .is_some_and(|line| line.eq_ignore_ascii_case("BEGIN:VCARD"))
        && lines
            .last()
            .is_some_and(|line| line.eq_ignore_ascii_case("END:VCARD"));
    if !is_card {
        let exception = "Sabre\\DAV\\Exception\\UnsupportedMediaType";
        return xml::error(
            415,
            exception,
            "This resource only supports valid vCard data.",
            "<card:valid-address-data/>",
        );
    }
    let uid = lines
        .iter()
        .find(|line| line_name(line) == "UID")
        .map(|line| halves(line).1.trim().to_owned());
    let uid = uid.unwrap_or_default();
    let is_taken =
        |(other, card): &(String, Card)| other != name && !uid.is_empty() && card.uid == uid;
    if let Some((other, _)) = all(store, user, book).iter().find(|one| is_taken(one)) {
        let exception = "Sabre\\DAV\\Exception\\BadRequest";
        let condition = format!(
            "<card:no-uid-conflict><d:href>{}</d:href></card:no-uid-conflict>",
            xml::escape(&href(user, book, other))
        );
        return xml::error(
            400,
            exception,
            "VCard object with uid already exists in this addressbook collection.",
            &condition,
        );
    }
    let card = Card {
        etag: format!("\"{}\"", digest::content(data.as_bytes())),
        data,
        uid,
        change: address_books::count_change(store, user, book),
    };
    store.put(TABLE, &key(user, book, name), &card);
    store.remove(REMOVED, &key(user, book, name));
    Answer::empty(if old.is_some() { 204 } else { 201 }).with("ETag", card.etag)
}

fn properties(card: &Card, wanted: &Wanted) -> Vec<Property> {
    let mut properties = vec![
        Property::xml(DAV, "resourcetype", ""),
        Property::text(DAV, "getetag", &card.etag),
        Property::text(DAV, "getcontenttype", "text/vcard; charset=utf-8"),
        Property::text(DAV, "getcontentlength", card.data.len().to_string()),
    ];
    if wanted.names(CARDDAV, "address-data") {
        properties.push(Property::text(CARDDAV, "address-data", &card.data));
    }
    properties
}

pub(super) fn add_all(
    store: &Store,
    user: &str,
    book: &str,
    wanted: &Wanted,
    multistatus: &mut Multistatus,
) {
    for (name, card) in all(store, user, book) {
        multistatus.add(&href(user, book, &name), &properties(&card, wanted), wanted);
    }
}

pub(super) fn report(
    request: &Request,
    store: &Store,
    user: &str,
    name: &str,
    book: &Book,
) -> Answer {
    let Some(root) = xml::parse(&request.body) else {
        return failure(400);
    };
    let wanted = Wanted::of(Some(&root));
    let mut multistatus = Multistatus::new();
    match (root.namespace.as_str(), root.name.as_str()) {
        (CARDDAV, "addressbook-query") => {
            let found = all(store, user, name)
                .into_iter()
                .filter(|(_, card)| matches(&root, card));
            for (object, card) in found.take(limit(&root)) {
                multistatus.add(
                    &href(user, name, &object),
                    &properties(&card, &wanted),
                    &wanted,
                );
            }
        }
        (CARDDAV, "addressbook-multiget") => {
            for asked in root.children.iter().filter(|child| child.is(DAV, "href")) {
                let object =
                    percent_decode(asked.text.trim().rsplit('/').next().unwrap_or_default());
                let is_here = asked.text.trim() == href(user, name, &object);
                match store
                    .get::<Card>(TABLE, &key(user, name, &object))
                    .filter(|_| is_here)
                {
                    Some(card) => {
                        multistatus.add(asked.text.trim(), &properties(&card, &wanted), &wanted);
                    }
                    None => multistatus.add_missing(asked.text.trim()),
                }
            }
        }
        (DAV, "sync-collection") => {
            let Ok(since) = since(&root, book.changes, book.oldest) else {
                return invalid_token();
            };
            let is_new = |change: u64| since.is_none_or(|since| change > since);
            for (object, card) in all(store, user, name)
                .into_iter()
                .filter(|(_, card)| is_new(card.change))
            {
                multistatus.add(
                    &href(user, name, &object),
                    &properties(&card, &wanted),
                    &wanted,
                );
            }
            let prefix = key(user, name, "");
            for (removed, change) in store.list_below::<u64>(REMOVED, &prefix) {
                if since.is_some() && is_new(change) {
                    multistatus.add_missing(&href(
                        user,
                        name,
                        removed.strip_prefix(&prefix).unwrap_or_default(),
                    ));
                }
            }
            multistatus.sync_token(&sync_token(book.changes));
        }
        _ => {
            return xml::error(
                415,
                "Sabre\\DAV\\Exception\\ReportNotSupported",
                "",
                "<d:supported-report/>",
            );
        }
    }
    multistatus.into_answer()
}

fn limit(root: &Element) -> usize {
    let limit = root
        .find(CARDDAV, "nresults")
        .and_then(|one| one.text.trim().parse().ok());
    limit.unwrap_or(usize::MAX)
}

/// `anyof` the filters unless it says `allof`.
fn matches(root: &Element, card: &Card) -> bool {
    let Some(filter) = root.child(CARDDAV, "filter") else {
        return true;
    };
    let lines = unfold(&card.data);
    let mut filters = filter
        .children
        .iter()
        .filter(|one| one.is(CARDDAV, "prop-filter"))
        .peekable();
    if filters.peek().is_none() {
        return true;
    }
    let holds = |filter: &Element| {
        let wanted = filter.attribute("name").unwrap_or_default();
        let text = filter
            .child(CARDDAV, "text-match")
            .map(|one| one.text.to_lowercase());
        let mut named = lines
            .iter()
            .filter(|line| line_name(line).eq_ignore_ascii_case(wanted));
        named.any(|line| {
            text.as_ref()
                .is_none_or(|text| halves(line).1.to_lowercase().contains(text))
        })
    };
    if filter.attribute("test") == Some("allof") {
        filters.all(holds)
    } else {
        filters.any(holds)
    }
}
