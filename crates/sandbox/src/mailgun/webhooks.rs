//! Webhooks, where an address for them is set. They are signed by time and token; the event beside is not.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::options;
use crate::{
    clock,
    http::Answer,
    random,
    store::{Outgoing, Store},
    text::hex,
};

/// Tells whoever listens what happened.
pub(super) fn emit(store: &mut Store, signing_key: &str, event: &Value) {
    let timestamp = clock::seconds().to_string();
    let token = random::hex::<25>();
    let key = hmac::Key::new(hmac::HMAC_SHA256, signing_key.as_bytes());
    let signature = hmac::sign(&key, format!("{timestamp}{token}").as_bytes());
    let body = json!({
        "signature": {"timestamp": timestamp, "token": token, "signature": hex(signature.as_ref())},
        "event-data": event,
    });
    store.put("last_webhook", "body", &body.to_string());
    post(store, body.to_string());
}

/// Sends the last one once more, as Mailgun does when it was not sure.
pub(super) fn repeat(store: &mut Store) -> Answer {
    let Some(body) = store.get::<String>("last_webhook", "body") else {
        return Answer::json(404, &json!({"error": "there was none"}));
    };
    post(store, body);
    Answer::empty(204)
}

fn post(store: &mut Store, body: String) {
    let Some(url) = options::read(store).webhook_url else {
        return;
    };
    store.send(Outgoing {
        url,
        content_type: "application/json",
        headers: Vec::new(),
        body: body.into_bytes(),
    });
}
