//! What whoever has a link sees: `/s/{token}` and `/public.php/dav/files/{token}` (`apps/dav/appinfo/v2/publicremote.php`).
//! A password goes with Basic; the user name does not count.

use super::{conditions, failure, files, writing};
use crate::{
    http::{Answer, Request},
    nextcloud::shares,
    store::Store,
};

const DAV: &str = "/public.php/dav/files/";

/// `None` for other paths.
pub(in crate::nextcloud) fn answer(request: &Request, store: &mut Store) -> Option<Answer> {
    let path = request.path.as_str();
    if let Some(rest) = path.strip_prefix(DAV) {
        return Some(file(request, store, rest));
    }
    let page = path
        .strip_prefix("/index.php/s/")
        .or_else(|| path.strip_prefix("/s/"))?;
    let (token, rest) = page.split_once('/').unwrap_or((page, ""));
    if rest == "download" {
        return Some(file(request, store, token));
    }
    Some(match shares::by_token(store, token) {
        Some(_) => Answer::text(
            200,
            "text/html; charset=UTF-8",
            "<!DOCTYPE html><title>Share</title>",
        ),
        None => Answer::text(
            404,
            "text/html; charset=UTF-8",
            "<!DOCTYPE html><title>404</title>",
        ),
    })
}

fn file(request: &Request, store: &mut Store, rest: &str) -> Answer {
    let (token, below) = rest.split_once('/').unwrap_or((rest, ""));
    let Some(share) = shares::by_token(store, token) else {
        return failure(404);
    };
    let given = request.basic().map(|(_, password)| password);
    if !share.admits(given.as_deref()) {
        let realm = "Basic realm=\"Nextcloud\", charset=\"UTF-8\"";
        return failure(401).with("WWW-Authenticate", realm);
    }
    let names: Vec<String> = below
        .split('/')
        .filter(|name| !name.is_empty())
        .map(crate::text::percent_decode)
        .collect();
    if names.iter().any(|name| name == ".." || name.contains('/')) {
        return failure(404);
    }
    let Some((root, entry)) = files::by_id(store, share.owner(), share.file_id()) else {
        return failure(404);
    };
    if !entry.is_folder && !names.is_empty() {
        return failure(404);
    }
    let separator = if names.is_empty() { "" } else { "/" };
    let path = format!("{root}{separator}{}", names.join("/"));
    match request.method.as_str() {
        "GET" if share.may_read() => files::get(request, store, share.owner(), &path),
        "PUT" if share.may_write() => {
            let owner = share.owner().to_owned();
            let old = files::load(store, &owner, &path);
            let etag = old.as_ref().map(|old| old.etag.as_str());
            writing::refusal_of_place(store, &owner, &path, old.as_ref())
                .or_else(|| conditions::refusal(request, etag))
                .unwrap_or_else(|| writing::place(request, store, &owner, &path, &request.body))
        }
        _ => failure(403),
    }
}
