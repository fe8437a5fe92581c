//! Refreshing (RFC 6749 section 6), with rotation (RFC 9700 section 4.14.2).
//!
//! Each refresh takes the grant to its next generation by one statement, so of many that come with
//! one token, one rotates. The others, when they come within the grace and prove to be the same
//! client, are answered with the same successor: an answer that was lost costs nothing, and there is
//! never a second family. Whoever comes later with an old token ends the family, as one of two
//! holders has stolen it.

use bheem_persistence::repo::GrantRecord;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{TokenRequest, answer::Basis};
use crate::{Answer, OAuthError, Outcome, Provider, refresh_token, scope};

impl Provider {
    pub(super) async fn refresh(&self, request: TokenRequest<'_>) -> Outcome<Answer> {
        let text = request.parameters.required("refresh_token")?;
        let invalid = || OAuthError::new("invalid_grant", "the refresh token is not valid");
        let (id, generation) = refresh_token::read(&self.inner.vault, text)?.ok_or_else(invalid)?;
        // What cannot be granted must not rotate anything.
        let asked = request
            .parameters
            .get("scope")
            .map(scope::parse)
            .transpose()?;
        let asks_for_less = asked.is_some() || request.parameters.get("resource").is_some();
        if asks_for_less {
            let read = &mut self
                .inner
                .database
                .system_read(&Self::scope("refresh"))
                .await?;
            let grant = read.grants().find(id).await?;
            if let Some(grant) = grant.filter(|grant| grant.client_id == request.client.id()) {
                self.wanted(&request, asked.as_deref(), &grant)?;
            }
        }
        let now = self.inner.clock.now();
        let rotated = self.rotate(&request, id, generation, now).await?;
        let grant = rotated.ok_or_else(invalid)?;
        let (scopes, audience) = self.wanted(&request, asked.as_deref(), &grant)?;
        let person = self.inner.people.find(grant.account_id).await?;
        let person = person
            .filter(|person| {
                let acr = bheem_identity::acr(&grant.amr);
                request.client.admits(person, acr)
            })
            .ok_or_else(invalid)?;
        let basis = Basis::from(&grant);
        Ok(self.answer_grant(request, &basis, &person, audience, &scopes, now)?)
    }

    /// Scopes and audience of the answer, within what was granted.
    fn wanted(
        &self,
        request: &TokenRequest<'_>,
        asked: Option<&[String]>,
        grant: &GrantRecord,
    ) -> Result<(Vec<String>, Vec<String>), OAuthError> {
        let scopes = match asked {
            None => grant.scopes.clone(),
            Some(asked) if asked.iter().all(|scope| grant.scopes.contains(scope)) => asked.to_vec(),
            Some(_) => {
                return Err(OAuthError::new(
                    "invalid_scope",
                    "scope goes beyond what was granted",
                ));
            }
        };
        let (config, resources) = (&self.inner.config, &grant.resources);
        let audience = scope::audience(config, request.client, request.parameters, resources)?;
        Ok((scopes, audience))
    }

    /// The grant at the generation that the answer carries; `None` when the token is refused.
    async fn rotate(
        &self,
        request: &TokenRequest<'_>,
        id: Uuid,
        generation: i32,
        now: DateTime<Utc>,
    ) -> Outcome<Option<GrantRecord>> {
        let client_id = request.client.id();
        let jkt = request.jkt.as_deref();
        let mut read = self
            .inner
            .database
            .system_read(&Self::scope("refresh"))
            .await?;
        let rotated = read
            .grants()
            .rotate(id, client_id, generation, jkt, now)
            .await?;
        if rotated.is_some() {
            return Ok(rotated);
        }
        let Some(grant) = read.grants().find(id).await? else {
            return Ok(None);
        };
        let is_of_this_client = grant.client_id == client_id
            && grant
                .dpop_jkt
                .as_deref()
                .is_none_or(|bound| Some(bound) == jkt);
        let is_alive = grant.revoked_at.is_none() && grant.expires_at > now;
        if !is_of_this_client || !is_alive || generation >= grant.generation {
            return Ok(None);
        }
        let grace = TimeDelta::from_std(self.inner.config.refresh_grace).unwrap_or_default();
        let was_just_now = grant.rotated_at.is_some_and(|at| now - at <= grace);
        if grant.generation - generation == 1 && was_just_now {
            let may_go_on = read.grants().may_go_on(id, now).await?;
            return Ok(may_go_on.then_some(grant));
        }
        tracing::warn!(grant.id = %id, "a refresh token was used twice; its family ends");
        metrics::counter!("oidc_refresh_reuse_total").increment(1);
        if read.grants().revoke(id, "reuse", now).await? {
            self.inner.identity.revocations().add(id, now);
        }
        Ok(None)
    }
}
