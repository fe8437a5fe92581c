//! Domains.

use serde_json::{Value, json};

use super::{
    answer::{Reply, refuse, set, text},
    form::Form,
    options, records,
};
use crate::{
    clock,
    http::{Answer, Request},
    random,
    store::Store,
};

/// Kinds of records, of a domain, by table.
fn kinds(store: &Store, table: &str, name: &str) -> Vec<String> {
    store.get(table, name).unwrap_or_default()
}

pub(super) fn get(store: &Store, name: &str) -> Result<Value, Answer> {
    let found = store.get::<Value>("domain", &name.to_lowercase());
    found.ok_or_else(|| refuse(404, &format!("Domain not found: {name}")))
}

pub(super) fn is_active(domain: &Value) -> bool {
    text(domain, "state") == "active"
}

fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

/// What is told of a domain.
fn shown(domain: &Value) -> Value {
    let mut shown = domain.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.remove("dkim_key");
    }
    shown
}

fn details(store: &Store, domain: &Value, message: Option<&str>) -> Answer {
    let found = kinds(store, "found", text(domain, "name"));
    let mut body = json!({
        "domain": shown(domain),
        "sending_dns_records": records::sending(domain, &found),
        "receiving_dns_records": records::receiving(&found),
    });
    if let Some(message) = message {
        set(&mut body, "message", json!(message));
    }
    Answer::json(200, &body)
}

pub(super) fn create(request: &Request, store: &mut Store) -> Reply {
    let form = Form::read(request);
    let options = options::read(store);
    let name = form.get("name").unwrap_or_default().to_lowercase();
    if name.is_empty() {
        return Err(refuse(400, "'name' parameter is required"));
    }
    if !is_name(&name) {
        return Err(refuse(400, "'name' parameter is not a valid domain name"));
    }
    let key_size = form.get("dkim_key_size").unwrap_or("1024");
    if !matches!(key_size, "1024" | "2048") {
        return Err(refuse(
            400,
            "'dkim_key_size' parameter must be 1024 or 2048",
        ));
    }
    let spam_action = form.get("spam_action").unwrap_or("disabled");
    if !matches!(spam_action, "disabled" | "tag" | "block") {
        return Err(refuse(400, "'spam_action' parameter is invalid"));
    }
    // The same sentence, whoever has it.
    if store.contains("domain", &name) || options.domains_of_others.contains(&name) {
        return Err(refuse(400, "This domain name is already taken"));
    }
    if options.domain_limit > 0 && store.values("domain").len() >= options.domain_limit {
        return Err(refuse(400, "Domain limit reached for this account"));
    }
    let is_automatic = form.flag("use_automatic_sender_security");
    let domain = json!({
        "id": random::hex::<12>(),
        "name": name,
        "state": "unverified",
        "type": "custom",
        "created_at": date(),
        "is_disabled": false,
        "require_tls": false,
        "skip_verification": false,
        "smtp_login": format!("postmaster@{name}"),
        "spam_action": spam_action,
        "web_prefix": "email",
        "web_scheme": form.get("web_scheme").unwrap_or("https"),
        "wildcard": false,
        "use_automatic_sender_security": is_automatic.unwrap_or(options.automatic_sender_security),
        "dkim_key": random::letters::<64>(),
    });
    store.put("domain", &name, &domain);
    Ok(details(
        store,
        &domain,
        Some("Domain DNS records have been created"),
    ))
}

/// As in mail.
fn date() -> String {
    clock::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

pub(super) fn list(request: &Request, store: &Store) -> Reply {
    let number = |name: &str, or: usize| match request.parameter(name) {
        None => Ok(or),
        Some(text) => text
            .parse()
            .map_err(|_text| refuse(400, &format!("'{name}' parameter is not a valid number"))),
    };
    let (limit, skip) = (number("limit", 100)?, number("skip", 0)?);
    if !(1..=1000).contains(&limit) {
        return Err(refuse(400, "'limit' parameter must be between 1 and 1000"));
    }
    let domains = store.values("domain");
    let items: Vec<Value> = domains.iter().skip(skip).take(limit).map(shown).collect();
    Ok(Answer::json(
        200,
        &json!({"total_count": domains.len(), "items": items}),
    ))
}

pub(super) fn find(store: &Store, name: &str) -> Reply {
    Ok(details(store, &get(store, name)?, None))
}

pub(super) fn update(request: &Request, store: &mut Store, name: &str) -> Reply {
    let mut domain = get(store, name)?;
    let form = Form::read(request);
    for field in ["require_tls", "skip_verification", "wildcard"] {
        if let Some(flag) = form.flag(field) {
            set(&mut domain, field, json!(flag));
        }
    }
    for field in ["spam_action", "web_scheme", "web_prefix"] {
        if let Some(value) = form.get(field) {
            set(&mut domain, field, json!(value));
        }
    }
    store.put("domain", text(&domain, "name"), &domain);
    Ok(details(store, &domain, Some("Domain has been updated")))
}

/// Looks at the records. What was published lately may not be seen yet.
pub(super) fn verify(store: &mut Store, name: &str) -> Reply {
    let mut domain = get(store, name)?;
    let name = text(&domain, "name").to_owned();
    let options = options::read(store);
    let looked = store.get::<u64>("looked", &name).unwrap_or_default() + 1;
    store.put("looked", &name, &looked);
    if looked > options.blind_verifications {
        let found = if options.finds_all_records {
            records::KINDS.iter().map(ToString::to_string).collect()
        } else {
            kinds(store, "published", &name)
        };
        store.put("found", &name, &found);
        let is_active = ["spf", "dkim"]
            .iter()
            .all(|kind| found.iter().any(|one| one == kind));
        let state = if is_active { "active" } else { "unverified" };
        set(&mut domain, "state", json!(state));
        store.put("domain", &name, &domain);
    }
    Ok(details(
        store,
        &domain,
        Some("Domain DNS records have been updated"),
    ))
}

pub(super) fn delete(store: &mut Store, name: &str) -> Reply {
    let domain = get(store, name)?;
    let name = text(&domain, "name");
    for table in ["domain", "published", "found", "looked"] {
        store.remove(table, name);
    }
    for table in ["event", "suppression", "sent"] {
        store.remove_below(table, &format!("{name}/"));
    }
    Ok(refuse(200, "Domain will be deleted in the background"))
}
