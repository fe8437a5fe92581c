//! Zones.

use serde_json::{Value, json};

use super::{
    answer::Refusal,
    content,
    list::{self, Sizes},
};
use crate::{
    clock,
    http::{Answer, Request},
    random,
    store::Store,
};

const TABLE: &str = "zone";

/// Adds a zone, or changes the status of the one of this name.
pub(super) fn put(store: &mut Store, name: &str, status: &str) -> Value {
    let name = content::name(name);
    let known = store.values(TABLE);
    let known = known
        .into_iter()
        .find(|zone| zone.get("name").and_then(Value::as_str) == Some(&name));
    let mut zone = known.unwrap_or_else(|| {
        json!({
            "id": new_id(store),
            "name": name,
            "paused": false,
            "type": "full",
            "name_servers": ["ada.ns.sandbox.invalid", "bob.ns.sandbox.invalid"],
            "original_name_servers": null,
            "account": {"id": "0".repeat(32), "name": "sandbox"},
            "permissions": ["#dns_records:edit", "#dns_records:read", "#zone:read"],
            "created_on": clock::now().to_rfc3339(),
        })
    });
    if let Some(fields) = zone.as_object_mut() {
        fields.insert("status".to_owned(), Value::from(status));
    }
    let id = zone.get("id").and_then(Value::as_str).unwrap_or_default();
    store.put(TABLE, id, &zone);
    zone
}

/// An id in Cloudflare's form; later ones sort after earlier ones, so that lists are in order of time.
pub(super) fn new_id(store: &mut Store) -> String {
    format!("{:08x}{}", store.next_id("id"), random::hex::<12>())
}

pub(super) fn get(store: &Store, id: &str) -> Result<Value, Refusal> {
    store
        .get(TABLE, id)
        .ok_or_else(|| Refusal::no_route(&format!("/client/v4/zones/{id}")))
}

pub(super) fn list(request: &Request, store: &Store) -> Result<Answer, Refusal> {
    let mut zones = store.values(TABLE);
    for (parameter, pointer) in [
        ("name", "/name"),
        ("status", "/status"),
        ("account.id", "/account/id"),
    ] {
        if let Some(wanted) = request.parameter(parameter) {
            zones.retain(|zone| zone.pointer(pointer).and_then(Value::as_str) == Some(wanted));
        }
    }
    let sizes = Sizes {
        usual: 20,
        least: 5,
        most: 50,
    };
    list::page(request, &zones, &sizes)
}

pub(super) fn all(store: &Store) -> Vec<Value> {
    store.values(TABLE)
}

/// What is known of the token: it is good, or nobody would be here.
pub(super) fn token() -> Value {
    json!({"id": "f".repeat(32), "status": "active", "expires_on": null, "not_before": null})
}

/// `{"name": …, "status": …}`; active unless something else is said.
pub(super) fn control(request: &Request, store: &mut Store) -> Answer {
    let body = request.json().unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    match text("name").filter(|name| content::is_name(name)) {
        None => Answer::json(422, &json!({"error": "a zone has a name"})),
        Some(name) => {
            let zone = put(store, name, text("status").unwrap_or("active"));
            Answer::json(200, &zone)
        }
    }
}
