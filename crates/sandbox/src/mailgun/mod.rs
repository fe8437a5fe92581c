//! Mailgun's API (<https://documentation.mailgun.com/docs/mailgun/api-reference/>): domains with their records, messages,
//! events, suppressions, webhooks. Nothing leaves the machine; what becomes of a message is set by control.

mod answer;
mod control;
mod domains;
mod events;
mod form;
mod messages;
mod options;
mod records;
mod suppressions;
mod webhooks;

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};
use answer::{Reply, refuse};

/// See the module.
pub(crate) struct Mailgun {
    api_key: String,
    signing_key: String,
}

impl Mailgun {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            api_key: credentials.mailgun_api_key.clone(),
            signing_key: credentials.mailgun_signing_key.clone(),
        }
    }

    fn call(&self, request: &Request, store: &mut Store) -> Reply {
        let is_known = request
            .basic()
            .is_some_and(|(user, key)| user == "api" && digest::equal(&key, &self.api_key));
        if !is_known {
            return Err(refuse(401, "Invalid private key"));
        }
        let unknown = || refuse(404, "page not found");
        let segments = request.segments_after("/").ok_or_else(unknown)?;
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["v4", "domains"]) => domains::create(request, store),
            ("GET", ["v4", "domains"]) => domains::list(request, store),
            ("GET", ["v4", "domains", name]) => domains::find(store, name),
            ("PUT", ["v4", "domains", name]) => domains::update(request, store, name),
            ("PUT", ["v4", "domains", name, "verify"]) => domains::verify(store, name),
            ("DELETE", ["v3", "domains", name]) => domains::delete(store, name),
            ("POST", ["v3", domain, "messages"]) => {
                messages::send(request, store, domain, &self.signing_key)
            }
            ("GET", ["v3", domain, "events"]) => events::first(request, store, domain),
            ("GET", ["v3", domain, "events", place]) => {
                events::further(request, store, domain, place)
            }
            (
                _,
                [
                    "v3",
                    domain,
                    list @ ("bounces" | "unsubscribes" | "complaints"),
                    rest @ ..,
                ],
            ) => suppressions::call(request, store, domain, list, rest),
            _ => Err(unknown()),
        }
    }
}

impl Service for Mailgun {
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        match self.call(request, store) {
            Ok(answer) | Err(answer) => answer,
        }
    }

    fn failure(&self, status: u16) -> Answer {
        let message = match status {
            401 => "Invalid private key",
            403 => "Forbidden",
            404 => "Not found",
            429 => "Too many requests",
            _ => "Internal Server Error",
        };
        refuse(status, message)
    }

    fn state(&self, store: &Store) -> Value {
        json!({
            "domains": store.values("domain"),
            "messages": store.values("message"),
            "events": store.values("event"),
            "suppressions": store.values("suppression"),
            "options": options::read(store),
        })
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        match (request.method.as_str(), path) {
            ("GET" | "PUT", "options") => Some(options::control(request, store)),
            ("POST", "publish") => Some(control::publish(request, store)),
            ("POST", "event") => Some(control::event(request, store, &self.signing_key)),
            ("POST", "repeat_webhook") => Some(webhooks::repeat(store)),
            _ => None,
        }
    }
}
