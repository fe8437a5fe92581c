//! What the owner of a domain and the recipients of messages do.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{answer::text, events, records};
use crate::{
    http::{Answer, Request},
    store::Store,
};

fn read<'a, T: Deserialize<'a>>(request: &'a Request) -> Result<T, Answer> {
    serde_json::from_slice(&request.body)
        .map_err(|error| Answer::json(400, &json!({"error": error.to_string()})))
}

/// `POST /__sandbox/publish`: records of a domain, all unless told otherwise.
#[derive(Deserialize)]
struct Publish {
    domain: String,
    /// Some of `spf`, `dkim`, `mx`, `tracking`.
    #[serde(default)]
    records: Option<Vec<String>>,
}

pub(super) fn publish(request: &Request, store: &mut Store) -> Answer {
    let wish: Publish = match read(request) {
        Ok(wish) => wish,
        Err(refusal) => return refusal,
    };
    let all = || records::KINDS.iter().map(ToString::to_string).collect();
    let published = wish.records.unwrap_or_else(all);
    if let Some(other) = published
        .iter()
        .find(|kind| !records::KINDS.contains(&kind.as_str()))
    {
        return Answer::json(400, &json!({"error": format!("no record `{other}`")}));
    }
    store.put("published", &wish.domain, &published);
    store.remove("looked", &wish.domain);
    Answer::json(200, &json!({"published": published}))
}

/// `POST /__sandbox/event`: something happens to a message.
#[derive(Deserialize)]
struct Happens {
    /// With angle brackets or without.
    message_id: String,
    /// `opened`, `clicked`, `complained`, `unsubscribed`, `delivered`, `bounced` or `delayed`.
    event: String,
}

pub(super) fn event(request: &Request, store: &mut Store, signing_key: &str) -> Answer {
    let wish: Happens = match read(request) {
        Ok(wish) => wish,
        Err(refusal) => return refusal,
    };
    let id = format!("<{}>", wish.message_id.trim_matches(['<', '>']));
    let messages = store.values("message");
    let Some(message) = messages.iter().rev().find(|one| text(one, "id") == id) else {
        return Answer::json(404, &json!({"error": "no such message"}));
    };
    let recipients = message.get("to").and_then(Value::as_array);
    for recipient in recipients.into_iter().flatten().filter_map(Value::as_str) {
        events::happen(store, message, recipient, &wish.event, signing_key);
    }
    Answer::json(200, &json!({"id": id}))
}
