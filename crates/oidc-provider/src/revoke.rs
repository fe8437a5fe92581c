//! Revocation (RFC 7009): a client gives its own tokens back.
//!
//! The answer is the same for any token: whose it is, or whether it ever was, is nobody's business.
//! A refresh token takes its whole family with it, and the access tokens of that.

use chrono::DateTime;

use crate::{
    Answer, Outcome, Parameters, Provider, Result,
    client::Client,
    refresh_token,
    wire::{Incoming, answer},
};

impl Provider {
    /// The revocation endpoint.
    pub async fn revoke(&self, request: &Incoming<'_>) -> Answer {
        answer(self.try_revoke(request).await)
    }

    async fn try_revoke(&self, request: &Incoming<'_>) -> Outcome<Answer> {
        let parameters = Parameters::parse(request.body)?;
        let client = self.authenticate_client(request, &parameters).await?;
        let text = parameters.required("token")?;
        if text.contains('.') {
            self.revoke_access(&client, text).await?;
        } else {
            self.revoke_refresh(&client, text).await?;
        }
        Ok(Answer::empty(200).readable_by(&client, request.origin))
    }

    async fn revoke_access(&self, client: &Client, text: &str) -> Result<()> {
        let Some((claims, _)) = self.read_access(text).await? else {
            return Ok(());
        };
        if claims.client_id != client.id() {
            return Ok(());
        }
        let now = self.inner.clock.now();
        let ends = DateTime::from_timestamp(claims.exp, 0).unwrap_or(now);
        self.inner
            .database
            .system_read(&Self::scope("revoke a token"))
            .await?
            .revoked_tokens()
            .insert(claims.jti, now, ends)
            .await?;
        self.inner.identity.revocations().add(claims.jti, now);
        Ok(())
    }

    async fn revoke_refresh(&self, client: &Client, text: &str) -> Result<()> {
        // An old one, too: whoever holds it held the family.
        let Some((id, _)) = refresh_token::read(&self.inner.vault, text)? else {
            return Ok(());
        };
        let now = self.inner.clock.now();
        let mut read = self
            .inner
            .database
            .system_read(&Self::scope("revoke a grant"))
            .await?;
        let grant = read.grants().find(id).await?;
        if grant.is_some_and(|grant| grant.client_id == client.id())
            && read.grants().revoke(id, "client", now).await?
        {
            self.inner.identity.revocations().add(id, now);
        }
        Ok(())
    }
}
