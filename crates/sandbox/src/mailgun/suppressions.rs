//! Addresses that nothing is sent to any more.

use serde_json::{Value, json};

use super::{
    answer::{Reply, refuse, text},
    domains,
    form::Form,
};
use crate::{
    clock,
    http::{Answer, Request},
    store::Store,
};

fn key(domain: &str, list: &str, address: &str) -> String {
    format!("{domain}/{list}/{}", address.to_lowercase())
}

/// Whether nothing is sent to an address.
pub(super) fn holds(store: &Store, domain: &str, address: &str) -> bool {
    ["bounces", "unsubscribes", "complaints"]
        .iter()
        .any(|list| store.contains("suppression", &key(domain, list, address)))
}

pub(super) fn add(
    store: &mut Store,
    domain: &str,
    list: &str,
    address: &str,
    code: i64,
    said: &str,
) {
    let since = clock::now().format("%a, %d %b %Y %H:%M:%S UTC").to_string();
    let entry = if list == "bounces" {
        json!({"address": address, "code": code.to_string(), "error": said, "created_at": since})
    } else {
        json!({"address": address, "created_at": since})
    };
    store.put("suppression", &key(domain, list, address), &entry);
}

pub(super) fn call(
    request: &Request,
    store: &mut Store,
    domain: &str,
    list: &str,
    rest: &[&str],
) -> Reply {
    let found = domains::get(store, domain)?;
    let domain = text(&found, "name");
    let missing = || refuse(404, &format!("Address not found in {list} table"));
    match (request.method.as_str(), rest) {
        ("GET", []) => Ok(page(request, store, domain, list)),
        ("POST", []) => {
            let form = Form::read(request);
            let Some(address) = form.get("address") else {
                return Err(refuse(400, "'address' parameter is required"));
            };
            let code = form.get("code").and_then(|text| text.parse().ok());
            let said = form.get("error").unwrap_or_default();
            add(store, domain, list, address, code.unwrap_or(550), said);
            Ok(refuse(
                200,
                &format!("Address has been added to the {list} table"),
            ))
        }
        ("GET", [address]) => {
            let entry = store.get::<Value>("suppression", &key(domain, list, address));
            Ok(Answer::json(200, &entry.ok_or_else(missing)?))
        }
        ("DELETE", [address]) => {
            if !store.remove("suppression", &key(domain, list, address)) {
                return Err(missing());
            }
            let body = json!({"message": format!("{list} has been removed"), "address": address});
            Ok(Answer::json(200, &body))
        }
        _ => Err(refuse(404, "page not found")),
    }
}

/// Pages go on after an address. There is always a next one; a list ends with one that is empty.
fn page(request: &Request, store: &Store, domain: &str, list: &str) -> Answer {
    let limit = request
        .parameter("limit")
        .and_then(|text| text.parse().ok());
    let limit: usize = limit.unwrap_or(100).clamp(1, 1000);
    let after = request.parameter("address").map(str::to_lowercase);
    let entries = store.list_below::<Value>("suppression", &format!("{domain}/{list}/"));
    let items: Vec<Value> = entries
        .into_iter()
        .map(|(_, entry)| entry)
        .filter(|entry| {
            let address = text(entry, "address").to_lowercase();
            after.as_ref().is_none_or(|after| address > *after)
        })
        .take(limit)
        .collect();
    let end = items.last().map(|entry| text(entry, "address").to_owned());
    let end = end.or(after).unwrap_or_default();
    let host = request.header("host").unwrap_or("localhost");
    let address: String = url::form_urlencoded::byte_serialize(end.as_bytes()).collect();
    let first = format!("http://{host}/v3/{domain}/{list}?limit={limit}");
    let next = format!("{first}&page=next&address={address}");
    Answer::json(
        200,
        &json!({"items": items, "paging": {"first": first, "next": next, "previous": first, "last": first}}),
    )
}
