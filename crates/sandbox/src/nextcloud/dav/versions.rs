//! Older versions of files (`apps/files_versions`): keys are `user/{file id}/{seconds}`.

use super::{
    beside, failure,
    files::{self, Entry},
    multistatus::Property,
    xml::DAV,
};
use crate::{
    clock,
    http::{Answer, Request},
    store::Store,
};

const TABLE: &str = "version";

fn key(user: &str, file_id: &str, version: &str) -> String {
    format!("{user}/{file_id}/{version}")
}

/// Keeps what was replaced, under the time of its own change; a second one of that time replaces it.
pub(super) fn keep(store: &mut Store, user: &str, old: &Entry) {
    let version = old.modified.to_string();
    let key = key(user, &old.file_id.to_string(), &version);
    if let Some(same) = store.get::<Entry>(TABLE, &key) {
        same.forget(store);
    }
    store.put(TABLE, &key, old);
}

pub(super) fn forget(store: &mut Store, user: &str) {
    for (key, entry) in store.list_below::<Entry>(TABLE, &format!("{user}/")) {
        entry.forget(store);
        store.remove(TABLE, &key);
    }
}

pub(super) fn answer(request: &Request, store: &mut Store, user: &str, names: &[&str]) -> Answer {
    match (request.method.as_str(), names) {
        ("PROPFIND", ["versions", id]) => {
            let is_there = id
                .parse()
                .is_ok_and(|id| files::by_id(store, user, id).is_some());
            if !is_there {
                return failure(404);
            }
            let prefix = key(user, id, "");
            let found = store.list_below::<Entry>(TABLE, &prefix).into_iter();
            let members = found.map(|(key, entry)| {
                let name = key.strip_prefix(&prefix).unwrap_or(&key).to_owned();
                let properties = vec![
                    Property::xml(DAV, "resourcetype", ""),
                    Property::text(DAV, "getcontentlength", entry.size.to_string()),
                    Property::text(DAV, "getcontenttype", &entry.content_type),
                    Property::text(DAV, "getlastmodified", clock::http_date(entry.modified)),
                    Property::text(DAV, "getetag", &entry.etag),
                ];
                (name, false, properties)
            });
            beside::list(request, (user, "versions", names), members.collect())
        }
        ("GET", ["versions", id, version]) => match load(store, user, id, version) {
            Some(entry) => Answer {
                body: entry.bytes(store).into(),
                ..Answer::empty(200).with("ETag", entry.etag)
            },
            None => failure(404),
        },
        ("MOVE", ["versions", id, version]) => restore(store, user, id, version),
        _ => failure(404),
    }
}

fn load(store: &Store, user: &str, id: &str, version: &str) -> Option<Entry> {
    store.get(TABLE, &key(user, id, version))
}

fn restore(store: &mut Store, user: &str, id: &str, version: &str) -> Answer {
    let found = load(store, user, id, version);
    let place = id.parse().ok().and_then(|id| files::by_id(store, user, id));
    let (Some(mut entry), Some((path, present))) = (found, place) else {
        return failure(404);
    };
    store.remove(TABLE, &key(user, id, version));
    keep(store, user, &present);
    entry.renew();
    files::save(store, user, &path, &entry);
    Answer::empty(201)
}
