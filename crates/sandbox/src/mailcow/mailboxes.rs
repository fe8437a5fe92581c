//! Mailboxes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    aliases, app_passwords,
    domains::{self, Domain, canonical},
    passwords,
    quotas::{MEBIBYTE, count, fits, number},
    reply::Verdict,
};
use crate::{clock, digest, store::Store, text};

const TABLE: &str = "mailbox";
const PASSWORD_FIELDS: (&str, &str) = ("password", "password2");

/// Switches that arrive as numbers and are kept as strings.
const SWITCHES: [(&str, &str); 17] = [
    ("force_pw_update", "0"),
    ("force_tfa", "0"),
    ("tls_enforce_in", "0"),
    ("tls_enforce_out", "0"),
    ("relayhost", "0"),
    ("sogo_access", "1"),
    ("imap_access", "1"),
    ("pop3_access", "1"),
    ("smtp_access", "1"),
    ("sieve_access", "1"),
    ("eas_access", "1"),
    ("dav_access", "1"),
    ("mailbox_format", "maildir:"),
    ("quarantine_notification", "hourly"),
    ("quarantine_category", "reject"),
    ("recovery_email", ""),
    ("passwd_update", ""),
];

/// The quota is in mebibytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Mailbox {
    pub(super) username: String,
    pub(super) local_part: String,
    pub(super) domain: String,
    pub(super) name: String,
    pub(super) quota: i64,
    /// 0 off, 1 on, 2 no login but mail is accepted.
    pub(super) active: i64,
    pub(super) password_digest: String,
    pub(super) authsource: String,
    pub(super) attributes: serde_json::Map<String, Value>,
    pub(super) rate_limit: Option<(String, String)>,
    pub(super) tags: Vec<String>,
    pub(super) created: String,
    pub(super) modified: Option<String>,
    /// Its first row is there and nothing else of it.
    #[serde(default)]
    pub(super) is_half: bool,
}

/// Local part and domain in lower case.
pub(super) fn split(address: &str) -> (String, String) {
    let (local, domain) = address
        .trim()
        .rsplit_once('@')
        .unwrap_or((address.trim(), ""));
    (local.to_lowercase(), canonical(domain))
}

fn key(address: &str) -> String {
    let (local, domain) = split(address);
    format!("{local}@{domain}")
}

pub(super) fn load(store: &Store, address: &str) -> Option<Mailbox> {
    store.get(TABLE, &key(address))
}

pub(super) fn all(store: &Store) -> Vec<Mailbox> {
    let all = store.list::<Mailbox>(TABLE);
    all.into_iter().map(|(_, mailbox)| mailbox).collect()
}

pub(super) fn of_domain(store: &Store, domain: &str) -> Vec<Mailbox> {
    all(store)
        .into_iter()
        .filter(|mailbox| mailbox.domain == domain)
        .collect()
}

fn is_valid_local_part(local: &str) -> bool {
    !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local
            .chars()
            // What PHP's `FILTER_VALIDATE_EMAIL` takes.
            .all(|one| one.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(one))
}

pub(super) fn add(store: &mut Store, attributes: &Value, verdict: &mut Verdict) {
    let read = |name: &str| attributes.get(name).and_then(text::string);
    let local_part = read("local_part").unwrap_or_default().trim().to_lowercase();
    let domain = canonical(&read("domain").unwrap_or_default());
    let username = format!("{local_part}@{domain}");
    if !is_valid_local_part(&local_part) {
        return verdict.danger(&["mailbox_invalid"]);
    }
    // An unknown domain is nobody's, so access to it is refused before it is looked for.
    let Some(domain) = domains::load(store, &domain) else {
        return verdict.danger(&["access_denied"]);
    };
    if store.contains(TABLE, &username) {
        return verdict.danger(&["object_exists", &username]);
    }
    if aliases::exists(store, &username) {
        return verdict.danger(&["is_alias", &username]);
    }
    let authsource = read("authsource").unwrap_or_else(|| "mailcow".to_owned());
    if authsource != "mailcow" {
        return verdict.danger(&["access_denied"]);
    }
    let Some(password) = passwords::check(store, attributes, PASSWORD_FIELDS, verdict) else {
        return;
    };
    let quota = number(attributes, "quota", domain.defquota);
    if !has_room(store, &domain, verdict) || !fits(store, &domain, quota, "", verdict) {
        return;
    }
    let mailbox = Mailbox {
        name: stripped(&read("name").unwrap_or_default()),
        quota,
        active: number(attributes, "active", 1),
        password_digest: digest::for_mail(&password),
        authsource,
        attributes: switches(attributes, &serde_json::Map::new()),
        rate_limit: None,
        tags: domains::tags(attributes),
        created: clock::sql_date(),
        modified: None,
        domain: domain.name,
        local_part,
        username,
        is_half: false,
    };
    store.put(TABLE, &mailbox.username, &mailbox);
    verdict.success(&["rl_saved", &mailbox.username]);
    verdict.success(&["mailbox_added", &mailbox.username]);
}

