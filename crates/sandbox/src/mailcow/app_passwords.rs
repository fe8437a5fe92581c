//! App passwords. Adding one answers no id; the list does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{mailboxes, passwords, quotas::number, reply::Verdict};
use crate::{clock, digest, store::Store, text};

pub(super) const TABLE: &str = "app_password";
const PASSWORD_FIELDS: (&str, &str) = ("app_passwd", "app_passwd2");
const PROTOCOLS: [&str; 6] = [
    "imap_access",
    "smtp_access",
    "dav_access",
    "eas_access",
    "pop3_access",
    "sieve_access",
];

#[derive(Debug, Clone, Serialize, Deserialize)]
struct AppPassword {
    id: u64,
    name: String,
    mailbox: String,
    domain: String,
    password_digest: String,
    active: i64,
    protocols: Vec<String>,
    created: String,
}

/// The hashes that open mailboxes over IMAP or SMTP, by mailbox.
pub(super) fn hashes(store: &Store) -> BTreeMap<String, Vec<String>> {
    let mut by_mailbox: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, one) in store.list::<AppPassword>(TABLE) {
        let opens_mail = one
            .protocols
            .iter()
            .any(|protocol| matches!(protocol.as_str(), "imap_access" | "smtp_access"));
        if one.active == 1 && opens_mail {
            by_mailbox
                .entry(one.mailbox)
                .or_default()
                .push(one.password_digest);
        }
    }
    by_mailbox
}

pub(super) fn add(store: &mut Store, attributes: &Value, verdict: &mut Verdict) {
    let read = |name: &str| {
        attributes
            .get(name)
            .and_then(text::string)
            .unwrap_or_default()
    };
    let Some(mailbox) = mailboxes::load(store, &read("username")) else {
        return verdict.danger(&["access_denied"]);
    };
    // It is escaped when it is kept, and again when it is listed.
    let name = text::html_escape(read("app_name").trim());
    if name.is_empty() {
        return verdict.danger(&["app_name_empty"]);
    }
    let Some(password) = passwords::check(store, attributes, PASSWORD_FIELDS, verdict) else {
        return;
    };
    let id = store.next_id(TABLE);
    let app_password = AppPassword {
        id,
        name,
        mailbox: mailbox.username,
        domain: mailbox.domain,
        password_digest: digest::for_mail(&password),
        active: number(attributes, "active", 1),
        protocols: super::names(attributes.get("protocols").unwrap_or(&Value::Null)),
        created: clock::sql_date(),
    };
    store.put(TABLE, &id.to_string(), &app_password);
    verdict.success(&["app_passwd_added"]);
}

/// `false` when nobody is named: a foreign key fails inside, and nothing is answered.
pub(super) fn edit(store: &mut Store, id: &str, attributes: &Value, verdict: &mut Verdict) -> bool {
    let Some(username) = attributes.get("username").and_then(text::string) else {
        return false;
    };
    change(store, id, &username, attributes, verdict);
    true
}

fn change(store: &mut Store, id: &str, username: &str, attributes: &Value, verdict: &mut Verdict) {
    if mailboxes::load(store, username).is_none() {
        return verdict.danger(&["access_denied"]);
    }
    let Some(mut app_password) = store.get::<AppPassword>(TABLE, id) else {
        return verdict.danger(&["app_passwd_id_invalid", id]);
    };
    app_password.active = number(attributes, "active", app_password.active);
    if let Some(name) = attributes.get("app_name").and_then(text::string) {
        app_password.name = text::html_escape(name.trim());
    }
    store.put(TABLE, id, &app_password);
    verdict.success(&["object_modified", &app_password.mailbox]);
}

pub(super) fn delete(store: &mut Store, id: &str, verdict: &mut Verdict) {
    if store.remove(TABLE, id) {
        verdict.success(&["app_passwd_removed", id]);
    } else {
        verdict.danger(&["app_passwd_id_invalid", id]);
    }
}

/// The mailbox has another address now.
pub(super) fn follow(store: &mut Store, old: &str, new: &str) {
    for (id, mut app_password) in store.list::<AppPassword>(TABLE) {
        if app_password.mailbox == old {
            new.clone_into(&mut app_password.mailbox);
            store.put(TABLE, &id, &app_password);
        }
    }
}

pub(super) fn forget(store: &mut Store, username: &str) {
    for (id, app_password) in store.list::<AppPassword>(TABLE) {
        if app_password.mailbox == username {
            store.remove(TABLE, &id);
        }
    }
}

/// `all/{address}` or `{id}`.
pub(super) fn get(store: &Store, rest: &[&str]) -> Option<Value> {
    match rest {
        ["all", address] => {
            let (local, domain) = mailboxes::split(address);
            let username = format!("{local}@{domain}");
            let all = store.list::<AppPassword>(TABLE);
            let of_mailbox = all.iter().filter(|(_, one)| one.mailbox == username);
            Some(of_mailbox.map(|(_, one)| describe(one)).collect())
        }
        [id] => store
            .get::<AppPassword>(TABLE, id)
            .map(|one| describe(&one)),
        _ => None,
    }
}

fn describe(app_password: &AppPassword) -> Value {
    let mut object = json!({
        "id": app_password.id,
        "name": text::html_escape(&app_password.name),
        "password": app_password.password_digest,
        "mailbox": app_password.mailbox,
        "domain": app_password.domain,
        "active": app_password.active,
        "created": app_password.created,
        "modified": null,
    });
    if let Some(fields) = object.as_object_mut() {
        for protocol in PROTOCOLS {
            let is_open = app_password.protocols.iter().any(|one| one == protocol);
            fields.insert(protocol.to_owned(), json!(i32::from(is_open)));
        }
    }
    object
}
