//! The ERP's API: plans, subscriptions, contacts. An address without its slash is redirected, as there.

mod contacts;
mod plans;
mod subscriptions;

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};

/// See the module.
pub(crate) struct Erp {
    token: String,
}

impl Erp {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            token: credentials.erp_token.clone(),
        }
    }
}

impl Service for Erp {
    fn seed(&self, store: &mut Store) {
        plans::seed(store);
    }

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        let Some(segments) = request.segments_after("/api/") else {
            return detail(404, "Not Found");
        };
        if !request.path.ends_with('/') {
            let to = format!("{}/", request.path);
            return Answer::empty(307).with("Location", to);
        }
        let is_known = request
            .bearer()
            .is_some_and(|token| digest::equal(token, &self.token));
        if !is_known {
            return detail(401, "Could not validate credentials");
        }
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["subscriptions", "plans"]) => plans::list(store),
            ("POST", ["subscriptions"]) => subscriptions::create(request, store),
            ("GET", ["subscriptions", "user", user]) => subscriptions::of_user(store, user),
            ("POST", ["subscriptions", id, "activate"]) => {
                subscriptions::set_status(store, id, "active", None)
            }
            ("POST", ["subscriptions", id, "cancel"]) => {
                let body = request.json().unwrap_or_default();
                subscriptions::set_status(store, id, "cancelled", body.get("reason"))
            }
            ("GET", ["sales", "crm", "contacts"]) => contacts::list(request, store),
            ("POST", ["sales", "crm", "contacts"]) => contacts::create(request, store),
            _ => detail(404, "Not Found"),
        }
    }

    fn failure(&self, status: u16) -> Answer {
        detail(status, "Internal Server Error")
    }

    fn state(&self, store: &Store) -> Value {
        json!({
            "plans": store.values("plan"),
            "subscriptions": store.values("subscription"),
            "contacts": store.values("contact"),
        })
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        (request.method == "PUT" && path == "plans").then(|| plans::replace(request, store))
    }
}

/// A failure in the words of the framework that the ERP is built on.
fn detail(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"detail": text}))
}
