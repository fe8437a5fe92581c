//! The stand-ins, seen from outside: through their control addresses.

use anyhow::Context;
use bheem_http_kit::{HttpClient, Method};
use serde_json::{Value, json};

use super::{
    api::{exchange, json_client},
    narrate::Narrator,
};
use crate::sandbox::Description;

/// A client of a stand-in's control address.
pub(super) fn control(sandbox: &Description, peer: &str) -> anyhow::Result<HttpClient> {
    let url = sandbox
        .peers
        .get(peer)
        .and_then(|peer| peer.get("control_url"))
        .with_context(|| format!("the sandbox has no stand-in {peer}"))?;
    json_client("stand-in", url)
}

/// Publishes the records that a domain is expected to carry.
pub(super) async fn publish(dns: &HttpClient, domain: &Value) -> anyhow::Result<()> {
    let records: Vec<Value> = domain
        .get("dns_records")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|record| {
            json!({
                "name": record.get("name"),
                "type": record.get("type"),
                "value": record.get("value"),
                "priority": record.get("priority"),
            })
        })
        .collect();
    let request = dns.request("publish", Method::PUT, &["__sandbox", "records"]);
    exchange(request.json(&records)).await.map(drop)
}

/// Shows what each stand-in holds of a domain's people.
pub(super) async fn show(
    narrator: &Narrator,
    sandbox: &Description,
    domain: &str,
    people: usize,
) -> anyhow::Result<()> {
    for peer in ["mailcow", "nextcloud", "notify"] {
        let control = control(sandbox, peer)?;
        let request = control.request("state", Method::GET, &["__sandbox", "state"]);
        let state = narrator
            .step(&format!("ask {peer}"), exchange(request))
            .await?;
        for (kind, names) in mentions(&state, domain) {
            narrator.say(&format!("{kind}: {}", names.join(", ")));
        }
    }
    narrator.say(&format!("{people} people, each of them once everywhere"));
    Ok(())
}

/// The things in a state that mention the domain, by kind: the names under which they are kept.
fn mentions(state: &Value, domain: &str) -> Vec<(String, Vec<String>)> {
    let Some(kinds) = state.as_object() else {
        return Vec::new();
    };
    kinds
        .iter()
        .filter_map(|(kind, things)| {
            let names: Vec<String> = match things {
                Value::Object(things) => things
                    .iter()
                    .filter(|(name, thing)| {
                        name.contains(domain) || thing.to_string().contains(domain)
                    })
                    .map(|(name, thing)| label(thing).unwrap_or_else(|| name.clone()))
                    .collect(),
                Value::Array(things) => things
                    .iter()
                    .filter(|thing| thing.to_string().contains(domain))
                    .filter_map(label)
                    .collect(),
                _ => Vec::new(),
            };
            (!names.is_empty()).then(|| (kind.clone(), names))
        })
        .collect()
}

/// What to call a thing.
fn label(thing: &Value) -> Option<String> {
    [
        "username",
        "email",
        "address",
        "to",
        "domain",
        "domain_name",
        "id",
    ]
    .into_iter()
    .find_map(|name| thing.get(name)?.as_str().map(str::to_owned))
}
