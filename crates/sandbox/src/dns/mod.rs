//! A name server that is authoritative for whatever was published to it.

pub(crate) mod records;
mod server;

use serde_json::{Value, json};

pub use records::PublishedRecord;
pub(crate) use server::{DnsSockets, serve};

use crate::{
    http::{Answer, Request},
    peer::Service,
    store::Store,
};

/// Its HTTP side, which is control only.
pub(crate) struct Dns;

impl Service for Dns {
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, _request: &Request, _store: &mut Store) -> Answer {
        self.failure(404)
    }

    fn failure(&self, status: u16) -> Answer {
        Answer::json(
            status,
            &json!({"error": "the name server speaks DNS; see /__sandbox/"}),
        )
    }

    fn state(&self, store: &Store) -> Value {
        json!({"records": records::list(store)})
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        if path != "records" {
            return None;
        }
        Some(match request.method.as_str() {
            "GET" => Answer::json(200, &json!(records::list(store))),
            "PUT" | "POST" => put(request, store),
            "DELETE" => {
                let name = request.parameter("name").unwrap_or_default();
                let removed = records::unpublish(store, name, request.parameter("type"));
                Answer::json(200, &json!({"removed": removed}))
            }
            _ => Answer::empty(405),
        })
    }
}

fn put(request: &Request, store: &mut Store) -> Answer {
    let records: Vec<PublishedRecord> = match serde_json::from_slice(&request.body) {
        Ok(records) => records,
        Err(error) => return Answer::json(400, &json!({"error": error.to_string()})),
    };
    if let Some(problem) = records.iter().find_map(records::problem) {
        return Answer::json(422, &json!({"error": problem}));
    }
    records::publish(store, &records);
    Answer::json(200, &json!(records::list(store)))
}
