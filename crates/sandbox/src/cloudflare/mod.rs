//! Cloudflare's API v4.

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};

/// See the module.
pub(crate) struct Cloudflare {
    token: String,
}

impl Cloudflare {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            token: credentials.cloudflare_token.clone(),
        }
    }
}

impl Service for Cloudflare {
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, request: &Request, _store: &mut Store) -> Answer {
        let is_known = request
            .bearer()
            .is_some_and(|token| digest::equal(token, &self.token));
        if !is_known {
            return self.failure(401);
        }
        self.failure(404)
    }

    fn failure(&self, status: u16) -> Answer {
        Answer::json(
            status,
            &json!({"success": false, "errors": [{"code": 10000, "message": "failed"}], "messages": [], "result": null}),
        )
    }

    fn state(&self, _store: &Store) -> Value {
        json!({})
    }

    fn control(&self, _path: &str, _request: &Request, _store: &mut Store) -> Option<Answer> {
        None
    }
}
