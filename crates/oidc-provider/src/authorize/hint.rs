//! `id_token_hint`: an ID token of ours, which may have ended, says whom a client means (OpenID
//! Connect Core section 3.1.2.1, RP-Initiated Logout section 2).

use bheem_domain::{AccountId, SessionId};
use serde::Deserialize;

use crate::{OAuthError, Parameters, Provider, jose::Jws};

/// What a good hint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) subject: AccountId,
    /// The clients it was made for.
    pub(crate) audiences: Vec<String>,
    pub(crate) session_id: Option<SessionId>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    sid: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Provider {
    /// Reads a hint: signed by a key of ours, by us, and an ID token. `None` for anything else.
    pub(crate) fn hint(&self, text: &str) -> Option<Hint> {
        let jws = Jws::parse(text)?;
        // An access token is signed with the same key, and says something else.
        let is_id_token = jws
            .header
            .typ
            .as_deref()
            .is_none_or(|typ| typ.eq_ignore_ascii_case("jwt"));
        let key = self
            .inner
            .identity
            .keys()
            .find(jws.header.kid.as_deref()?)?;
        if !is_id_token || jws.header.alg != key.algorithm.as_str() {
            return None;
        }
        let claims: Claims = jws.verify(key.decoding(), key.algorithm.jose())?;
        if claims.iss != self.inner.config.issuer {
            return None;
        }
        Some(Hint {
            subject: claims.sub.parse().ok()?,
            audiences: match claims.aud {
                Audience::One(one) => vec![one],
                Audience::Many(many) => many,
            },
            session_id: claims.sid.and_then(|sid| sid.parse().ok()),
        })
    }

    /// Whom the hint of an authorization request names.
    ///
    /// # Errors
    /// `invalid_request` when it is no ID token of ours.
    pub(super) fn hinted(&self, parameters: &Parameters) -> Result<Option<AccountId>, OAuthError> {
        let Some(text) = parameters.get("id_token_hint") else {
            return Ok(None);
        };
        let hint = self.hint(text).ok_or_else(|| {
            OAuthError::new("invalid_request", "id_token_hint is no ID token of ours")
        })?;
        Ok(Some(hint.subject))
    }
}
