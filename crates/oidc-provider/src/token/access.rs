//! Access tokens: JWTs of RFC 9068, signed with the key of the client's algorithm.
//!
//! Checking one costs no query. A token that was checked is remembered under its hash, so its
//! signature is checked once per process; whether it, its grant or its session was ended is looked at
//! each time. A token of a grant that outlives the browser's session names no session.

use std::{sync::Arc, time::Duration};

use bheem_domain::TenantId;
use bheem_identity::AAL1;
use bheem_vault::token;
use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Provider, Result, audience::Audience, client::Client, jose::Jws};

const TYPE: &str = "at+jwt";
/// Tokens remembered; each takes about a kilobyte.
const REMEMBERED: u64 = 50_000;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessClaims {
    pub(crate) iss: String,
    /// The account, or the client for itself.
    pub(crate) sub: String,
    pub(crate) aud: Audience,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) jti: Uuid,
    /// What it hangs on, unless the client acts for itself.
    #[serde(flatten)]
    pub(crate) root: Option<Root>,
    /// The tenant of a client that is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tid: Option<TenantId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cnf: Option<Confirmation>,
    /// Who acts for the subject (RFC 8693 section 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) act: Option<Actor>,
    /// Claims that userinfo tells by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) userinfo_claims: Vec<String>,
}

/// The grant behind a token, and how the person had proved who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Root {
    pub(crate) gid: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<Uuid>,
    pub(crate) auth_time: i64,
    pub(crate) acr: String,
    pub(crate) amr: Vec<String>,
}

/// The key that must be proved beside the token (RFC 9449 section 6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Confirmation {
    pub(crate) jkt: String,
}

/// A client that acts for the subject, and the one that did before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Actor {
    pub(crate) sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) act: Option<Box<Actor>>,
}

impl AccessClaims {
    /// How well it is known who the person is.
    pub(crate) fn acr(&self) -> &str {
        self.root.as_ref().map_or(AAL1, |root| root.acr.as_str())
    }

    /// The scopes, one by one.
    pub(crate) fn scopes(&self) -> Vec<&str> {
        self.scope.split(' ').filter(|s| !s.is_empty()).collect()
    }

    /// The thumbprint of the key it is bound to.
    pub(crate) fn jkt(&self) -> Option<&str> {
        self.cnf.as_ref().map(|cnf| cnf.jkt.as_str())
    }

    /// `DPoP` when it is bound to a key.
    pub(crate) fn token_type(&self) -> &'static str {
        if self.cnf.is_some() { "DPoP" } else { "Bearer" }
    }

    /// How long it lives from now on.
    pub(crate) fn expires_in(&self, now: DateTime<Utc>) -> i64 {
        (self.exp - now.timestamp()).max(0)
    }
}

/// A token that is to be made.
pub(crate) struct NewAccess<'a> {
    pub(crate) client: &'a Client,
    pub(crate) subject: String,
    pub(crate) audience: Vec<String>,
    pub(crate) scopes: &'a [String],
    pub(crate) root: Option<Root>,
    pub(crate) jkt: Option<String>,
    pub(crate) act: Option<Actor>,
    pub(crate) userinfo_claims: Vec<String>,
    /// Its life, unless it ends before.
    pub(crate) life: Duration,
    pub(crate) not_after: Option<DateTime<Utc>>,
}

/// Tokens that were checked.
pub(crate) struct CheckedTokens(Cache<[u8; 32], Arc<AccessClaims>>);

impl CheckedTokens {
    pub(crate) fn new(life: Duration) -> Self {
        Self(
            Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(life)
                .build(),
        )
    }
}

impl Provider {
    /// Signs an access token.
    pub(crate) fn issue_access(
        &self,
        new: NewAccess<'_>,
        now: DateTime<Utc>,
    ) -> Result<(String, AccessClaims)> {
        let ends = now + TimeDelta::from_std(new.life).unwrap_or(TimeDelta::minutes(10));
        let claims = AccessClaims {
            iss: self.inner.config.issuer.clone(),
            sub: new.subject,
            aud: Audience::of(new.audience),
            client_id: new.client.id().to_owned(),
            scope: new.scopes.join(" "),
            iat: now.timestamp(),
            exp: new.not_after.map_or(ends, |end| end.min(ends)).timestamp(),
            jti: self.inner.clock.new_uuid(),
            root: new.root,
            tid: new.client.tenant(),
            cnf: new.jkt.map(|jkt| Confirmation { jkt }),
            act: new.act,
            userinfo_claims: new.userinfo_claims,
        };
        let keys = self.inner.identity.keys();
        let text = keys.sign(new.client.algorithm, Some(TYPE), &claims)?;
        metrics::counter!("oidc_access_tokens_total").increment(1);
        Ok((text, claims))
    }

    /// What a living access token of ours says, and the client it was made for; `None` for any other
    /// text. For whom it is, and whether it is bound to a key, is for the caller to look at.
    pub(crate) async fn read_access(
        &self,
        text: &str,
    ) -> Result<Option<(Arc<AccessClaims>, Arc<Client>)>> {
        let Some(claims) = self.read_living(text).await? else {
            return Ok(None);
        };
        // One that was removed or switched off takes its tokens with it.
        let client = self.inner.clients.find(&claims.client_id).await?;
        Ok(client
            .filter(|client| client.is_open())
            .map(|client| (claims, client)))
    }

    /// What a token says that we signed and that nobody has ended, whatever became of its client.
    pub(crate) async fn read_living(&self, text: &str) -> Result<Option<Arc<AccessClaims>>> {
        let hash = token::hash(text.as_bytes());
        let claims = match self.inner.checked.0.get(&hash) {
            Some(claims) => claims,
            None => match self.check_signature(text) {
                Some(claims) => {
                    let claims = Arc::new(claims);
                    self.inner.checked.0.insert(hash, Arc::clone(&claims));
                    claims
                }
                None => return Ok(None),
            },
        };
        let has_ended = claims.exp <= self.inner.clock.now().timestamp();
        Ok((!has_ended && !self.is_ended(&claims).await?).then_some(claims))
    }

    fn check_signature(&self, text: &str) -> Option<AccessClaims> {
        let jws = Jws::parse(text)?;
        // An ID token or a logout token is signed with the same key.
        if jws.header.typ.as_deref() != Some(TYPE) {
            return None;
        }
        let key = self
            .inner
            .identity
            .keys()
            .find(jws.header.kid.as_deref()?)?;
        if jws.header.alg != key.algorithm.as_str() {
            return None;
        }
        let claims: AccessClaims = jws.verify(key.decoding(), key.algorithm.jose())?;
        (claims.iss == self.inner.config.issuer).then_some(claims)
    }

    async fn is_ended(&self, claims: &AccessClaims) -> Result<bool> {
        let revocations = self.inner.identity.revocations();
        let grant = claims.root.as_ref().map(|root| root.gid);
        let session = claims.root.as_ref().and_then(|root| root.sid);
        let mut is_known = true;
        for id in [Some(claims.jti), grant, session].into_iter().flatten() {
            match revocations.is_revoked(id) {
                Some(true) => return Ok(true),
                Some(false) => {}
                None => is_known = false,
            }
        }
        if is_known {
            return Ok(false);
        }
        Ok(self
            .inner
            .database
            .system_read(&Self::scope("check a token"))
            .await?
            .revoked_tokens()
            .is_any(claims.jti, grant, session)
            .await?)
    }
}
