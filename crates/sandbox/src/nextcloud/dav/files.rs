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
const BLOBS: &str = "blob";

/// A file or folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) is_folder: bool,
    /// In base64, in files of older sandboxes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    content: String,
    /// The key of the content, which is apart so that lists need not carry it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    blob: String,
    pub(super) size: usize,
    pub(super) content_type: String,
    /// With its quotes.
    pub(super) etag: String,
    pub(super) modified: i64,
    pub(super) file_id: u64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) checksum: String,
    #[serde(default)]
    pub(super) is_favorite: bool,
    /// Properties of clients: namespace, name, value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<(String, String, String)>,
}

/// Nextcloud gives every write a new version, whatever the content.
fn fresh_etag() -> String {
    format!("\"{}\"", random::hex::<16>())
}

impl Entry {
    fn empty(etag: String, modified: i64, file_id: u64) -> Self {
        Self {
            is_folder: true,
            content: String::new(),
            blob: String::new(),
            size: 0,
            content_type: String::new(),
            etag,
            modified,
            file_id,
            checksum: String::new(),
            is_favorite: false,
            properties: Vec::new(),
        }
    }

    pub(super) fn folder(store: &mut Store) -> Self {
        let file_id = store.next_id(TABLE);
        Self::empty(fresh_etag(), clock::seconds(), file_id)
    }

    /// A file's new version; it keeps the id of the one it replaces, and its marks.
    pub(super) fn file(
        store: &mut Store,
        old: Option<&Self>,
        content: &[u8],
        content_type: String,
        modified: i64,
    ) -> Self {
        let file_id = old.map_or_else(|| store.next_id(TABLE), |old| old.file_id);
        Self {
            is_folder: false,
            blob: keep(store, content),
            size: content.len(),
            content_type,
            is_favorite: old.is_some_and(|old| old.is_favorite),
            properties: old.map(|old| old.properties.clone()).unwrap_or_default(),
            ..Self::empty(fresh_etag(), modified, file_id)
        }
    }

    pub(super) fn bytes(&self, store: &Store) -> Vec<u8> {
        if self.blob.is_empty() {
            return STANDARD.decode(&self.content).unwrap_or_default();
        }
        blob(store, &self.blob)
    }

    /// The same file with an id and content of its own.
    pub(super) fn copied(&self, store: &mut Store) -> Self {
        let content = self.bytes(store);
        Self {
            file_id: store.next_id(TABLE),
            blob: if self.is_folder {
                String::new()
            } else {
                keep(store, &content)
            },
            content: String::new(),
            is_favorite: false,
            ..self.clone()
        }
    }

    /// Its content goes; it must not be used afterwards.
    pub(super) fn forget(&self, store: &mut Store) {
        forget_blob(store, &self.blob);
    }

    pub(super) fn renew(&mut self) {
        self.etag = fresh_etag();
    }
}

/// Keeps content and answers its key.
pub(super) fn keep(store: &mut Store, content: &[u8]) -> String {
    let key = random::hex::<16>();
    store.put(BLOBS, &key, &STANDARD.encode(content));
    key
}

pub(super) fn blob(store: &Store, key: &str) -> Vec<u8> {
    let text: String = store.get(BLOBS, key).unwrap_or_default();
    STANDARD.decode(text).unwrap_or_default()
}

pub(super) fn forget_blob(store: &mut Store, key: &str) {
    store.remove(BLOBS, key);
}

fn key(user: &str, path: &str) -> String {
    format!("{user}/{path}")
}

/// The home is always there.
pub(super) fn load(store: &Store, user: &str, path: &str) -> Option<Entry> {
    let found = store.get(TABLE, &key(user, path));
    found.or_else(|| {
        path.is_empty()
            .then(|| Entry::empty("\"0\"".to_owned(), 0, 0))
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
    let below = below(store, user, path).into_iter().map(|(_, entry)| entry);
    let all: Vec<Entry> = load(store, user, path).into_iter().chain(below).collect();
    for entry in all {
        entry.forget(store);
    }
    detach(store, user, path);
}

/// Takes an entry with all below it out of the tree; the content stays for whoever holds the entries.
pub(super) fn detach(store: &mut Store, user: &str, path: &str) {
    store.remove(TABLE, &key(user, path));
    store.remove_below(TABLE, &key(user, &format!("{path}/")));
    touch_above(store, user, path);
}

/// Where the file of an id is.
pub(super) fn by_id(store: &Store, user: &str, file_id: u64) -> Option<(String, Entry)> {
    let mut all = below(store, user, "").into_iter();
    all.find(|(_, entry)| entry.file_id == file_id)
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
        return Answer::text(200, "text/html; charset=utf-8", "");
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let encoded = crate::text::percent_encode(name);
    let answer = Answer::empty(200)
        .with("Content-Type", entry.content_type.clone())
        .with("ETag", entry.etag.clone())
        .with("OC-ETag", entry.etag.clone())
        .with("Last-Modified", clock::http_date(entry.modified))
        .with(
            "Content-Disposition",
            format!("attachment; filename*=UTF-8''{encoded}; filename=\"{encoded}\""),
        );
    let matches = match request.header("if-none-match") {
        Some(etag) => etag == entry.etag,
        None => request
            .header("if-modified-since")
            .and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok())
            .is_some_and(|date| entry.modified <= date.timestamp()),
    };
    let answer = match entry.checksum.as_str() {
        "" => answer,
        checksum => answer.with("OC-Checksum", checksum),
    };
    if matches {
        return Answer {
            status: 304,
            ..answer
        };
    }
    slice(request, answer, &entry.etag, entry.bytes(store))
}

/// One range of bytes (RFC 9110, section 14.2).
fn slice(request: &Request, mut answer: Answer, etag: &str, bytes: Vec<u8>) -> Answer {
    // For another version the whole file is meant (RFC 9110, section 13.1.5).
    let is_meant = request.header("if-range").is_none_or(|one| one == etag);
    let range = request
        .header("range")
        .filter(|_| is_meant)
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
        return failure(416);
    };
    answer.status = 206;
    answer.body = part.to_vec().into();
    answer.with("Content-Range", format!("bytes {first}-{last}/{total}"))
}

pub(super) fn forget(store: &mut Store, user: &str) {
    for (_, entry) in below(store, user, "") {
        entry.forget(store);
    }
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
