//! Changing files.

use super::{
    conditions, failure,
    files::{self, Entry, parent},
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
    if old.as_ref().is_some_and(|old| old.is_folder) {
        return failure(409);
    }
    if !has_folder(store, user, path) {
        return failure(409);
    }
    let etag = old.as_ref().map(|old| old.etag.as_str());
    if let Some(refusal) = conditions::refusal(request, etag) {
        return refusal;
    }
    if let Some(limit) = quota::limit(&account.quota) {
        let replaced = old.as_ref().map_or(0, |old| old.size);
        let occupied = files::total(store, user, "") - replaced + request.body.len();
        if u64::try_from(occupied).unwrap_or(u64::MAX) > limit {
            return failure(507);
        }
    }
    let sent_time = request
        .header("x-oc-mtime")
        .and_then(|text| text.parse::<i64>().ok());
    let modified = sent_time.unwrap_or_else(clock::seconds);
    let content_type = content_type(request, path);
    let entry = Entry::file(store, old.as_ref(), &request.body, content_type, modified);
    files::save(store, user, path, &entry);
    let status = if old.is_some() { 204 } else { 201 };
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
    files::remove(store, user, path);
    Answer::empty(204)
}
