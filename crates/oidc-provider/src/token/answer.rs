//! What the token endpoint answers (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3).

use std::sync::Arc;

use bheem_domain::{AccountId, SessionId};
use bheem_persistence::repo::{GrantRecord, NewGrant, PersonClaims};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    REFRESH, TokenRequest,
    access::{AccessClaims, NewAccess, Root},
    id_token::NewIdToken,
};
use crate::{Answer, Provider, Result, client::Client, person_claims, refresh_token, wire::put};

/// The part of a grant that its tokens are made of.
pub(super) struct Basis<'a> {
    pub(super) id: Uuid,
    pub(super) account_id: AccountId,
    pub(super) session_id: Option<SessionId>,
    pub(super) is_offline: bool,
    pub(super) claims: Option<&'a Value>,
    pub(super) nonce: Option<&'a str>,
    pub(super) authenticated_at: DateTime<Utc>,
    pub(super) amr: &'a [String],
    pub(super) expires_at: DateTime<Utc>,
    /// The generation of the refresh token.
    pub(super) generation: i32,
}

impl<'a> From<&'a NewGrant> for Basis<'a> {
    fn from(new: &'a NewGrant) -> Self {
        Self {
            id: new.id,
            account_id: new.account_id,
            session_id: new.session_id,
            is_offline: new.is_offline,
            claims: new.claims.as_ref(),
            nonce: new.nonce.as_deref(),
            authenticated_at: new.authenticated_at,
            amr: &new.amr,
            expires_at: new.expires_at,
            generation: 0,
        }
    }
}

impl<'a> From<&'a GrantRecord> for Basis<'a> {
    /// Without the nonce, which belongs to the first ID token alone.
    fn from(record: &'a GrantRecord) -> Self {
        Self {
            id: record.id,
            account_id: record.account_id,
            session_id: record.session_id,
            is_offline: record.is_offline,
            claims: record.claims.as_ref(),
            nonce: None,
            authenticated_at: record.authenticated_at,
            amr: &record.amr,
            expires_at: record.expires_at,
            generation: record.generation,
        }
    }
}

impl Answer {
    /// Lets a script of the client read it (Fetch, CORS protocol), and no other.
    pub(crate) fn readable_by(self, client: &Client, origin: Option<&str>) -> Self {
        match origin {
            Some(origin) if client.is_at(origin) => self
                .with("access-control-allow-origin", origin)
                .with(
                    "access-control-expose-headers",
                    "DPoP-Nonce, WWW-Authenticate",
                )
                .with("vary", "Origin"),
            Some(_) => self.with("vary", "Origin"),
            None => self,
        }
    }
}

/// The members that every answer has.
pub(super) fn body(token: &str, claims: &AccessClaims, now: DateTime<Utc>) -> Value {
    json!({
        "access_token": token,
        "token_type": claims.token_type(),
        "expires_in": claims.expires_in(now),
        "scope": claims.scope,
    })
}

impl Provider {
    /// The tokens of a grant.
    pub(super) fn answer_grant(
        &self,
        request: TokenRequest<'_>,
        basis: &Basis<'_>,
        person: &Arc<PersonClaims>,
        audience: Vec<String>,
        scopes: &[String],
        now: DateTime<Utc>,
    ) -> Result<Answer> {
        let client = request.client;
        let session = basis.session_id.map(SessionId::as_uuid);
        let (access_token, claims) = self.issue_access(
            NewAccess {
                client,
                subject: basis.account_id.to_string(),
                audience,
                scopes,
                root: Some(Root {
                    gid: basis.id,
                    sid: session.filter(|_| !basis.is_offline),
                    auth_time: basis.authenticated_at.timestamp(),
                    acr: bheem_identity::acr(basis.amr).to_owned(),
                    amr: basis.amr.to_vec(),
                }),
                jkt: request.jkt,
                act: None,
                userinfo_claims: person_claims::requested(basis.claims, "userinfo"),
                life: self.inner.config.access_token_life,
                not_after: Some(basis.expires_at),
            },
            now,
        )?;
        let id_token = if scopes.iter().any(|scope| scope == "openid") {
            Some(self.issue_id_token(
                NewIdToken {
                    client,
                    person,
                    scopes,
                    requested: person_claims::requested(basis.claims, "id_token"),
                    nonce: basis.nonce.map(str::to_owned),
                    session,
                    authenticated_at: basis.authenticated_at,
                    amr: basis.amr,
                    access_token: &access_token,
                },
                now,
            )?)
        } else {
            None
        };
        let mut body = body(&access_token, &claims, now);
        if let Some(id_token) = id_token {
            put(&mut body, "id_token", id_token);
        }
        if client.may_use(REFRESH) {
            let refresh = refresh_token::issue(&self.inner.vault, basis.id, basis.generation)?;
            put(&mut body, "refresh_token", refresh);
        }
        Ok(Answer::json(200, &body))
    }
}
