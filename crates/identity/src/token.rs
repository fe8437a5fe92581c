//! Access tokens: JWTs (RFC 7519, RFC 9068) signed with Ed25519.
//!
//! Checking one costs no query. A token that was checked is remembered under its hash for as long as
//! it lives, so its signature is checked once per process; whether its session was ended is looked
//! at each time.

use std::sync::Arc;

use bheem_domain::{AccountId, PlatformRole, SessionId};
use bheem_persistence::{Database, SystemScope, repo::AccountRecord};
use bheem_vault::token;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Validation, decode, decode_header};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Algorithm, Error, IdentityConfig, Keys, Result, Revocations, acr};

/// `aud` of access tokens for our own API.
const AUDIENCE: &str = "bheem-workspace";
/// The quickest to make and to check.
const ALGORITHM: Algorithm = Algorithm::EdDsa;
/// Tokens remembered; each takes about a kilobyte.
const REMEMBERED: u64 = 10_000;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who issued it.
    pub iss: String,
    /// For whom.
    pub aud: String,
    /// The account.
    pub sub: AccountId,
    /// The session.
    pub sid: SessionId,
    /// Issued at, in seconds.
    pub iat: i64,
    /// Ends at, in seconds.
    pub exp: i64,
    /// Name to sign in with.
    pub username: String,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address is proven.
    pub email_verified: bool,
    /// The person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Role on the platform.
    pub role: PlatformRole,
    /// Company of an ERP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_id: Option<Uuid>,
    /// Company code of an ERP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_code: Option<String>,
    /// Person of an ERP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<Uuid>,
    /// How the person proved who they are (RFC 8176).
    #[serde(default)]
    pub amr: Vec<String>,
    /// How well that is known: `aal1` or `aal2`.
    #[serde(default)]
    pub acr: String,
    /// When the person last proved it, in seconds.
    #[serde(default)]
    pub auth_time: i64,
}

/// How and when somebody proved who they are.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    pub(crate) amr: Vec<String>,
    pub(crate) at: DateTime<Utc>,
}

/// The claims of a token that was checked; cheap to clone.
pub type Authenticated = Arc<AccessClaims>;

/// Issues and checks access tokens; cheap to clone.
#[derive(Clone)]
pub struct AccessTokens {
    keys: Keys,
    issuer: Arc<str>,
    life: TimeDelta,
    checked: Cache<[u8; 32], Authenticated>,
    revocations: Arc<Revocations>,
    database: Database,
}

impl std::fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessTokens").finish_non_exhaustive()
    }
}

impl AccessTokens {
    pub(crate) fn new(
        keys: Keys,
        config: &IdentityConfig,
        revocations: Arc<Revocations>,
        database: Database,
    ) -> Self {
        Self {
            keys,
            issuer: config.issuer.as_str().into(),
            life: TimeDelta::from_std(config.access_token_life).unwrap_or(TimeDelta::hours(1)),
            checked: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(config.access_token_life)
                .build(),
            revocations,
            database,
        }
    }

    /// Signs a token for the account in the session.
    pub(crate) fn issue(
        &self,
        account: &AccountRecord,
        session: SessionId,
        proof: &Proof,
        now: DateTime<Utc>,
    ) -> Result<(String, TimeDelta)> {
        let claims = AccessClaims {
            iss: self.issuer.to_string(),
            aud: AUDIENCE.to_owned(),
            sub: account.id,
            sid: session,
            iat: now.timestamp(),
            exp: (now + self.life).timestamp(),
            username: account.username.clone(),
            email: account.email.as_ref().map(ToString::to_string),
            email_verified: account.email_verified_at.is_some(),
            name: account.full_name.clone(),
            role: account.role,
            company_id: account.company_id,
            company_code: account.company_code.clone(),
            person_id: account.person_id,
            amr: proof.amr.clone(),
            acr: acr(&proof.amr).to_owned(),
            auth_time: proof.at.timestamp(),
        };
        let token = self.keys.sign(ALGORITHM, Some("at+jwt"), &claims)?;
        Ok((token, self.life))
    }

    /// Checks a token: ours, for us, alive, and its session not ended.
    ///
    /// # Errors
    /// [`Error::InvalidToken`]; [`Error::Database`] when only the database can tell and is away.
    pub async fn authenticate(&self, token: &str) -> Result<Authenticated> {
        let hash = token::hash(token.as_bytes());
        let claims = if let Some(claims) = self.checked.get(&hash) {
            claims
        } else {
            let claims = Arc::new(self.check(token)?);
            self.checked.insert(hash, Arc::clone(&claims));
            claims
        };
        if claims.exp <= self.database.clock().now().timestamp() {
            return Err(Error::InvalidToken);
        }
        let is_revoked = match self.revocations.is_revoked(claims.sid.as_uuid()) {
            Some(is_revoked) => is_revoked,
            None => self.is_revoked_in_database(claims.sid).await?,
        };
        if is_revoked {
            return Err(Error::InvalidToken);
        }
        Ok(claims)
    }

    fn check(&self, token: &str) -> Result<AccessClaims> {
        let invalid = |_error| Error::InvalidToken;
        let header = decode_header(token).map_err(invalid)?;
        // A refresh or ID token signed with the same key must not pass for an access token.
        if header.typ.as_deref() != Some("at+jwt") {
            return Err(Error::InvalidToken);
        }
        let key = header
            .kid
            .and_then(|kid| self.keys.find(&kid))
            .filter(|key| key.algorithm == ALGORITHM)
            .ok_or(Error::InvalidToken)?;
        let mut validation = Validation::new(ALGORITHM.jose());
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&*self.issuer]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // The end is checked against our own clock, on each use.
        validation.validate_exp = false;
        Ok(decode::<AccessClaims>(token, key.decoding(), &validation)
            .map_err(invalid)?
            .claims)
    }

    async fn is_revoked_in_database(&self, session: SessionId) -> Result<bool> {
        let found = self
            .database
            .system_read(&SystemScope::server("check a token's session"))
            .await?
            .sessions()
            .find(session)
            .await?;
        Ok(found.is_none_or(|session| session.revoked_at.is_some()))
    }
}
