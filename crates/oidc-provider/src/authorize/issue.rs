//! Giving out a code.

use bheem_persistence::repo::NewAuthorizationCode;
use bheem_vault::token;
use chrono::TimeDelta;
use secrecy::ExposeSecret;

use super::{Waiting, request::AuthorizationRequest, respond::Reply};
use crate::{
    Provider,
    pages::{
        problem::{Problem, Shown},
        visit::Visit,
    },
};

impl Provider {
    /// Answers a request with a code. The row of the request, if it has one, is used up in the same
    /// transaction: two answers to one request cannot be.
    pub(super) async fn issue(
        &self,
        visit: &Visit<'_>,
        request: &AuthorizationRequest,
        waiting: Option<&Waiting>,
    ) -> Shown {
        let signed_in = visit.session.as_ref().ok_or(Problem::Expired)?;
        let code = token::generate()?;
        let now = self.inner.clock.now();
        let life =
            TimeDelta::from_std(self.inner.config.code_life).unwrap_or(TimeDelta::minutes(1));
        let new = NewAuthorizationCode {
            code_hash: token::hash(code.expose_secret().as_bytes()),
            client_id: request.client_id.clone(),
            account_id: signed_in.account.id,
            session_id: signed_in.session.id,
            redirect_uri: request.redirect_uri.clone(),
            scopes: request.scopes.clone(),
            resources: request.resources.clone(),
            claims: request.claims.clone(),
            nonce: request.nonce.clone(),
            code_challenge: request.code_challenge.clone(),
            dpop_jkt: request.dpop_jkt.clone(),
            authenticated_at: signed_in.session.authenticated_at,
            amr: signed_in.session.amr.clone(),
            created_at: now,
            expires_at: now + life,
        };
        let scope = Self::scope("give out an authorization code");
        match waiting {
            None => {
                let mut read = self.inner.database.system_read(&scope).await?;
                read.authorization_codes().insert(&new).await?;
            }
            Some(waiting) => {
                let mut tx = self.inner.database.system(&scope).await?;
                if !tx.authorization_requests().take(waiting.id, now).await? {
                    return Err(Problem::Expired.into());
                }
                tx.authorization_codes().insert(&new).await?;
                tx.commit().await?;
            }
        }
        metrics::counter!("oidc_authorizations_total", "outcome" => "code").increment(1);
        let fields = vec![("code", code.expose_secret())];
        Ok(self.reply(visit, &Reply::of(request), fields)?)
    }
}
