//! Aliases, as far as they get in the way of mailboxes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    domains,
    mailboxes::{self, split},
    quotas::number,
    reply::Verdict,
};
use crate::{clock, store::Store, text};

pub(super) const TABLE: &str = "alias";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Alias {
    pub(super) id: u64,
    pub(super) address: String,
    pub(super) domain: String,
    pub(super) goto: String,
    pub(super) active: i64,
    pub(super) created: String,
}

fn all(store: &Store) -> Vec<Alias> {
    let all = store.list::<Alias>(TABLE).into_iter();
    all.map(|(_, alias)| alias).collect()
}

/// Those that are on: an address and where its mail goes.
pub(super) fn active(store: &Store) -> Vec<(String, Vec<String>)> {
    let active = all(store).into_iter().filter(|alias| alias.active == 1);
    active
        .map(|alias| {
            let targets = alias.goto.split(',').map(|one| one.trim().to_owned());
            (alias.address, targets.collect())
        })
        .collect()
}

pub(super) fn exists(store: &Store, address: &str) -> bool {
    all(store).iter().any(|alias| alias.address == address)
}

pub(super) fn count(store: &Store, domain: &str) -> i64 {
    let aliases = all(store);
    let of_domain = aliases.iter().filter(|alias| alias.domain == domain);
    i64::try_from(of_domain.count()).unwrap_or(i64::MAX)
}

pub(super) fn add(store: &mut Store, attributes: &Value, verdict: &mut Verdict) {
    let read = |name: &str| {
        attributes
            .get(name)
            .and_then(text::string)
            .unwrap_or_default()
    };
    let (local, domain) = split(&read("address"));
    let address = format!("{local}@{domain}");
    let Some(domain) = domains::load(store, &domains::of_address(&address)) else {
        return verdict.danger(&["domain_not_found", &domain]);
    };
    let goto = read("goto").to_lowercase();
    if goto.is_empty() {
        return verdict.danger(&["goto_empty"]);
    }
    // The limit is told before what is taken.
    if count(store, &domain.name) >= domain.aliases {
        return verdict.danger(&["max_alias_exceeded"]);
    }
    if exists(store, &address) || mailboxes::load(store, &address).is_some() {
        return verdict.danger(&["is_alias_or_mailbox", &address]);
    }
    let mut targets = Vec::new();
    for target in goto.split(',').map(str::trim) {
        let is_address = target.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.contains('@')
        });
        if !is_address {
            return verdict.danger(&["goto_invalid", target]);
        }
        // One that leads to itself is left out, and with nothing left nothing is said.
        if target != address {
            targets.push(target);
        }
    }
    if targets.is_empty() {
        return;
    }
    let goto = targets.join(",");
    let id = store.next_id(TABLE);
    let alias = Alias {
        id,
        domain: domain.name,
        goto,
        active: number(attributes, "active", 1),
        created: clock::sql_date(),
        address,
    };
    store.put(TABLE, &id.to_string(), &alias);
    verdict.success(&["alias_added", &alias.address, &id.to_string()]);
}

/// By id or by address.
pub(super) fn edit(store: &mut Store, name: &str, attributes: &Value, verdict: &mut Verdict) {
    let found = all(store)
        .into_iter()
        .find(|alias| alias.id.to_string() == name || alias.address == name);
    let Some(mut alias) = found else {
        return verdict.danger(&["alias_invalid", name]);
    };
    if let Some(goto) = attributes.get("goto").and_then(text::string) {
        if goto.is_empty() {
            return verdict.danger(&["goto_empty"]);
        }
        alias.goto = goto.to_lowercase();
    }
    alias.active = number(attributes, "active", alias.active);
    store.put(TABLE, &alias.id.to_string(), &alias);
    verdict.success(&["alias_modified", &alias.address]);
}

/// By id or by address.
pub(super) fn delete(store: &mut Store, name: &str, verdict: &mut Verdict) {
    let aliases = all(store);
    let found = aliases
        .iter()
        .find(|alias| alias.id.to_string() == name || alias.address == name);
    let Some(alias) = found else {
        return verdict.danger(&["access_denied"]);
    };
    store.remove(TABLE, &alias.id.to_string());
    verdict.success(&["alias_removed", &alias.address]);
}

pub(super) fn forget(store: &mut Store, is_meant: impl Fn(&Alias) -> bool) {
    for alias in all(store).into_iter().filter(|alias| is_meant(alias)) {
        store.remove(TABLE, &alias.id.to_string());
    }
}

pub(super) fn get(store: &Store, name: &str) -> Option<Value> {
    if name == "all" {
        return Some(all(store).iter().map(describe).collect());
    }
    let alias: Alias = store.get(TABLE, name)?;
    Some(describe(&alias))
}

fn describe(alias: &Alias) -> Value {
    json!({
        "id": alias.id,
        "address": alias.address,
        "domain": alias.domain,
        "goto": alias.goto,
        "active": alias.active,
        "active_int": alias.active,
        "is_catch_all": i32::from(alias.address.starts_with('@')),
        "created": alias.created,
        "modified": null,
    })
}
