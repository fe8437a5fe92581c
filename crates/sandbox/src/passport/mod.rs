//! Passport, an account service: sign-in with a form, tokens that are refreshed once, registration. Where versions
//! disagree, options choose: `duplicate_status` is 409 or 400.

mod accounts;
mod sessions;

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};

/// The company of everybody unless told otherwise.
const COMPANY: &str = "BHM001";

/// See the module.
pub(crate) struct Passport {
    sample_password: String,
}

impl Passport {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            sample_password: credentials.passport_sample_password.clone(),
        }
    }
}

impl Service for Passport {
    fn seed(&self, store: &mut Store) {
        accounts::seed(store, "sample", &self.sample_password);
    }

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        if request.path == "/health" {
            return Answer::json(200, &json!({"status": "healthy"}));
        }
        let Some(segments) = request.segments_after("/api/v1/auth/") else {
            return detail(404, "Not Found");
        };
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["login"]) => sessions::sign_in(request, store),
            ("POST", ["refresh"]) => sessions::refresh(request, store),
            ("POST", ["validate"]) => sessions::validate(request, store),
            ("GET", ["me"]) => sessions::me(request, store),
            ("POST", ["register"]) => accounts::register(request, store),
            ("POST", ["change-password"]) => accounts::change_password(request, store),
            ("POST", ["password", "reset", "request"]) => accounts::request_reset(request, store),
            _ => detail(404, "Not Found"),
        }
    }

    fn failure(&self, status: u16) -> Answer {
        detail(status, "Internal Server Error")
    }

    fn state(&self, store: &Store) -> Value {
        json!({
            "users": accounts::list(store),
            "resets": store.values("reset"),
            "options": accounts::options(store),
        })
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        match (request.method.as_str(), path) {
            ("PUT", "options") => Some(accounts::set_options(request, store)),
            ("POST", "users") => Some(accounts::set_active(request, store)),
            _ => None,
        }
    }
}

/// A failure in the words of the framework that Passport is built on.
fn detail(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"detail": text}))
}
