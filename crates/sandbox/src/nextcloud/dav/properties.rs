//! PROPPATCH of files: marks, times, and properties of a client's own.

use std::fmt::Write as _;

use super::{
    failure, files,
    location::Location,
    xml::{self, DAV, Element, NEXTCLOUD, OWNCLOUD, escape},
};
use crate::{
    http::{Answer, Request},
    store::Store,
};

pub(super) fn patch(request: &Request, store: &mut Store, user: &str, path: &str) -> Answer {
    let Some(mut entry) = files::load(store, user, path) else {
        return failure(404);
    };
    let root = xml::parse(&request.body);
    let Some(root) = root.filter(|root| root.is(DAV, "propertyupdate")) else {
        return failure(400);
    };
    let changes = || {
        root.children.iter().flat_map(|change| {
            let is_set = change.is(DAV, "set");
            let props = change.children.iter().filter(|child| child.is(DAV, "prop"));
            props
                .flat_map(|prop| &prop.children)
                .map(move |property| (is_set, property))
        })
    };
    // All of them, or none.
    let is_refused = changes().any(|(_, property)| is_protected(property));
    let mut answer = String::new();
    for (is_set, property) in changes() {
        let status = match (is_refused, is_protected(property)) {
            (true, true) => "403 Forbidden",
            (true, false) => "424 Failed Dependency",
            (false, _) => "200 OK",
        };
        if !is_refused {
            apply(&mut entry, is_set, property);
        }
        let (name, namespace) = (&property.name, escape(&property.namespace));
        // Writing to a text does not fail.
        let _ = write!(
            answer,
            "<d:propstat><d:prop><x:{name} xmlns:x=\"{namespace}\"/></d:prop><d:status>HTTP/1.1 {status}</d:status></d:propstat>"
        );
    }
    if !is_refused {
        files::save(store, user, path, &entry);
    }
    let href = Location::File(user.to_owned(), path.to_owned()).href(entry.is_folder);
    Answer::xml(
        207,
        format!(
            "<?xml version=\"1.0\"?>\n<d:multistatus xmlns:d=\"{DAV}\"><d:response><d:href>{}</d:href>{answer}\
             </d:response></d:multistatus>\n",
            escape(&href)
        ),
    )
}

/// What the server alone decides.
fn is_protected(property: &Element) -> bool {
    let settable = property.is(OWNCLOUD, "favorite") || property.is(DAV, "lastmodified");
    let is_own = [DAV, OWNCLOUD, NEXTCLOUD].contains(&property.namespace.as_str());
    is_own && !settable
}

fn apply(entry: &mut files::Entry, is_set: bool, property: &Element) {
    let text = property.text.trim();
    if property.is(OWNCLOUD, "favorite") {
        entry.is_favorite = is_set && matches!(text, "1" | "true");
        return;
    }
    if property.is(DAV, "lastmodified") {
        entry.modified = text.parse().unwrap_or(entry.modified);
        return;
    }
    let key = (&property.namespace, &property.name);
    entry
        .properties
        .retain(|(namespace, name, _)| (namespace, name) != key);
    if is_set {
        entry.properties.push((
            property.namespace.clone(),
            property.name.clone(),
            property.text.clone(),
        ));
    }
}
