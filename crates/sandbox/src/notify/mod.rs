//! Notify: everything it is asked to send is kept and can be read back; nothing leaves the machine.

mod messages;
mod otp;
mod schema;

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};
use schema::Operation;

/// See the module.
pub(crate) struct Notify {
    api_key: String,
}

impl Notify {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            api_key: credentials.notify_api_key.clone(),
        }
    }
}

impl Service for Notify {
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        if request.path == "/health" {
            return match request.method.as_str() {
                "GET" | "HEAD" => Answer::json(200, &json!({"status": "healthy"})),
                _ => detail(405, "Method Not Allowed"),
            };
        }
        let Some(operation) = Operation::of_path(&request.path) else {
            return detail(404, "Not Found");
        };
        if request.method != "POST" {
            return detail(405, "Method Not Allowed");
        }
        let is_known = request
            .header("x-api-key")
            .is_some_and(|key| digest::equal(key, &self.api_key));
        if !is_known {
            return detail(401, "Invalid or missing API key");
        }
        let Some(body) = request.json() else {
            return schema::refusal(&[schema::problem("", "JSON decode error")]);
        };
        let problems = operation.problems(&body);
        if !problems.is_empty() {
            return schema::refusal(&problems);
        }
        if operation == Operation::OtpVerify {
            return otp::verify(store, &body);
        }
        messages::deliver(store, operation, &body, request.header("idempotency-key"))
    }

    fn failure(&self, status: u16) -> Answer {
        detail(status, "Internal Server Error")
    }

    fn state(&self, store: &Store) -> Value {
        json!({
            "messages": messages::list(store),
            "otps": otp::state(store),
        })
    }

    fn control(&self, _path: &str, _request: &Request, _store: &mut Store) -> Option<Answer> {
        None
    }
}

fn detail(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"detail": text}))
}
