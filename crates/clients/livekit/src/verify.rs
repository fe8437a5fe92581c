//! Judging tokens, as LiveKit does.

use std::collections::BTreeMap;
use std::time::SystemTime;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use crate::token::seconds;
use crate::{Credentials, VideoGrant};

/// Seconds that clocks may differ.
const LEEWAY: u64 = 10;
/// No token of LiveKit's is longer.
const LONGEST: usize = 64 * 1024;

/// Why a token is not made, or not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It would allow nothing.
    #[error("a token to join with needs an identity and a room")]
    Unusable,
    /// It is no token, not signed with HS256 by one of the keys, or not for now.
    #[error("the token is not valid")]
    Invalid,
}

/// What a token says.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// The key that it is signed with.
    #[serde(rename = "iss")]
    pub api_key: String,
    /// Who.
    #[serde(default, rename = "sub")]
    pub identity: String,
    /// From when, in seconds since 1970.
    #[serde(default, rename = "nbf")]
    pub not_before: u64,
    /// Until when, in seconds since 1970.
    #[serde(rename = "exp")]
    pub expires_at: u64,
    /// What others see.
    #[serde(default)]
    pub name: String,
    /// Text of yours.
    #[serde(default)]
    pub metadata: String,
    /// Named text of yours.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// The Base64 text of the SHA-256 of the body it belongs to.
    #[serde(default)]
    pub sha256: Option<String>,
    /// What it allows.
    #[serde(default)]
    pub video: VideoGrant,
}

/// Judges tokens that were signed with one of several keys.
#[derive(Debug, Clone)]
pub struct TokenVerifier {
    credentials: Vec<Credentials>,
}

impl TokenVerifier {
    /// Takes the keys that count; several while one replaces the other.
    pub fn new(credentials: impl IntoIterator<Item = Credentials>) -> Self {
        Self {
            credentials: credentials.into_iter().collect(),
        }
    }

    /// Reads a token that is signed by the key it names, and good at this time.
    ///
    /// # Errors
    /// [`TokenError::Invalid`].
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Invalid);
        }
        let now = seconds(now);
        self.credentials
            .iter()
            .find_map(|credentials| read(token, credentials))
            .filter(|claims| claims.not_before <= now.saturating_add(LEEWAY))
            .filter(|claims| claims.expires_at.saturating_add(LEEWAY) > now)
            .ok_or(TokenError::Invalid)
    }
}

/// The time is judged by the caller's clock, not by that of the machine.
fn read(token: &str, credentials: &Credentials) -> Option<Claims> {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules.set_required_spec_claims(&["iss", "exp"]);
    rules.set_issuer(&[credentials.api_key()]);
    let key = DecodingKey::from_secret(credentials.secret());
    jsonwebtoken::decode(token, &key, &rules)
        .ok()
        .map(|token| token.claims)
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
