//! Changing files.

use super::{
    conditions, failure,
    files::{self, Entry, parent},
    trash, versions,
};
use crate::{
    clock,
    http::{Answer, Request},
    nextcloud::{accounts::Account, quota},
    store::Store,
};

pub(super) fn put(
    request: &Request,
    store: &mut Store,
    account: &Account,
    user: &str,
    path: &str,
) -> Answer {
    let old = files::load(store, user, path);
    let etag = old.as_ref().map(|old| old.etag.as_str());
    // Not the 409 of RFC 4918 (9.7.1).
    if !has_folder(store, user, path) {
        return failure(404);
    }
    if let Some(refusal) = refusal_of_place(store, user, path, old.as_ref())
        .or_else(|| conditions::refusal(request, etag))
        .or_else(|| no_room(store, account, user, old.as_ref(), request.body.len()))
    {
        return refusal;
    }
    place(request, store, user, path, &request.body)
}

/// A folder is in the way, or there is none to be in.
pub(super) fn refusal_of_place(
    store: &Store,
    user: &str,
    path: &str,
    old: Option<&Entry>,
) -> Option<Answer> {
    if !is_name(path) {
        return Some(failure(400));
    }
    let is_wrong = old.is_some_and(|old| old.is_folder) || !has_folder(store, user, path);
    is_wrong.then(|| failure(409))
}

/// Names that Nextcloud takes: not too long, no file that the web server reads, no backslash.
fn is_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.len() <= 250 && name != ".htaccess" && !name.contains('\\')
}

/// 507 if a file of this size is too much for the account.
pub(super) fn no_room(
    store: &Store,
    account: &Account,
    user: &str,
    old: Option<&Entry>,
    size: usize,
) -> Option<Answer> {
    let limit = quota::limit(&account.quota)?;
    let replaced = old.map_or(0, |old| old.size);
    let occupied = (files::total(store, user, "") - replaced).saturating_add(size);
    (u64::try_from(occupied).unwrap_or(u64::MAX) > limit).then(|| failure(507))
}

/// Writes a file that may be written; what was there becomes an older version.
pub(super) fn place(
    request: &Request,
    store: &mut Store,
    user: &str,
    path: &str,
    content: &[u8],
) -> Answer {
    let old = files::load(store, user, path);
    let sent_time = request
        .header("x-oc-mtime")
        .and_then(|text| text.parse::<i64>().ok());
    let modified = sent_time.unwrap_or_else(clock::seconds);
    let content_type = content_type(request, path);
    let mut entry = Entry::file(store, old.as_ref(), content, content_type, modified);
    let checksum = request.header("oc-checksum").unwrap_or_default();
    checksum.clone_into(&mut entry.checksum);
    files::save(store, user, path, &entry);
    let status = if old.is_some() { 204 } else { 201 };
    if let Some(old) = old {
        versions::keep(store, user, &old);
    }
    let answer = Answer::empty(status)
        .with("ETag", entry.etag.clone())
        .with("OC-ETag", entry.etag.clone())
        .with("OC-FileId", format!("{:08}sandbox", entry.file_id));
    match sent_time {
        Some(_) => answer.with("X-OC-MTime", "accepted"),
        None => answer,
    }
}

/// Nextcloud goes by the name; what the client says counts only for unknown endings.
fn content_type(request: &Request, path: &str) -> String {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let known = match ending.to_ascii_lowercase().as_str() {
        "txt" => "text/plain",
        "md" => "text/markdown",
        "html" => "text/html",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "zip" => "application/zip",
        _ => request
            .header("content-type")
            .unwrap_or("application/octet-stream"),
    };
    known.to_owned()
}

pub(super) fn has_folder(store: &Store, user: &str, path: &str) -> bool {
    files::load(store, user, parent(path)).is_some_and(|folder| folder.is_folder)
}

pub(super) fn mkcol(request: &Request, store: &mut Store, user: &str, path: &str) -> Answer {
    if !request.body.is_empty() {
        return failure(415);
    }
    if !is_name(path) {
        return failure(400);
    }
    if files::load(store, user, path).is_some() {
        return failure(405);
    }
    if !has_folder(store, user, path) {
        return failure(409);
    }
    let folder = Entry::folder(store);
    files::save(store, user, path, &folder);
    Answer::empty(201).with("OC-FileId", format!("{:08}sandbox", folder.file_id))
}

pub(super) fn delete(request: &Request, store: &mut Store, user: &str, path: &str) -> Answer {
    if path.is_empty() {
        return failure(403);
    }
    let Some(entry) = files::load(store, user, path) else {
        return failure(404);
    };
    if let Some(refusal) = conditions::refusal(request, Some(&entry.etag)) {
        return refusal;
    }
    trash::throw_away(store, user, path, entry);
    Answer::empty(204)
}
