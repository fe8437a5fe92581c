//! MOVE and COPY (RFC 4918, sections 9.8 and 9.9).

use super::{
    failure,
    files::{self, Entry},
    location::Location,
    writing::has_folder,
};
use crate::{
    http::{Answer, Request},
    store::Store,
};

pub(super) fn answer(request: &Request, store: &mut Store, user: &str, from: &str) -> Answer {
    let Some(to) = destination(request, user) else {
        return failure(400);
    };
    let Some(source) = files::load(store, user, from) else {
        return failure(404);
    };
    let is_inside = to == from || to.starts_with(&format!("{from}/"));
    if from.is_empty() || to.is_empty() {
        return failure(403);
    }
    if is_inside {
        return failure(409);
    }
    if !has_folder(store, user, &to) {
        return failure(409);
    }
    let replaced = files::load(store, user, &to).is_some();
    let may_replace = request.header("overwrite").is_none_or(|value| value != "F");
    if replaced && !may_replace {
        return failure(412);
    }
    let is_copy = request.method == "COPY";
    let below = files::below(store, user, from);
    if replaced {
        files::remove(store, user, &to);
    }
    if !is_copy {
        files::detach(store, user, from);
    }
    place(store, user, &to, source, is_copy);
    for (relative, entry) in below {
        place(store, user, &format!("{to}/{relative}"), entry, is_copy);
    }
    Answer::empty(if replaced { 204 } else { 201 })
}

/// A moved entry keeps its id, a copied one gets its own.
fn place(store: &mut Store, user: &str, path: &str, entry: Entry, is_copy: bool) {
    let entry = if is_copy { entry.copied(store) } else { entry };
    files::save(store, user, path, &entry);
}

/// The path within the same home that `Destination` names, by URL or by path.
pub(super) fn destination(request: &Request, user: &str) -> Option<String> {
    let header = request.header("destination")?;
    let path = match url::Url::parse(header) {
        Ok(url) => url.path().to_owned(),
        Err(_) => header.to_owned(),
    };
    match Location::parse_path(&path, user)? {
        Location::File(owner, path) if owner.eq_ignore_ascii_case(user) => Some(path),
        _ => None,
    }
}
