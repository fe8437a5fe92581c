//! What the provider publishes, and when to read it again.

use jsonwebtoken::{decode_header, jwk::JwkSet};
use serde::{Deserialize, Serialize};

use super::super::options;
use crate::{clock, http::Request, store::Store};

const TABLE: &str = "oidc";
const KEY: &str = "keys";
/// Seconds for which the app keeps keys.
const KEPT: i64 = 3600;

/// The provider's issuer and its keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::nextcloud) struct Keys {
    pub(super) issuer: String,
    #[serde(rename = "keys")]
    pub(super) published: JwkSet,
    #[serde(default)]
    read_at: i64,
}

impl Keys {
    /// Keeps them.
    pub(in crate::nextcloud) fn learn(mut self, store: &mut Store) {
        self.read_at = clock::seconds();
        store.put(TABLE, KEY, &self);
    }
}

pub(super) fn load(store: &Store) -> Option<Keys> {
    store.get(TABLE, KEY)
}

/// Where to read keys before this request can be judged; `None` when there is nothing to judge or the
/// kept ones will do.
pub(in crate::nextcloud) fn wanted(store: &Store, request: &Request) -> Option<String> {
    let provider = options::load(store).oidc?;
    let form = request.form("logout_token");
    let token = request.bearer().or(form.as_deref())?;
    let kid = decode_header(token).ok()?.kid?;
    let is_kept = load(store).is_some_and(|kept| {
        kept.read_at > clock::seconds() - KEPT && kept.published.find(&kid).is_some()
    });
    (!is_kept).then_some(provider.discovery_uri)
}
