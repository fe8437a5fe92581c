//! The file tree: keys are `user/path`, the home's path being empty.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{failure, owned};
use crate::{
    clock,
    http::{Answer, Request},
    random,
    store::Store,
};

const TABLE: &str = "file";

/// A file or folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) is_folder: bool,
    /// In base64.
    content: String,
    pub(super) size: usize,
    pub(super) content_type: String,
    /// With its quotes.
    pub(super) etag: String,
    pub(super) modified: i64,
    pub(super) file_id: u64,
}

/// Nextcloud gives every write a new version, whatever the content.
fn fresh_etag() -> String {
    format!("\"{}\"", random::hex::<16>())
}

impl Entry {
    pub(super) fn folder(store: &mut Store) -> Self {
        Self {
            is_folder: true,
            content: String::new(),
            size: 0,
            content_type: String::new(),
            etag: fresh_etag(),
            modified: clock::seconds(),
            file_id: store.next_id(TABLE),
        }
    }

    /// A file's new version; it keeps the id of the one it replaces.
    pub(super) fn file(
        store: &mut Store,
        old: Option<&Self>,
        content: &[u8],
        content_type: String,
        modified: i64,
    ) -> Self {
        Self {
            is_folder: false,
            content: STANDARD.encode(content),
            size: content.len(),
            content_type,
            etag: fresh_etag(),
            modified,
            file_id: old.map_or_else(|| store.next_id(TABLE), |old| old.file_id),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.content).unwrap_or_default()
    }
}

fn key(user: &str, path: &str) -> String {
    format!("{user}/{path}")
}

/// The home is always there.
pub(super) fn load(store: &Store, user: &str, path: &str) -> Option<Entry> {
    let found = store.get(TABLE, &key(user, path));
    found.or_else(|| {
        path.is_empty().then(|| Entry {
            is_folder: true,
            content: String::new(),
            size: 0,
            content_type: String::new(),
            etag: "\"0\"".to_owned(),
            modified: 0,
            file_id: 0,
        })
    })
}

pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Stores an entry; the folders above get new versions.
pub(super) fn save(store: &mut Store, user: &str, path: &str, entry: &Entry) {
    store.put(TABLE, &key(user, path), entry);
    touch_above(store, user, path);
}

/// Removes an entry with all below it.
pub(super) fn remove(store: &mut Store, user: &str, path: &str) {
    store.remove(TABLE, &key(user, path));
    store.remove_below(TABLE, &key(user, &format!("{path}/")));
    touch_above(store, user, path);
}

fn touch_above(store: &mut Store, user: &str, path: &str) {
    let mut above = path;
    while !above.is_empty() {
        above = parent(above);
        let mut folder = match store.get::<Entry>(TABLE, &key(user, above)) {
            Some(folder) => folder,
            None => Entry::folder(store),
        };
        folder.etag = fresh_etag();
        folder.modified = clock::seconds();
        store.put(TABLE, &key(user, above), &folder);
    }
}

/// Everything below a folder, with paths relative to it.
pub(super) fn below(store: &Store, user: &str, path: &str) -> Vec<(String, Entry)> {
    let prefix = if path.is_empty() {
        key(user, "")
    } else {
        key(user, &format!("{path}/"))
    };
    let all = store.list_below::<Entry>(TABLE, &prefix).into_iter();
    all.filter_map(|(key, entry)| Some((key.strip_prefix(&prefix)?.to_owned(), entry)))
        .filter(|(relative, _)| !relative.is_empty())
        .collect()
}

/// Bytes below a folder.
pub(super) fn total(store: &Store, user: &str, path: &str) -> usize {
    below(store, user, path)
        .iter()
        .map(|(_, entry)| entry.size)
        .sum()
}

pub(super) fn get(request: &Request, store: &Store, user: &str, path: &str) -> Answer {
    let Some(entry) = load(store, user, path) else {
        return failure(404);
    };
    if entry.is_folder {
        return failure(501);
    }
    let answer = Answer::empty(200)
        .with("Content-Type", entry.content_type.clone())
        .with("ETag", entry.etag.clone())
        .with("OC-ETag", entry.etag.clone())
        .with("Last-Modified", clock::http_date(entry.modified))
        .with("Accept-Ranges", "bytes");
    let matches = request.header("if-none-match") == Some(entry.etag.as_str());
    if matches {
        return Answer {
            status: 304,
            ..answer
        };
    }
    slice(request, answer, entry.bytes())
}

/// One range of bytes (RFC 9110, section 14.2).
fn slice(request: &Request, mut answer: Answer, bytes: Vec<u8>) -> Answer {
    let range = request
        .header("range")
        .and_then(|header| header.strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.split_once('-')) else {
        answer.body = bytes.into();
        return answer;
    };
    let total = bytes.len();
    let (first, last) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) => (first, last.min(total.saturating_sub(1))),
        (Ok(first), Err(_)) => (first, total.saturating_sub(1)),
        (Err(_), Ok(length)) => (total.saturating_sub(length), total.saturating_sub(1)),
        (Err(_), Err(_)) => (total, 0),
    };
    let Some(part) = bytes.get(first..=last).filter(|part| !part.is_empty()) else {
        return failure(416).with("Content-Range", format!("bytes */{total}"));
    };
    answer.status = 206;
    answer.body = part.to_vec().into();
    answer.with("Content-Range", format!("bytes {first}-{last}/{total}"))
}

pub(super) fn forget(store: &mut Store, user: &str) {
    store.remove_below(TABLE, &key(user, ""));
}

pub(crate) fn state(store: &Store) -> Value {
    let all = store.list::<Entry>(TABLE).into_iter();
    all.filter_map(|(key, entry)| {
        let (user, path) = key.split_once('/')?;
        let value = json!({"path": path, "is_folder": entry.is_folder, "size": entry.size});
        (!path.is_empty()).then(|| owned(user, value))
    })
    .collect()
}
