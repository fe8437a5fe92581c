//! MSG91's API v5: nothing leaves the machine, and what would have is kept. Failures are 200 with
//! `"type": "error"`, as there.

mod messages;

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};

/// See the module.
pub(crate) struct Msg91 {
    auth_key: String,
}

impl Msg91 {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            auth_key: credentials.msg91_auth_key.clone(),
        }
    }
}

impl Service for Msg91 {
    fn seed(&self, store: &mut Store) {
        messages::seed(store);
    }

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        let Some(segments) = request.segments_after("/api/v5/") else {
            return self.failure(404);
        };
        // The key is taken from the query, too.
        let key = request
            .header("authkey")
            .or_else(|| request.parameter("authkey"));
        if !key.is_some_and(|key| digest::equal(key, &self.auth_key)) {
            return error("Authentication failure");
        }
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["otp"]) => messages::send_code(request, store),
            ("GET", ["otp", "retry"]) => messages::resend(request, store),
            ("GET", ["otp", "verify"]) => messages::verify(request, store),
            ("POST", ["flow"]) => messages::send_flow(request, store),
            _ => self.failure(404),
        }
    }

    fn failure(&self, status: u16) -> Answer {
        let body = json!({"type": "error", "message": "The request could not be completed"});
        Answer::json(status, &body)
    }

    fn state(&self, store: &Store) -> Value {
        json!({
            "messages": store.values("message"),
            "templates": store.values("template"),
        })
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        (request.method == "POST" && path == "templates")
            .then(|| messages::add_template(request, store))
    }
}

/// A refusal, which is a success of HTTP.
fn error(message: &str) -> Answer {
    Answer::json(200, &json!({"type": "error", "message": message}))
}

fn success(request_id: &str) -> Answer {
    Answer::json(200, &json!({"type": "success", "request_id": request_id}))
}
