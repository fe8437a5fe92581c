//! Making tokens: JSON Web Tokens signed with HS256 (RFC 7515, RFC 7519).

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bheem_http_kit::SecretString;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use crate::verify::TokenError;
use crate::{Credentials, VideoGrant};

/// How long a token to join with lives unless told otherwise: as long as it takes to join.
const LIFE: Duration = Duration::from_mins(10);
/// No clock is right to the second.
const EARLY: Duration = Duration::from_secs(10);

/// Who may join, and what they may do.
#[derive(Debug, Clone)]
pub struct AccessToken {
    identity: String,
    grant: VideoGrant,
    name: Option<String>,
    metadata: Option<String>,
    attributes: BTreeMap<String, String>,
    sha256: Option<String>,
    life: Duration,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    sub: &'a str,
    nbf: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
    video: &'a VideoGrant,
}

impl AccessToken {
    /// A token of somebody. An identity is in a room once: whoever joins with it again ends the first.
    pub fn new(identity: impl Into<String>, grant: VideoGrant) -> Self {
        Self {
            identity: identity.into(),
            grant,
            name: None,
            metadata: None,
            attributes: BTreeMap::new(),
            sha256: None,
            life: LIFE,
        }
    }

    /// What others see.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Text of yours that others in the room can read.
    #[must_use]
    pub fn metadata(mut self, metadata: impl Into<String>) -> Self {
        self.metadata = Some(metadata.into());
        self
    }

    /// Named text of yours that others in the room can read.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// Binds the token to a body, as webhooks are: the Base64 text of its SHA-256.
    #[must_use]
    pub fn sha256(mut self, digest: impl Into<String>) -> Self {
        self.sha256 = Some(digest.into());
        self
    }

    /// Another life than ten minutes.
    #[must_use]
    pub fn life(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`TokenError::Unusable`] when somebody is to join without an identity or a room.
    pub fn sign(
        &self,
        credentials: &Credentials,
        now: SystemTime,
    ) -> Result<SecretString, TokenError> {
        let grant = &self.grant;
        if (grant.room_join && self.identity.is_empty())
            || ((grant.room_join || grant.room_admin) && grant.room.is_empty())
        {
            return Err(TokenError::Unusable);
        }
        let claims = Claims {
            iss: credentials.api_key(),
            sub: &self.identity,
            nbf: seconds(now.checked_sub(EARLY).unwrap_or(now)),
            exp: seconds(now.checked_add(self.life).unwrap_or(now)),
            name: self.name.as_deref(),
            metadata: self.metadata.as_deref(),
            attributes: &self.attributes,
            sha256: self.sha256.as_deref(),
            video: grant,
        };
        let key = EncodingKey::from_secret(credentials.secret());
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key);
        token
            .map(SecretString::from)
            .map_err(|_unusable| TokenError::Unusable)
    }
}

/// Since 1970.
pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
