//! Domains.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    aliases, dkim, mailboxes, options,
    quotas::{MEBIBYTE, count, number, used},
    reply::Verdict,
};
use crate::{clock, store::Store, text};

const TABLE: &str = "domain";

/// Sizes are in mebibytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Domain {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) aliases: i64,
    pub(super) mailboxes: i64,
    pub(super) defquota: i64,
    pub(super) maxquota: i64,
    pub(super) quota: i64,
    pub(super) active: i64,
    pub(super) rate_limit: Option<(String, String)>,
    pub(super) tags: Vec<String>,
    pub(super) created: String,
}

/// Lower case and in ASCII, as Mailcow keeps it.
pub(super) fn canonical(name: &str) -> String {
    let name = name.trim().trim_end_matches('.').to_lowercase();
    url::Host::parse(&name).map_or(name, |host| host.to_string())
}

fn is_valid(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    labels.len() > 1
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

pub(super) fn load(store: &Store, name: &str) -> Option<Domain> {
    store.get(TABLE, &canonical(name))
}

pub(super) fn tags(attributes: &Value) -> Vec<String> {
    let tags = attributes.get("tags").and_then(Value::as_array);
    let mut tags: Vec<String> = tags
        .into_iter()
        .flatten()
        .filter_map(text::string)
        .collect();
    tags.sort();
    tags.dedup();
    tags
}

pub(super) fn merged(old: &[String], new: &[String]) -> Vec<String> {
    let mut tags: Vec<String> = old.iter().chain(new).cloned().collect();
    tags.sort();
    tags.dedup();
    tags
}

pub(super) fn remove_tags(store: &mut Store, name: &str, tags: &[String], verdict: &mut Verdict) {
    let Some(mut domain) = load(store, name) else {
        return verdict.danger(&["access_denied"]);
    };
    domain.tags.retain(|tag| !tags.contains(tag));
    store.put(TABLE, &domain.name, &domain);
    verdict.success(&["domain_modified", &domain.name]);
}

fn rate_limit(attributes: &Value) -> Option<(String, String)> {
    let value = attributes.get("rl_value").and_then(text::string)?;
    let frame = attributes.get("rl_frame").and_then(text::string)?;
    (!value.is_empty() && value != "0").then_some((value, frame))
}

pub(super) fn add(store: &mut Store, attributes: &Value, verdict: &mut Verdict) {
    let name = attributes.get("domain").and_then(text::string);
    let name = canonical(&name.unwrap_or_default());
    if !is_valid(&name) {
        return verdict.danger(&["domain_invalid"]);
    }
    let domain = Domain {
        description: attributes
            .get("description")
            .and_then(text::string)
            .unwrap_or_else(|| name.clone()),
        aliases: number(attributes, "aliases", 400),
        mailboxes: number(attributes, "mailboxes", 10),
        defquota: number(attributes, "defquota", 3072),
        maxquota: number(attributes, "maxquota", 10_240),
        quota: number(attributes, "quota", 10_240),
        active: number(attributes, "active", 1),
        rate_limit: rate_limit(attributes),
        tags: tags(attributes),
        created: clock::sql_date(),
        name,
    };
    if !has_sensible_sizes(&domain, verdict) {
        return;
    }
    if store.contains(TABLE, &domain.name) {
        return verdict.danger(&["domain_exists", &domain.name]);
    }
    store.put(TABLE, &domain.name, &domain);
    // Mailcow makes the signing key along with the domain, if the template for domains has one.
    if !options::load(store).template_without_dkim {
        dkim::generate(store, &domain.name, attributes, verdict);
    }
    verdict.success(&["domain_added", &domain.name]);
}

fn has_sensible_sizes(domain: &Domain, verdict: &mut Verdict) -> bool {
    if domain.defquota > domain.maxquota {
        verdict.danger(&["mailbox_defquota_exceeds_mailbox_maxquota"]);
    } else if domain.maxquota > domain.quota {
        verdict.danger(&["mailbox_quota_exceeds_domain_quota"]);
    } else if domain.defquota <= 0 {
        verdict.danger(&["defquota_empty"]);
    } else if domain.maxquota <= 0 {
        verdict.danger(&["maxquota_empty"]);
    } else {
        return true;
    }
    false
}

pub(super) fn edit(store: &mut Store, name: &str, attributes: &Value, verdict: &mut Verdict) {
    let Some(old) = load(store, name) else {
        return verdict.danger(&["domain_invalid"]);
    };
    let domain = Domain {
        description: attributes
            .get("description")
            .and_then(text::string)
            .unwrap_or(old.description),
        aliases: number(attributes, "aliases", old.aliases),
        mailboxes: number(attributes, "mailboxes", old.mailboxes),
        defquota: number(attributes, "defquota", old.defquota),
        maxquota: number(attributes, "maxquota", old.maxquota),
        quota: number(attributes, "quota", old.quota),
        active: number(attributes, "active", old.active),
        rate_limit: rate_limit(attributes).or(old.rate_limit),
        // Tags of an edit are added.
        tags: merged(&old.tags, &tags(attributes)),
        ..old
    };
    if !has_sensible_sizes(&domain, verdict) {
        return;
    }
    if used(store, &domain.name, "") > domain.quota {
        let needed = used(store, &domain.name, "");
        return verdict.limit("domain_quota_m_in_use", &[needed]);
    }
    if count(store, &domain.name) > domain.mailboxes {
        let needed = count(store, &domain.name);
        return verdict.limit("mailboxes_in_use", &[needed]);
    }
    store.put(TABLE, &domain.name, &domain);
    verdict.success(&["domain_modified", &domain.name]);
}

/// What all mailboxes of a domain together may send.
pub(super) fn set_rate_limit(
    store: &mut Store,
    name: &str,
    attributes: &Value,
    verdict: &mut Verdict,
) {
    let Some(mut domain) = load(store, &canonical(name)) else {
        return verdict.danger(&["access_denied"]);
    };
    let value = attributes.get("rl_value").and_then(text::string);
    let frame = attributes.get("rl_frame").and_then(text::string);
    if !is_frame(frame.as_deref()) {
        return verdict.danger(&["rl_timeframe"]);
    }
    domain.rate_limit = value
        .filter(|value| !value.is_empty() && value != "0")
        .map(|value| (value, frame.unwrap_or_else(|| "s".to_owned())));
    store.put(TABLE, &domain.name, &domain);
    verdict.success(&["rl_saved", &domain.name]);
}

pub(super) fn is_frame(frame: Option<&str>) -> bool {
    frame.is_none_or(|frame| ["s", "m", "h", "d"].contains(&frame))
}

/// A domain that never existed is removed with success all the same. The signing key stays.
pub(super) fn delete(store: &mut Store, name: &str, verdict: &mut Verdict) {
    let name = canonical(name);
    if !is_valid(&name) {
        return verdict.danger(&["domain_invalid"]);
    }
    if count(store, &name) > 0 {
        return verdict.danger(&["domain_not_empty", &name]);
    }
    store.remove(TABLE, &name);
    aliases::forget(store, |alias| alias.domain == name);
    verdict.success(&["domain_removed", &name]);
}

pub(super) fn get(store: &Store, name: &str) -> Option<Value> {
    if name == "all" {
        let all = store.list::<Domain>(TABLE);
        return Some(
            all.iter()
                .map(|(_, domain)| describe(store, domain))
                .collect(),
        );
    }
    load(store, name).map(|domain| describe(store, &domain))
}

pub(super) fn state(store: &Store) -> Value {
    store.values(TABLE).into()
}

/// Sizes are in bytes here.
fn describe(store: &Store, domain: &Domain) -> Value {
    let in_use = count(store, &domain.name);
    let aliases_in_use = aliases::count(store, &domain.name);
    let quota_in_use = used(store, &domain.name, "");
    json!({
        "max_new_mailbox_quota": (domain.quota - quota_in_use).min(domain.maxquota) * MEBIBYTE,
        "def_new_mailbox_quota": domain.defquota * MEBIBYTE,
        "quota_used_in_domain": (quota_in_use * MEBIBYTE).to_string(),
        "bytes_total": 0,
        "msgs_total": 0,
        "mboxes_in_domain": in_use,
        "mboxes_left": domain.mailboxes - in_use,
        "domain_name": domain.name,
        "domain_h_name": domain.name,
        "description": domain.description,
        "max_num_aliases_for_domain": domain.aliases,
        "max_num_mboxes_for_domain": domain.mailboxes,
        "def_quota_for_mbox": domain.defquota * MEBIBYTE,
        "max_quota_for_mbox": domain.maxquota * MEBIBYTE,
        "max_quota_for_domain": domain.quota * MEBIBYTE,
        "relayhost": "0",
        "backupmx": 0,
        "backupmx_int": 0,
        "gal": 1,
        "gal_int": 1,
        "rl": domain.rate_limit.as_ref().map_or(json!(false), |(value, frame)| {
            json!({"value": value, "frame": frame})
        }),
        "active": domain.active,
        "active_int": domain.active,
        "relay_all_recipients": 0,
        "relay_all_recipients_int": 0,
        "relay_unknown_only": 0,
        "relay_unknown_only_int": 0,
        "aliases_in_domain": aliases_in_use,
        "aliases_left": domain.aliases - aliases_in_use,
        "domain_admins": "-",
        "tags": domain.tags,
        "created": domain.created,
        "modified": null,
    })
}

/// The addresses of a domain exist only while it does.
pub(super) fn of_address(address: &str) -> String {
    mailboxes::split(address).1
}
