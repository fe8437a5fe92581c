//! Tokens of the provider.

use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::{Keys, Provider};
use crate::clock;

/// The claims of a token: signed with a key that the provider publishes under this very `kid`, by the
/// provider, for us, and not over.
pub(super) fn verify(provider: &Provider, keys: &Keys, token: &str) -> Option<Map<String, Value>> {
    let header = decode_header(token).ok()?;
    let key = keys.published.find(header.kid.as_deref()?)?;
    // A key for one algorithm is good for no other.
    let algorithm = key.common.key_algorithm?;
    if algorithm.to_string() != format!("{:?}", header.alg) {
        return None;
    }
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[&provider.client_id]);
    validation.set_issuer(&[&keys.issuer]);
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(key).ok()?;
    let claims = decode::<Map<String, Value>>(token, &key, &validation)
        .ok()?
        .claims;
    let ends = claims.get("exp").and_then(Value::as_i64)?;
    (ends > clock::seconds()).then_some(claims)
}
