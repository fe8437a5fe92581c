//! The control endpoints that every stand-in has. Faults do not hit them.

use serde::Deserialize;
use serde_json::json;

use crate::{
    fault::Fault,
    http::{Answer, Request},
    peer::Peer,
};

/// Where they live.
pub(crate) const PREFIX: &str = "/__sandbox/";

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Fault>),
    One(Fault),
}

/// Answers a control request; `path` is what follows the prefix.
pub(crate) fn answer(peer: &Peer, path: &str, request: &Request) -> Answer {
    match (request.method.as_str(), path) {
        ("GET", "state") => Answer::json(200, &peer.state()),
        ("POST", "reset") => match peer.reset() {
            Ok(()) => Answer::empty(204),
            Err(error) => Answer::json(500, &json!({"error": error.to_string()})),
        },
        ("GET", "faults") => Answer::json(200, &json!(peer.list_faults())),
        ("POST", "faults") => add_faults(peer, request),
        ("PUT", "rate_limit") => match serde_json::from_slice(&request.body) {
            Ok(limit) => {
                peer.limit(limit);
                Answer::empty(204)
            }
            Err(error) => Answer::json(400, &json!({"error": error.to_string()})),
        },
        ("DELETE", "faults") => {
            peer.clear_faults();
            Answer::empty(204)
        }
        _ => peer
            .control(path, request)
            .unwrap_or_else(|| Answer::json(404, &json!({"error": "no such control endpoint"}))),
    }
}

fn add_faults(peer: &Peer, request: &Request) -> Answer {
    match serde_json::from_slice(&request.body) {
        Ok(OneOrMany::One(fault)) => peer.add_fault(fault),
        Ok(OneOrMany::Many(faults)) => faults.into_iter().for_each(|fault| peer.add_fault(fault)),
        Err(error) => return Answer::json(400, &json!({"error": error.to_string()})),
    }
    Answer::json(201, &json!(peer.list_faults()))
}