/// Angle brackets at the ends are taken off.
fn stripped(name: &str) -> String {
    name.trim_start_matches('<')
        .trim_end_matches('>')
        .to_owned()
}

/// The server dies when the first row of the mailbox is there.
pub(super) fn half_make(store: &mut Store, attributes: &Value) {
    add(
        store,
        attributes,
        &mut Verdict::new("add", "mailbox", attributes),
    );
    let read = |name: &str| {
        attributes
            .get(name)
            .and_then(text::string)
            .unwrap_or_default()
    };
    if let Some(mut mailbox) = load(store, &format!("{}@{}", read("local_part"), read("domain"))) {
        mailbox.is_half = true;
        store.put(TABLE, &mailbox.username, &mailbox);
    }
}

fn has_room(store: &Store, domain: &Domain, verdict: &mut Verdict) -> bool {
    let present = count(store, &domain.name);
    if present < domain.mailboxes {
        return true;
    }
    verdict.limit("max_mailbox_exceeded", &[present, domain.mailboxes]);
    false
}

fn switches(
    attributes: &Value,
    old: &serde_json::Map<String, Value>,
) -> serde_json::Map<String, Value> {
    let mut kept = old.clone();
    for (name, default) in SWITCHES {
        let sent = attributes.get(name).and_then(text::string);
        let before = old.get(name).and_then(text::string);
        let value = sent.or(before).unwrap_or_else(|| default.to_owned());
        kept.insert(name.to_owned(), json!(value));
    }
    kept
}

pub(super) fn edit(store: &mut Store, address: &str, attributes: &Value, verdict: &mut Verdict) {
    let Some(mut mailbox) = load(store, address).filter(|mailbox| !mailbox.is_half) else {
        return verdict.danger(&["access_denied"]);
    };
    let wants_password = PASSWORD_FIELDS.0;
    let password = attributes.get(wants_password).and_then(text::string);
    if password.is_some_and(|password| !password.is_empty()) {
        let Some(password) = passwords::check(store, attributes, PASSWORD_FIELDS, verdict) else {
            return;
        };
        mailbox.password_digest = digest::for_mail(&password);
    }
    let quota = number(attributes, "quota", mailbox.quota);
    if quota != mailbox.quota
        && let Some(domain) = domains::load(store, &mailbox.domain)
        && !fits(store, &domain, quota, &mailbox.username, verdict)
    {
        return;
    }
    mailbox.quota = quota;
    mailbox.active = number(attributes, "active", mailbox.active);
    // An empty name keeps the old one.
    let name = attributes.get("name").and_then(text::string);
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        mailbox.name = stripped(&name);
    }
    mailbox.tags = domains::merged(&mailbox.tags, &domains::tags(attributes));
    mailbox.attributes = switches(attributes, &mailbox.attributes);
    mailbox.modified = Some(clock::sql_date());
    store.put(TABLE, &mailbox.username, &mailbox);
    verdict.success(&["mailbox_modified", &mailbox.username]);
}

/// `edit/rename-mbox`: the mailbox and what hangs on it get another local part.
pub(super) fn rename(store: &mut Store, attributes: &Value, verdict: &mut Verdict) {
    let read = |name: &str| attributes.get(name).and_then(text::string);
    let domain = canonical(&read("domain").unwrap_or_default());
    let old = format!("{}@{domain}", read("old_local_part").unwrap_or_default());
    let local_part = read("new_local_part").unwrap_or_default().to_lowercase();
    let username = format!("{local_part}@{domain}");
    let Some(mut mailbox) = load(store, &old) else {
        return verdict.danger(&["access_denied"]);
    };
    if !is_valid_local_part(&local_part) {
        return verdict.danger(&["mailbox_invalid"]);
    }
    if store.contains(TABLE, &username) {
        return verdict.danger(&["object_exists", &username]);
    }
    if aliases::exists(store, &username) {
        return verdict.danger(&["is_alias", &username]);
    }
    store.remove(TABLE, &mailbox.username);
    super::app_passwords::follow(store, &mailbox.username, &username);
    mailbox.username.clone_from(&username);
    mailbox.local_part = local_part;
    store.put(TABLE, &username, &mailbox);
    if number(attributes, "create_alias", 1) == 1 {
        let alias = json!({"address": old, "goto": username, "active": 1});
        aliases::add(store, &alias, verdict);
    }
    verdict.success(&["mailbox_renamed", &old, &username]);
}

