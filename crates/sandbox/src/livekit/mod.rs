//! LiveKit's server API: Twirp over JSON.

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};

/// See the module.
pub(crate) struct LiveKit {
    api_key: String,
    api_secret: String,
}

impl LiveKit {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            api_key: credentials.livekit_api_key.clone(),
            api_secret: credentials.livekit_api_secret.clone(),
        }
    }
}

impl Service for LiveKit {
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, request: &Request, _store: &mut Store) -> Answer {
        let is_known = !self.api_key.is_empty()
            && digest::equal(&self.api_secret, request.bearer().unwrap_or_default());
        if !is_known {
            return self.failure(401);
        }
        self.failure(404)
    }

    fn failure(&self, status: u16) -> Answer {
        Answer::json(
            status,
            &json!({"code": "internal", "msg": "internal error"}),
        )
    }

    fn state(&self, _store: &Store) -> Value {
        json!({})
    }

    fn control(&self, _path: &str, _request: &Request, _store: &mut Store) -> Option<Answer> {
        None
    }
}
