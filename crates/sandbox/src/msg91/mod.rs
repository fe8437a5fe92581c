//! MSG91's API v5.

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
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, request: &Request, _store: &mut Store) -> Answer {
        let is_known = request
            .header("authkey")
            .is_some_and(|key| digest::equal(key, &self.auth_key));
        if !is_known {
            return self.failure(401);
        }
        self.failure(404)
    }

    fn failure(&self, status: u16) -> Answer {
        Answer::json(status, &json!({"type": "error", "message": "failed"}))
    }

    fn state(&self, _store: &Store) -> Value {
        json!({})
    }

    fn control(&self, _path: &str, _request: &Request, _store: &mut Store) -> Option<Answer> {
        None
    }
}
