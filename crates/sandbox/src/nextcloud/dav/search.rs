//! SEARCH with DASL's `basicsearch` (`apps/dav/lib/Files/FileSearchBackend.php`), within the caller's own files.

use chrono::DateTime;

use super::{
    failure,
    files::{self, Entry},
    location::Location,
    multistatus::{Multistatus, Wanted},
    reading,
    xml::{self, DAV, Element, OWNCLOUD},
};
use crate::{
    http::{Answer, Request},
    nextcloud::accounts::Account,
    store::Store,
};

const LIMITS: &str = "https://github.com/icewind1991/SearchDAV/ns";
const USUAL_LIMIT: usize = 100;

pub(super) fn answer(
    request: &Request,
    store: &Store,
    account: &Account,
    location: &Location,
) -> Answer {
    if *location != Location::Root {
        return failure(501);
    }
    let root = xml::parse(&request.body);
    let Some(root) = root.filter(|root| root.is(DAV, "searchrequest")) else {
        return failure(400);
    };
    let Some(search) = root.child(DAV, "basicsearch") else {
        return failure(400);
    };
    let scope = search
        .child(DAV, "from")
        .and_then(|from| from.find(DAV, "href"));
    let scope = scope.map_or("", |href| href.text.trim());
    // Taken as it is written: what is percent-encoded names another folder.
    let scope = scope.replace('%', "%25");
    let place = Location::parse_path(&format!("/remote.php/dav{scope}"), &account.id);
    let Some(Location::File(user, folder)) = place else {
        return failure(400);
    };
    let is_there = folder.is_empty() || files::load(store, &account.id, &folder).is_some();
    if !user.eq_ignore_ascii_case(&account.id) || !is_there {
        return failure(404);
    }
    let condition = search
        .child(DAV, "where")
        .and_then(|condition| condition.children.first());
    let mut found = Vec::new();
    for (relative, entry) in files::below(store, &account.id, &folder) {
        match condition.map_or(Some(true), |condition| meets(condition, &relative, &entry)) {
            Some(true) => found.push((relative, entry)),
            Some(false) => {}
            None => return failure(400),
        }
    }
    found.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.modified));
    let limit = search.child(DAV, "limit");
    let number = |namespace, name| {
        let element = limit.and_then(|limit| limit.child(namespace, name));
        element.and_then(|element| element.text.trim().parse::<usize>().ok())
    };
    let count = number(DAV, "nresults").unwrap_or(USUAL_LIMIT);
    let first = number(LIMITS, "firstresult").unwrap_or(0);
    let wanted = Wanted::of(search.child(DAV, "select"));
    let mut multistatus = Multistatus::new();
    for (relative, entry) in found.into_iter().skip(first).take(count) {
        let separator = if folder.is_empty() { "" } else { "/" };
        let path = format!("{folder}{separator}{relative}");
        let href = Location::File(account.id.clone(), path.clone()).href(entry.is_folder);
        let properties = reading::file(store, account, &account.id, &path, &entry);
        multistatus.add(&href, &properties, &wanted);
    }
    multistatus.into_answer()
}

/// `None` for what the server does not know.
fn meets(condition: &Element, path: &str, entry: &Entry) -> Option<bool> {
    let mut inner = condition.children.iter();
    if condition.namespace != DAV {
        return None;
    }
    match condition.name.as_str() {
        "and" => inner.try_fold(true, |all, one| Some(all & meets(one, path, entry)?)),
        "or" => inner.try_fold(false, |any, one| Some(any | meets(one, path, entry)?)),
        "not" => meets(inner.next()?, path, entry).map(|met| !met),
        operator => compare(operator, condition, path, entry),
    }
}

fn compare(operator: &str, condition: &Element, path: &str, entry: &Entry) -> Option<bool> {
    let property = condition.child(DAV, "prop")?.children.first()?;
    let literal = &condition.child(DAV, "literal")?.text;
    let name = path.rsplit('/').next().unwrap_or(path);
    match (property.namespace.as_str(), property.name.as_str()) {
        (DAV, "displayname") => text(operator, name, literal),
        (DAV, "getcontenttype") => text(operator, &entry.content_type, literal),
        (OWNCLOUD, "fileid") => text(operator, &entry.file_id.to_string(), literal),
        (OWNCLOUD, "favorite") => {
            let wanted = matches!(literal.trim(), "1" | "yes" | "true");
            (operator == "eq").then_some(entry.is_favorite == wanted)
        }
        (OWNCLOUD, "size") => {
            let size = i64::try_from(entry.size).ok()?;
            number(operator, size, literal.trim().parse().ok()?)
        }
        (DAV, "getlastmodified") => {
            let time = DateTime::parse_from_rfc3339(literal.trim()).ok()?;
            number(operator, entry.modified, time.timestamp())
        }
        _ => None,
    }
}

fn text(operator: &str, value: &str, literal: &str) -> Option<bool> {
    match operator {
        "eq" => Some(value == literal),
        "like" => Some(like(
            &value.to_lowercase().chars().collect::<Vec<_>>(),
            &literal.to_lowercase().chars().collect::<Vec<_>>(),
        )),
        _ => None,
    }
}

fn number(operator: &str, value: i64, literal: i64) -> Option<bool> {
    match operator {
        "eq" => Some(value == literal),
        "gt" => Some(value > literal),
        "gte" => Some(value >= literal),
        "lt" => Some(value < literal),
        "lte" => Some(value <= literal),
        _ => None,
    }
}

/// SQL's `LIKE`: `%` for any text, `_` for any character, `\` before one of them for itself.
fn like(value: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => value.is_empty(),
        ['%', rest @ ..] => (0..=value.len())
            .any(|skipped| value.get(skipped..).is_some_and(|value| like(value, rest))),
        ['_', rest @ ..] => value
            .split_first()
            .is_some_and(|(_, value)| like(value, rest)),
        ['\\', wanted, rest @ ..] | [wanted, rest @ ..] => value
            .split_first()
            .is_some_and(|(found, value)| found == wanted && like(value, rest)),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn like_is_that_of_sql() {
        let like = |value: &str, pattern: &str| {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            super::like(&chars(value), &chars(pattern))
        };
        assert!(like("budget", "%udg%") && like("budget", "b_dget") && like("50%", "50\\%"));
        assert!(!like("501", "50\\%") && !like("budget", "udg") && !like("", "_"));
    }
}
