//! REPORT `filter-files` (`apps/dav/lib/Connector/Sabre/FilesReportPlugin.php`): the files a user has marked.

use super::{
    failure, files,
    location::Location,
    multistatus::{Multistatus, Wanted},
    reading,
    xml::{self, OWNCLOUD},
};
use crate::{
    http::{Answer, Request},
    nextcloud::accounts::Account,
    store::Store,
};

pub(super) fn report(
    request: &Request,
    store: &Store,
    account: &Account,
    location: &Location,
) -> Answer {
    let Location::File(user, path) = location else {
        return failure(415);
    };
    let Some(root) = xml::parse(&request.body) else {
        return failure(400);
    };
    if !root.is(OWNCLOUD, "filter-files") {
        let exception = "Sabre\\DAV\\Exception\\ReportNotSupported";
        return xml::error(415, exception, "", "<d:supported-report/>");
    }
    if files::load(store, user, path).is_none() {
        return failure(404);
    }
    let rule = root
        .child(OWNCLOUD, "filter-rules")
        .and_then(|rules| rules.child(OWNCLOUD, "favorite"));
    if rule.is_none_or(|rule| rule.text.trim() != "1") {
        // A report without a rule would list everything.
        return failure(412);
    }
    let wanted = Wanted::of(Some(&root));
    let mut multistatus = Multistatus::new();
    for (relative, entry) in files::below(store, user, path) {
        if entry.is_favorite {
            let separator = if path.is_empty() { "" } else { "/" };
            let full = format!("{path}{separator}{relative}");
            let href = Location::File(user.clone(), full.clone()).href(entry.is_folder);
            let properties = reading::file(store, account, user, &full, &entry);
            multistatus.add(&href, &properties, &wanted);
        }
    }
    multistatus.into_answer()
}