pub(super) fn rate_limit(
    store: &mut Store,
    address: &str,
    attributes: &Value,
    verdict: &mut Verdict,
) {
    let Some(mut mailbox) = load(store, address) else {
        return verdict.danger(&["access_denied"]);
    };
    let value = attributes.get("rl_value").and_then(text::string);
    let frame = attributes.get("rl_frame").and_then(text::string);
    if !domains::is_frame(frame.as_deref()) {
        return verdict.danger(&["rl_timeframe"]);
    }
    let frame = frame.unwrap_or_else(|| "s".to_owned());
    mailbox.rate_limit = value
        .filter(|value| !value.is_empty() && value != "0")
        .map(|value| (value, frame));
    store.put(TABLE, &mailbox.username, &mailbox);
    verdict.success(&["rl_saved", &mailbox.username]);
}

pub(super) fn delete(store: &mut Store, address: &str, verdict: &mut Verdict) {
    let username = key(address);
    if !store.remove(TABLE, &username) {
        return verdict.danger(&["access_denied"]);
    }
    app_passwords::forget(store, &username);
    aliases::forget(store, |alias| alias.goto == username);
    verdict.success(&["mailbox_removed", &username]);
}

/// `{address}`, `all`, `all/{domains}` and `reduced`; the reduced list has names only.
pub(super) fn get(store: &Store, rest: &[&str], tags: Option<&str>) -> Option<Value> {
    let wanted: Option<Vec<&str>> = tags.map(|tags| tags.split(',').collect());
    let has_tags = |mailbox: &Mailbox| {
        wanted.as_ref().is_none_or(|wanted| {
            wanted
                .iter()
                .any(|tag| mailbox.tags.iter().any(|present| present == tag))
        })
    };
    match rest {
        ["all", filter @ ..] => {
            let domains: Vec<String> = filter
                .iter()
                .flat_map(|names| names.split(','))
                .map(canonical)
                .collect();
            let all = store.list::<Mailbox>(TABLE);
            Some(
                all.iter()
                    .map(|(_, mailbox)| mailbox)
                    .filter(|one| domains.is_empty() || domains.contains(&one.domain))
                    .filter(|one| has_tags(one))
                    .map(describe)
                    .collect(),
            )
        }
        ["reduced", ..] => {
            let all = store.list::<Mailbox>(TABLE);
            let reduced = all.iter().map(|(_, one)| {
                json!({"username": one.username, "active": one.active, "domain": one.domain, "name": one.name})
            });
            Some(reduced.collect())
        }
        [address] => load(store, address).map(|mailbox| describe(&mailbox)),
        _ => None,
    }
}

pub(super) fn state(store: &Store) -> Value {
    let all = store.list::<Mailbox>(TABLE);
    all.iter().map(|(_, mailbox)| described(mailbox)).collect()
}

/// A half-made mailbox has all its fields, and nothing in them.
fn describe(mailbox: &Mailbox) -> Value {
    let whole = described(mailbox);
    match whole {
        Value::Object(fields) if mailbox.is_half => fields
            .into_iter()
            .map(|(name, _)| (name, Value::Null))
            .collect(),
        whole => whole,
    }
}

/// The quota is in bytes here. Nothing is ever stored in a stand-in's mailbox, and without a limit
/// there is no percentage.
fn described(mailbox: &Mailbox) -> Value {
    let percent = if mailbox.quota == 0 {
        json!("- ")
    } else {
        json!(0)
    };
    json!({
        "username": mailbox.username,
        "active": mailbox.active,
        "active_int": mailbox.active,
        "domain": mailbox.domain,
        "name": mailbox.name,
        "local_part": mailbox.local_part,
        "quota": mailbox.quota * MEBIBYTE,
        "messages": 0,
        "attributes": mailbox.attributes,
        "custom_attributes": [],
        "authsource": mailbox.authsource,
        "quota_used": 0,
        "percent_in_use": percent,
        "percent_class": "success",
        "last_imap_login": 0,
        "last_smtp_login": 0,
        "last_pop3_login": 0,
        "last_sso_login": 0,
        "rl": mailbox.rate_limit.as_ref().map_or(json!(false), |(value, frame)| {
            json!({"value": value, "frame": frame})
        }),
        "rl_scope": if mailbox.rate_limit.is_some() { "mailbox" } else { "domain" },
        "is_relayed": 0,
        "max_new_quota": mailbox.quota * MEBIBYTE,
        "sender_acl": [],
        "spam_aliases": 0,
        "pushover_active": 0,
        "tags": mailbox.tags,
        "created": mailbox.created,
        "modified": mailbox.modified,
    })
}
