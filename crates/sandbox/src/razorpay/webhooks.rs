//! Webhooks, where an address for them is set.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::checkout::sign;
use crate::{
    clock,
    http::{Answer, Request},
    random,
    store::{Outgoing, Store},
};

/// Settings of the account that a person makes in the dashboard.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Settings {
    #[serde(default)]
    webhook_url: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Sent {
    id: String,
    body: String,
}

pub(super) fn options(store: &Store) -> Settings {
    store.get("options", "all").unwrap_or_default()
}

/// `GET` and `PUT /__sandbox/options`.
pub(super) fn control(request: &Request, store: &mut Store) -> Answer {
    if request.method == "PUT" {
        match serde_json::from_slice::<Settings>(&request.body) {
            Ok(settings) => store.put("options", "all", &settings),
            Err(error) => return Answer::json(400, &json!({"error": error.to_string()})),
        }
    }
    Answer::json(200, &json!(options(store)))
}

/// Tells whoever listens what happened.
pub(super) fn emit(store: &mut Store, secret: &str, event: &str, parts: &[(&str, &Value)]) {
    let payload: Map<String, Value> = parts
        .iter()
        .map(|(name, entity)| ((*name).to_owned(), json!({"entity": entity})))
        .collect();
    let contains: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
    let body = json!({
        "entity": "event",
        "account_id": "acc_sandbox",
        "event": event,
        "contains": contains,
        "payload": payload,
        "created_at": clock::seconds(),
    });
    let number = store.next_id("event");
    let sent = Sent {
        id: format!("{number:06}{}", random::letters::<8>()),
        body: body.to_string(),
    };
    store.put("event", &sent.id, &sent);
    post(store, secret, &sent);
}

/// Sends an event once more, as Razorpay may: the last one, or the one named by `?id=`.
pub(super) fn repeat(request: &Request, store: &mut Store, secret: &str) -> Answer {
    let wanted = request.parameter("id");
    let events = store.list::<Sent>("event");
    let found = events
        .into_iter()
        .rev()
        .find(|(id, _)| wanted.is_none_or(|wanted| wanted == id));
    match found {
        None => Answer::json(404, &json!({"error": "no such event"})),
        Some((id, sent)) => {
            post(store, secret, &sent);
            Answer::json(200, &json!({"id": id}))
        }
    }
}

fn post(store: &mut Store, secret: &str, sent: &Sent) {
    let Some(url) = options(store).webhook_url else {
        return;
    };
    store.send(Outgoing {
        url,
        content_type: "application/json",
        headers: vec![
            ("x-razorpay-signature", sign(secret, sent.body.as_bytes())),
            ("x-razorpay-event-id", sent.id.clone()),
        ],
        body: sent.body.clone().into_bytes(),
    });
}
