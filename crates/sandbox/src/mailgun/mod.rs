//! Mailgun's API.

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};

/// See the module.
pub(crate) struct Mailgun {
    api_key: String,
}

impl Mailgun {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            api_key: credentials.mailgun_api_key.clone(),
        }
    }
}

impl Service for Mailgun {
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, request: &Request, _store: &mut Store) -> Answer {
        let is_known = request
            .basic()
            .is_some_and(|(user, key)| user == "api" && digest::equal(&key, &self.api_key));
        if !is_known {
            return self.failure(401);
        }
        self.failure(404)
    }

    fn failure(&self, status: u16) -> Answer {
        Answer::json(status, &json!({"message": "Internal Server Error"}))
    }

    fn state(&self, _store: &Store) -> Value {
        json!({})
    }

    fn control(&self, _path: &str, _request: &Request, _store: &mut Store) -> Option<Answer> {
        None
    }
}
