//! The trash bin (`apps/files_trashbin`): keys are `user/name.d{seconds}`.

use serde::{Deserialize, Serialize};

use super::{
    beside, failure,
    files::{self, Entry},
    multistatus::Property,
    xml::{DAV, NEXTCLOUD, OWNCLOUD},
};
use crate::{
    clock,
    http::{Answer, Request},
    store::Store,
};

const TABLE: &str = "trash";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Item {
    name: String,
    /// The path it had, without a slash in front.
    path: String,
    deleted: i64,
    entry: Entry,
    /// What was in it.
    below: Vec<(String, Entry)>,
}

impl Item {
    fn size(&self) -> usize {
        let below = self.below.iter().map(|(_, entry)| entry.size);
        self.entry.size + below.sum::<usize>()
    }

    fn properties(&self) -> Vec<Property> {
        let kind = if self.entry.is_folder {
            "<d:collection/>"
        } else {
            ""
        };
        let mut properties = vec![
            Property::xml(DAV, "resourcetype", kind),
            Property::text(NEXTCLOUD, "trashbin-filename", &self.name),
            Property::text(NEXTCLOUD, "trashbin-original-location", &self.path),
            Property::text(
                NEXTCLOUD,
                "trashbin-deletion-time",
                self.deleted.to_string(),
            ),
            Property::text(OWNCLOUD, "size", self.size().to_string()),
            Property::text(OWNCLOUD, "fileid", self.entry.file_id.to_string()),
        ];
        if !self.entry.is_folder {
            let size = self.entry.size.to_string();
            properties.push(Property::text(DAV, "getcontentlength", size));
        }
        properties
    }

    fn forget(&self, store: &mut Store) {
        self.entry.forget(store);
        for (_, entry) in &self.below {
            entry.forget(store);
        }
    }
}

fn key(user: &str, id: &str) -> String {
    format!("{user}/{id}")
}

/// Takes a file or folder out of the tree.
pub(super) fn throw_away(store: &mut Store, user: &str, path: &str, entry: Entry) {
    let below = files::below(store, user, path);
    files::detach(store, user, path);
    let name = path.rsplit('/').next().unwrap_or(path).to_owned();
    let deleted = clock::seconds();
    // Things of one name thrown away within a second are told apart, too.
    let mut id = format!("{name}.d{deleted}");
    let mut later = deleted;
    while store.contains(TABLE, &key(user, &id)) {
        later += 1;
        id = format!("{name}.d{later}");
    }
    let item = Item {
        name,
        path: path.to_owned(),
        deleted,
        entry,
        below,
    };
    store.put(TABLE, &key(user, &id), &item);
}

pub(super) fn forget(store: &mut Store, user: &str) {
    for (key, item) in store.list_below::<Item>(TABLE, &key(user, "")) {
        item.forget(store);
        store.remove(TABLE, &key);
    }
}

pub(super) fn answer(request: &Request, store: &mut Store, user: &str, names: &[&str]) -> Answer {
    match (request.method.as_str(), names) {
        ("PROPFIND", ["trash"]) => {
            let prefix = key(user, "");
            let items = store.list_below::<Item>(TABLE, &prefix).into_iter();
            let members = items.map(|(key, item)| {
                let name = key.strip_prefix(&prefix).unwrap_or(&key).to_owned();
                (name, item.entry.is_folder, item.properties())
            });
            beside::list(request, (user, "trashbin", names), members.collect())
        }
        ("DELETE", ["trash"]) => {
            forget(store, user);
            Answer::empty(204)
        }
        (method, ["trash", id]) => {
            let Some(item) = store.get::<Item>(TABLE, &key(user, id)) else {
                return failure(404);
            };
            match method {
                "DELETE" => {
                    item.forget(store);
                    store.remove(TABLE, &key(user, id));
                    Answer::empty(204)
                }
                "MOVE" => restore(request, store, user, id, &item),
                "PROPFIND" => beside::list(request, (user, "trashbin", names), Vec::new()),
                _ => failure(403),
            }
        }
        _ => failure(404),
    }
}

/// To where it was, or beside it if that is taken; to the top if the folder is gone.
fn restore(request: &Request, store: &mut Store, user: &str, id: &str, item: &Item) -> Answer {
    let is_restore = request
        .header("destination")
        .is_some_and(|to| to.contains("/trashbin/") && to.contains("/restore/"));
    if !is_restore {
        return failure(403);
    }
    store.remove(TABLE, &key(user, id));
    let parent = files::parent(&item.path);
    let is_there = files::load(store, user, parent).is_some_and(|folder| folder.is_folder);
    let wanted = if is_there { &item.path } else { &item.name };
    let mut path = wanted.clone();
    let mut number = 2;
    while files::load(store, user, &path).is_some() {
        path = format!("{wanted} (restored {number})");
        number += 1;
    }
    files::save(store, user, &path, &item.entry);
    for (relative, entry) in &item.below {
        files::save(store, user, &format!("{path}/{relative}"), entry);
    }
    Answer::empty(201)
}
