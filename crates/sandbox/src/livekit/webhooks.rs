//! Webhooks, where an address for them is set, and other settings of the server.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{token::Keys, twirp::set};
use crate::{
    clock,
    http::{Answer, Request},
    random,
    store::{Outgoing, Store},
};

/// What is in the server's configuration file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Options {
    #[serde(default)]
    webhook_url: Option<String>,
    /// Whether a room makes itself when somebody joins it.
    #[serde(default)]
    pub(super) auto_create: bool,
    /// Whether there is a recorder.
    #[serde(default = "yes")]
    pub(super) egress: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn options(store: &Store) -> Options {
    store.get("options", "all").unwrap_or(Options {
        webhook_url: None,
        auto_create: false,
        egress: true,
    })
}

/// `GET` and `PUT /__sandbox/options`.
pub(super) fn control(request: &Request, store: &mut Store) -> Answer {
    if request.method == "PUT" {
        match serde_json::from_slice::<Options>(&request.body) {
            Ok(options) => store.put("options", "all", &options),
            Err(error) => return Answer::json(400, &json!({"error": error.to_string()})),
        }
    }
    Answer::json(200, &json!(options(store)))
}

/// Tells whoever listens what happened. The token is bound to the body, and comes without a scheme.
pub(super) fn emit(store: &mut Store, keys: &Keys, event: &str, mut parts: Value) {
    let Some(url) = options(store).webhook_url else {
        return;
    };
    set(&mut parts, "event", json!(event));
    set(
        &mut parts,
        "id",
        json!(format!("EV_{}", random::letters::<12>())),
    );
    set(
        &mut parts,
        "created_at",
        json!(clock::seconds().to_string()),
    );
    let body = parts.to_string().into_bytes();
    let sha256 = STANDARD.encode(digest::digest(&digest::SHA256, &body));
    let Some(token) = keys.sign_webhook(&sha256) else {
        return;
    };
    store.send(Outgoing {
        url,
        content_type: "application/webhook+json",
        headers: vec![("authorization", token)],
        body,
    });
}
