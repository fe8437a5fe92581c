//! Uploads in chunks, version 2 (`apps/dav/lib/Upload/ChunkingV2Plugin.php`): keys are `user/id`, and `user/id/number`
//! for a chunk.
//!
//! With the option `slow_assembly` the MOVE is answered 504, as by a proxy that lost patience, while the file is put
//! together: for so many more requests the upload stays locked (423), and then the file is there and the upload is
//! gone (404).

use serde::{Deserialize, Serialize};

use super::{
    beside, conditions, failure,
    files::{self, Entry},
    multistatus::Property,
    transfer::destination,
    writing,
    xml::DAV,
};
use crate::{
    clock,
    http::{Answer, Request},
    nextcloud::{accounts::Account, options},
    store::Store,
};

const UPLOADS: &str = "upload";
const CHUNKS: &str = "chunk";
const MIN_CHUNK: usize = 5 * 1024 * 1024;
const MAX_CHUNKS: u64 = 10_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Upload {
    destination: String,
    /// Headers of a MOVE that is still going on, and the requests until it ends.
    assembling: Option<(Vec<(String, String)>, u32)>,
    touched: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Chunk {
    size: usize,
    blob: String,
    modified: i64,
}

fn key(user: &str, id: &str) -> String {
    format!("{user}/{id}")
}

/// Sorted by number, since names have as many digits as it takes.
fn chunks(store: &Store, user: &str, id: &str) -> Vec<(u64, String, Chunk)> {
    let prefix = format!("{}/", key(user, id));
    let all = store.list_below::<Chunk>(CHUNKS, &prefix).into_iter();
    let mut chunks: Vec<_> = all
        .filter_map(|(key, chunk)| {
            let name = key.strip_prefix(&prefix)?.to_owned();
            Some((name.parse().ok()?, name, chunk))
        })
        .collect();
    chunks.sort_by_key(|(number, ..)| *number);
    chunks
}

fn remove(store: &mut Store, user: &str, id: &str) {
    for (_, name, chunk) in chunks(store, user, id) {
        files::forget_blob(store, &chunk.blob);
        store.remove(CHUNKS, &format!("{}/{name}", key(user, id)));
    }
    store.remove(UPLOADS, &key(user, id));
}

pub(super) fn forget(store: &mut Store, user: &str) {
    for (key, _) in store.list_below::<Upload>(UPLOADS, &format!("{user}/")) {
        let id = key.rsplit('/').next().unwrap_or_default().to_owned();
        remove(store, user, &id);
    }
}

pub(super) fn answer(
    request: &Request,
    store: &mut Store,
    account: &Account,
    user: &str,
    names: &[&str],
) -> Answer {
    let [id, rest @ ..] = names else {
        return failure(403);
    };
    advance(store, account, user, id);
    let upload = store.get::<Upload>(UPLOADS, &key(user, id));
    let Some(upload) = upload else {
        return match (request.method.as_str(), rest) {
            ("MKCOL", []) => begin(request, store, account, user, id),
            _ => failure(404),
        };
    };
    let is_busy = upload.assembling.is_some();
    match (request.method.as_str(), rest) {
        ("MKCOL", []) => failure(405),
        ("PROPFIND", []) => {
            let members = chunks(store, user, id).into_iter().map(|(_, name, chunk)| {
                let properties = vec![
                    Property::xml(DAV, "resourcetype", ""),
                    Property::text(DAV, "getcontentlength", chunk.size.to_string()),
                    Property::text(DAV, "getlastmodified", clock::http_date(chunk.modified)),
                ];
                (name, false, properties)
            });
            beside::list(request, (user, "uploads", names), members.collect())
        }
        _ if is_busy => failure(423),
        ("DELETE", []) => {
            remove(store, user, id);
            Answer::empty(204)
        }
        ("PUT", [number]) => put(request, store, user, id, number),
        ("DELETE", [number]) => {
            let key = format!("{}/{number}", key(user, id));
            match store.get::<Chunk>(CHUNKS, &key) {
                Some(chunk) => {
                    files::forget_blob(store, &chunk.blob);
                    store.remove(CHUNKS, &key);
                    Answer::empty(204)
                }
                None => failure(404),
            }
        }
        ("MOVE", [".file"]) => finish(request, store, account, user, id),
        _ => failure(403),
    }
}

fn total(request: &Request) -> Option<usize> {
    request.header("oc-total-length")?.parse().ok()
}

/// Whether it is known early that there will be no room.
fn is_too_much(request: &Request, store: &Store, account: &Account, user: &str) -> Option<Answer> {
    let path = destination(request, user)?;
    let old = files::load(store, user, &path);
    writing::no_room(store, account, user, old.as_ref(), total(request)?)
}

fn begin(request: &Request, store: &mut Store, account: &Account, user: &str, id: &str) -> Answer {
    // Without a destination it would be the first version of chunking.
    let Some(path) = destination(request, user) else {
        return failure(400);
    };
    if !writing::has_folder(store, user, &path) {
        return failure(409);
    }
    if let Some(refusal) = is_too_much(request, store, account, user) {
        return refusal;
    }
    let upload = Upload {
        destination: path,
        assembling: None,
        touched: clock::seconds(),
    };
    store.put(UPLOADS, &key(user, id), &upload);
    Answer::empty(201)
}

fn put(request: &Request, store: &mut Store, user: &str, id: &str, name: &str) -> Answer {
    let number = name.parse::<u64>().ok();
    if number.is_none_or(|number| !(1..=MAX_CHUNKS).contains(&number)) {
        return failure(400);
    }
    if destination(request, user).is_none() {
        return failure(400);
    }
    let key = format!("{}/{name}", key(user, id));
    let old = store.get::<Chunk>(CHUNKS, &key);
    if let Some(old) = &old {
        files::forget_blob(store, &old.blob);
    }
    let chunk = Chunk {
        size: request.body.len(),
        blob: files::keep(store, &request.body),
        modified: clock::seconds(),
    };
    store.put(CHUNKS, &key, &chunk);
    Answer::empty(if old.is_some() { 204 } else { 201 })
}

fn finish(request: &Request, store: &mut Store, account: &Account, user: &str, id: &str) -> Answer {
    let Some(path) = destination(request, user) else {
        return failure(400);
    };
    let chunks = chunks(store, user, id);
    let old = files::load(store, user, &path);
    let sum: usize = chunks.iter().map(|(.., chunk)| chunk.size).sum();
    // All but the last have their least size, or object storage would refuse them.
    let is_short = chunks
        .split_last()
        .is_some_and(|(_, before)| before.iter().any(|(.., chunk)| chunk.size < MIN_CHUNK));
    if chunks.is_empty() || is_short || total(request).is_some_and(|total| total != sum) {
        return failure(400);
    }
    if let Some(refusal) = writing::refusal_of_place(store, user, &path, old.as_ref())
        .or_else(|| refusal(request, old.as_ref()))
        .or_else(|| writing::no_room(store, account, user, old.as_ref(), sum))
    {
        return refusal;
    }
    let polls = options::load(store).slow_assembly;
    if polls > 0 {
        let upload = Upload {
            destination: path,
            assembling: Some((request.headers.clone(), polls)),
            touched: clock::seconds(),
        };
        store.put(UPLOADS, &key(user, id), &upload);
        let page = "<html><body>504 Gateway Time-out</body></html>";
        return Answer::text(504, "text/html", page);
    }
    assemble(request, store, user, id, &path)
}

/// `Overwrite`, and an ETag of the destination in `If` (RFC 4918, section 10.4).
fn refusal(request: &Request, old: Option<&Entry>) -> Option<Answer> {
    let is_taken = old.is_some() && request.header("overwrite") == Some("F");
    let etag = request
        .header("if")
        .and_then(|header| header.split_once("(["))
        .and_then(|(_, rest)| rest.split_once("])"))
        .map(|(etag, _)| etag);
    let is_other = etag.is_some_and(|etag| old.is_none_or(|old| old.etag != etag));
    if is_taken || is_other {
        return Some(failure(412));
    }
    conditions::refusal(request, old.map(|old| old.etag.as_str()))
}

fn assemble(request: &Request, store: &mut Store, user: &str, id: &str, path: &str) -> Answer {
    let mut content = Vec::new();
    for (.., chunk) in chunks(store, user, id) {
        content.extend(files::blob(store, &chunk.blob));
    }
    remove(store, user, id);
    writing::place(request, store, user, path, &content)
}

/// One more request has come while the file is put together.
fn advance(store: &mut Store, account: &Account, user: &str, id: &str) {
    let Some(mut upload) = store.get::<Upload>(UPLOADS, &key(user, id)) else {
        return;
    };
    let Some((headers, left)) = upload.assembling.take() else {
        return;
    };
    if left > 1 {
        upload.assembling = Some((headers, left - 1));
        store.put(UPLOADS, &key(user, id), &upload);
        return;
    }
    let request = Request {
        method: "MOVE".to_owned(),
        path: String::new(),
        query: Vec::new(),
        headers,
        body: bytes::Bytes::new(),
    };
    tracing::debug!(user = account.id, "a slow upload is complete");
    assemble(&request, store, user, id, &upload.destination);
}
