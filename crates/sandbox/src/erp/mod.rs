//! The ERP's API.

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
        Answer::json(status, &json!({"detail": "failed"}))
    }

    fn state(&self, _store: &Store) -> Value {
        json!({})
    }

    fn control(&self, _path: &str, _request: &Request, _store: &mut Store) -> Option<Answer> {
        None
    }
}
