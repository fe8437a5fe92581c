//! What lies beside a user's files: the trash bin, uploads in chunks, older versions.

use super::{
    failure,
    location::Location,
    multistatus::{Multistatus, Property},
    reading, trash, uploads, versions,
    xml::DAV,
};
use crate::{
    http::{Answer, Request},
    nextcloud::accounts::Account,
    store::Store,
};

pub(super) fn forget(store: &mut Store, user: &str) {
    trash::forget(store, user);
    uploads::forget(store, user);
    versions::forget(store, user);
}

pub(super) fn answer(
    request: &Request,
    store: &mut Store,
    account: &Account,
    location: &Location,
) -> Answer {
    let Location::Beside(user, kind, names) = location else {
        return failure(404);
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match *kind {
        "trashbin" => trash::answer(request, store, user, &names),
        "uploads" => uploads::answer(request, store, account, user, &names),
        _ => versions::answer(request, store, user, &names),
    }
}

/// A folder and its members, each by its name with its properties.
pub(super) fn list(
    request: &Request,
    (user, kind, names): (&str, &'static str, &[&str]),
    members: Vec<(String, bool, Vec<Property>)>,
) -> Answer {
    let Some(wanted) = reading::wanted(request) else {
        return failure(400);
    };
    let place = |last: Option<&str>| {
        let names = names.iter().copied().chain(last).map(str::to_owned);
        Location::Beside(user.to_owned(), kind, names.collect())
    };
    let mut multistatus = Multistatus::new();
    let itself = [Property::xml(DAV, "resourcetype", "<d:collection/>")];
    multistatus.add(&place(None).href(true), &itself, &wanted);
    if request.header("depth") == Some("1") {
        for (name, is_folder, properties) in members {
            let href = place(Some(&name)).href(is_folder);
            multistatus.add(&href, &properties, &wanted);
        }
    }
    multistatus.into_answer()
}
