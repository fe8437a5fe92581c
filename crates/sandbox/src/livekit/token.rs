//! Tokens: signed with HS256 by the key they name, and good now.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::twirp::Refusal;
use crate::{clock, http::Request};

/// Key and secret.
pub(super) struct Keys {
    pub(super) api_key: String,
    pub(super) api_secret: String,
}

/// What a token says.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Claims {
    #[serde(default, rename = "sub")]
    pub(super) identity: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) metadata: String,
    #[serde(default)]
    pub(super) attributes: Value,
    #[serde(default)]
    pub(super) video: Grant,
    exp: i64,
    #[serde(default)]
    nbf: i64,
}

/// What a token allows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the names and shapes are LiveKit's"
)]
pub(super) struct Grant {
    room_create: bool,
    room_list: bool,
    room_record: bool,
    room_admin: bool,
    pub(super) room_join: bool,
    pub(super) room: String,
    destination_room: Option<String>,
    pub(super) can_publish: Option<bool>,
    pub(super) can_subscribe: Option<bool>,
    pub(super) can_publish_data: Option<bool>,
    pub(super) can_update_own_metadata: Option<bool>,
    pub(super) hidden: bool,
    pub(super) recorder: bool,
}

const DENIED: Refusal = Refusal::new("permission_denied", "permissions denied");

impl Keys {
    /// Reads a token.
    pub(super) fn read(&self, token: &str) -> Option<Claims> {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.set_required_spec_claims(&["iss", "exp"]);
        rules.set_issuer(&[&self.api_key]);
        let key = DecodingKey::from_secret(self.api_secret.as_bytes());
        let claims: Claims = jsonwebtoken::decode(token, &key, &rules).ok()?.claims;
        let now = clock::seconds();
        (claims.exp > now && claims.nbf <= now + 60).then_some(claims)
    }

    /// What the sender of a request may do.
    pub(super) fn grant(&self, request: &Request) -> Result<Grant, Refusal> {
        let claims = request.bearer().and_then(|token| self.read(token));
        claims
            .map(|claims| claims.video)
            .ok_or(Refusal::new("unauthenticated", "invalid token"))
    }

    /// The token of a webhook, bound to its body by the digest.
    pub(super) fn sign_webhook(&self, sha256: &str) -> Option<String> {
        let now = clock::seconds();
        let claims =
            json!({"iss": self.api_key, "nbf": now - 5, "exp": now + 300, "sha256": sha256});
        let key = EncodingKey::from_secret(self.api_secret.as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).ok()
    }
}

fn demand(holds: bool) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(DENIED) }
}

impl Grant {
    pub(super) fn may_create(&self) -> Result<(), Refusal> {
        demand(self.room_create)
    }

    pub(super) fn may_list(&self) -> Result<(), Refusal> {
        demand(self.room_list)
    }

    pub(super) fn may_record(&self) -> Result<(), Refusal> {
        demand(self.room_record)
    }

    /// Ruling is for the very room of the token.
    pub(super) fn may_rule(&self, room: &str) -> Result<(), Refusal> {
        demand(self.room_admin && self.room == room)
    }

    pub(super) fn may_move_to(&self, room: &str) -> Result<(), Refusal> {
        demand(self.destination_room.as_deref() == Some(room))
    }
}
