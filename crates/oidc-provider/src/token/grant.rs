//! Beginning a grant: what a person agreed to becomes the root of tokens.

use std::sync::Arc;

use bheem_domain::{AccountId, SessionId};
use bheem_persistence::{
    SystemTx,
    repo::{NewGrant, PersonClaims},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{REFRESH, TokenRequest};
use crate::{OAuthError, Outcome, Provider};

/// What a person agreed to.
pub(super) struct Agreed {
    pub(super) account_id: AccountId,
    pub(super) session_id: SessionId,
    pub(super) scopes: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) claims: Option<Value>,
    pub(super) nonce: Option<String>,
    pub(super) authenticated_at: DateTime<Utc>,
    pub(super) amr: Vec<String>,
}

impl Provider {
    /// Begins a grant, if the person may still sign in to the client and the session is alive; both
    /// are held, so that whoever ends them also ends this. A refusal leaves the transaction good.
    pub(super) async fn begin_grant(
        &self,
        tx: &mut SystemTx,
        request: &TokenRequest<'_>,
        id: Uuid,
        agreed: Agreed,
        now: DateTime<Utc>,
    ) -> Outcome<Result<(NewGrant, Arc<PersonClaims>), OAuthError>> {
        let refused = |why: &str| Ok(Err(OAuthError::new("invalid_grant", why)));
        if !tx.grants().hold_account(agreed.account_id).await? {
            return refused("the person may not sign in any more");
        }
        let session_ends = tx
            .grants()
            .hold_session(agreed.session_id, agreed.account_id, now)
            .await?;
        let Some(session_ends) = session_ends else {
            return refused("the session has ended");
        };
        let person = self.inner.people.find_in(tx, agreed.account_id).await?;
        let acr = bheem_identity::acr(&agreed.amr);
        let Some(person) = person.filter(|person| request.client.admits(person, acr)) else {
            return refused("the person may not sign in to this client");
        };
        let may_refresh = request.client.may_use(REFRESH);
        let is_offline = may_refresh && agreed.scopes.iter().any(|scope| scope == "offline_access");
        let config = &self.inner.config;
        let life = if may_refresh {
            config.grant_life
        } else {
            config.access_token_life
        };
        let ends = now + TimeDelta::from_std(life).unwrap_or(TimeDelta::days(30));
        let grant = NewGrant {
            id,
            client_id: request.client.id().to_owned(),
            account_id: agreed.account_id,
            session_id: Some(agreed.session_id),
            is_offline,
            scopes: agreed.scopes,
            resources: agreed.resources,
            claims: agreed.claims,
            nonce: agreed.nonce,
            dpop_jkt: request.jkt.clone(),
            authenticated_at: agreed.authenticated_at,
            amr: agreed.amr,
            created_at: now,
            expires_at: if is_offline {
                ends
            } else {
                ends.min(session_ends)
            },
        };
        tx.grants().insert(&grant).await?;
        tx.session_clients()
            .insert(
                agreed.session_id,
                request.client.id(),
                agreed.account_id,
                now,
            )
            .await?;
        Ok(Ok((grant, person)))
    }
}
