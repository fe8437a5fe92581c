//! Passport, an account service.

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};

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
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, request: &Request, _store: &mut Store) -> Answer {
        let is_known = request
            .bearer()
            .is_some_and(|token| digest::equal(token, &self.sample_password));
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
