//! What happened to messages, and where to read on.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    answer::{Reply, refuse, set, text},
    domains, suppressions, webhooks,
};
use crate::{
    clock,
    http::{Answer, Request},
    random,
    store::Store,
    text::hex,
};

/// Keeps an event, tells whoever listens, and suppresses whom it is about where it must. Besides Mailgun's own words
/// `event` may be `bounced`, `delayed` or `suppressed`, three ways to fail.
pub(super) fn happen(
    store: &mut Store,
    message: &Value,
    recipient: &str,
    event: &str,
    signing_key: &str,
) {
    let (kind, severity, reason, code, said) = match event {
        "bounced" => ("failed", "permanent", "bounce", 550, "5.1.1 no such user"),
        "delayed" => (
            "failed",
            "temporary",
            "generic",
            451,
            "4.7.1 try again later",
        ),
        "suppressed" => (
            "failed",
            "permanent",
            "suppress-bounce",
            605,
            "Not delivering to previously bounced address",
        ),
        other => (other, "", "", 250, "OK"),
    };
    let domain = text(message, "domain").to_owned();
    let mut body = json!({
        "id": random::letters::<22>(),
        "event": kind,
        "timestamp": json!(clock::now().timestamp_micros()).as_f64().unwrap_or_default() / 1e6,
        "log-level": if kind == "failed" { "error" } else { "info" },
        "recipient": recipient,
        "recipient-domain": recipient.rsplit('@').next(),
        "tags": message.get("tags"),
        "user-variables": message.get("variables"),
        "flags": {"is-test-mode": message.get("is_test"), "is-authenticated": true, "is-routed": false},
        "envelope": {"sender": message.get("from"), "targets": recipient, "transport": "smtp"},
        "message": {
            "headers": {
                "message-id": text(message, "id").trim_matches(['<', '>']),
                "to": recipient,
                "from": message.get("from"),
                "subject": message.get("subject"),
            },
            "attachments": message.get("files"),
        },
    });
    if matches!(kind, "failed" | "delivered") {
        let status =
            json!({"code": code, "message": said, "description": "", "attempt-no": 1, "tls": true});
        set(&mut body, "delivery-status", status);
    }
    if kind == "failed" {
        set(&mut body, "severity", json!(severity));
        set(&mut body, "reason", json!(reason));
    }
    let number = store.next_id("event");
    store.put("event", &format!("{domain}/{number:012}"), &body);
    let list = match event {
        "bounced" => Some("bounces"),
        "complained" => Some("complaints"),
        "unsubscribed" => Some("unsubscribes"),
        _ => None,
    };
    if let Some(list) = list {
        suppressions::add(store, &domain, list, recipient, code, said);
    }
    // Nobody is told of what Mailgun has only taken.
    if kind != "accepted" {
        webhooks::emit(store, signing_key, &body);
    }
}

/// What is asked for, and how much of it was told.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    begin: Option<f64>,
    end: Option<f64>,
    ascending: bool,
    limit: usize,
    event: Option<String>,
    recipient: Option<String>,
    message_id: Option<String>,
    skip: usize,
}

pub(super) fn first(request: &Request, store: &Store, domain: &str) -> Reply {
    let own = |name: &str| request.parameter(name).map(str::to_owned);
    let limit = match request.parameter("limit").map(str::parse) {
        None => 100,
        Some(Ok(limit)) if (1..=300).contains(&limit) => limit,
        Some(_) => return Err(refuse(400, "'limit' parameter must be between 1 and 300")),
    };
    let place = Place {
        begin: time(request, "begin")?,
        end: time(request, "end")?,
        ascending: request.parameter("ascending") == Some("yes"),
        limit,
        event: own("event"),
        recipient: own("recipient"),
        message_id: own("message-id"),
        skip: 0,
    };
    page(request, store, domain, place)
}

/// Seconds since 1970, or a date as in mail.
fn time(request: &Request, name: &str) -> Result<Option<f64>, Answer> {
    let Some(text) = request.parameter(name) else {
        return Ok(None);
    };
    let date = || {
        let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
        json!(date.timestamp()).as_f64()
    };
    match text.parse::<f64>().ok().or_else(date) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(refuse(
            400,
            &format!("'{name}' parameter is not a valid date"),
        )),
    }
}

pub(super) fn further(request: &Request, store: &Store, domain: &str, place: &str) -> Reply {
    let pairs = place.as_bytes().chunks_exact(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let place = place.ok_or_else(|| refuse(400, "The page token is invalid"))?;
    page(request, store, domain, place)
}

fn is_wanted(event: &Value, place: &Place) -> bool {
    let at = event
        .get("timestamp")
        .and_then(Value::as_f64)
        .unwrap_or_default();
    let message_id = event
        .pointer("/message/headers/message-id")
        .and_then(Value::as_str);
    let fits = |wanted: &Option<String>, value: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted == value)
    };
    place.begin.is_none_or(|begin| at >= begin)
        && place.end.is_none_or(|end| at <= end)
        && fits(&place.event, text(event, "event"))
        && fits(&place.recipient, text(event, "recipient"))
        && fits(&place.message_id, message_id.unwrap_or_default())
}

/// There is always a next page; a list ends with one that is empty.
fn page(request: &Request, store: &Store, domain: &str, mut place: Place) -> Reply {
    let found = domains::get(store, domain)?;
    let name = text(&found, "name");
    let events = store.list_below::<Value>("event", &format!("{name}/"));
    let mut events: Vec<Value> = events
        .into_iter()
        .map(|(_, event)| event)
        .filter(|event| is_wanted(event, &place))
        .collect();
    if !place.ascending {
        events.reverse();
    }
    let items: Vec<Value> = events
        .into_iter()
        .skip(place.skip)
        .take(place.limit)
        .collect();
    let here = url(request, name, &place);
    place.skip = place.skip.saturating_add(items.len());
    let next = url(request, name, &place);
    place.skip = 0;
    let first = url(request, name, &place);
    Ok(Answer::json(
        200,
        &json!({
            "items": items,
            "paging": {"first": first, "previous": here, "next": next, "last": first},
        }),
    ))
}

fn url(request: &Request, domain: &str, place: &Place) -> String {
    let host = request.header("host").unwrap_or("localhost");
    let token = hex(json!(place).to_string().as_bytes());
    format!("http://{host}/v3/{domain}/events/{token}")
}
