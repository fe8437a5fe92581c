//! Mattermost's API v4.

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};

/// See the module.
pub(crate) struct Mattermost {
    admin_token: String,
}

impl Mattermost {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            admin_token: credentials.mattermost_admin_token.clone(),
        }
    }
}

impl Service for Mattermost {
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, request: &Request, _store: &mut Store) -> Answer {
        let is_known = request
            .bearer()
            .is_some_and(|token| digest::equal(token, &self.admin_token));
        if !is_known {
            return self.failure(401);
        }
        self.failure(404)
    }

    fn failure(&self, status: u16) -> Answer {
        Answer::json(
            status,
            &json!({"id": "api.internal.app_error", "message": "internal error", "status_code": status}),
        )
    }

    fn state(&self, _store: &Store) -> Value {
        json!({})
    }

    fn control(&self, _path: &str, _request: &Request, _store: &mut Store) -> Option<Answer> {
        None
    }
}
