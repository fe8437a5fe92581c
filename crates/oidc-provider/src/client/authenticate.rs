//! Client authentication: exactly one method, the one that is registered.
//!
//! `client_secret_basic` and `client_secret_post` stand for one another: both send the same secret
//! over the same connection, and many libraries pick one without asking. No other two do.

use std::sync::Arc;

use bheem_persistence::repo::ClientAuthMethod;
use bheem_vault::token;
use chrono::DateTime;
use secrecy::ExposeSecret;

use super::{Client, assertion, credentials::Credentials};
use crate::{Outcome, Parameters, Provider, Refusal, wire::Incoming};

impl Provider {
    /// The client that sent a request, if it proves so by the method that it registered.
    ///
    /// # Errors
    /// `invalid_client` with status 401, `invalid_request`.
    pub(crate) async fn authenticate_client(
        &self,
        request: &Incoming<'_>,
        parameters: &Parameters,
    ) -> Outcome<Arc<Client>> {
        let tried_header = request.authorization.is_some();
        let refused = |refusal: Refusal| match &refusal {
            Refusal::Refused(refused) if refused.error.code == "invalid_client" => {
                metrics::counter!("oidc_client_authentication_failures_total").increment(1);
                let refusal = refusal.status(401);
                if tried_header {
                    refusal.challenge(r#"Basic realm="oauth", charset="UTF-8""#)
                } else {
                    refusal
                }
            }
            _ => refusal,
        };
        self.authenticate(request, parameters)
            .await
            .map_err(refused)
    }

    async fn authenticate(
        &self,
        request: &Incoming<'_>,
        parameters: &Parameters,
    ) -> Outcome<Arc<Client>> {
        let credentials = Credentials::read(request.authorization, parameters)?;
        match credentials {
            Credentials::Basic { id, secret } | Credentials::Post { id, secret } => {
                let client = self.known_client(&id).await?;
                let is_right = client.record.settings.auth_method.has_secret()
                    && client.has_secret(secret.expose_secret(), self.inner.clock.now());
                if is_right { Ok(client) } else { Err(failed()) }
            }
            Credentials::Assertion { id, jwt } => {
                let claimed = assertion::claimed_client(&jwt).ok_or_else(failed)?;
                if id.is_some_and(|id| id != claimed) {
                    return Err(failed());
                }
                let client = self.known_client(&claimed).await?;
                if client.record.settings.auth_method != ClientAuthMethod::PrivateKeyJwt {
                    return Err(failed());
                }
                self.check_assertion(&client, &jwt).await?;
                Ok(client)
            }
            Credentials::Public { id } => {
                let client = self.known_client(&id).await?;
                if client.is_public() {
                    Ok(client)
                } else {
                    Err(failed())
                }
            }
        }
    }

    async fn known_client(&self, id: &str) -> Outcome<Arc<Client>> {
        match self.inner.clients.find(id).await? {
            Some(client) if client.is_open() => Ok(client),
            _ => Err(failed()),
        }
    }

    async fn check_assertion(&self, client: &Client, jwt: &str) -> Outcome<()> {
        let config = &self.inner.config;
        // RFC 9126 section 2 adds the endpoint of pushed requests.
        let audiences = [
            config.issuer.clone(),
            config.url("/api/v1/sso/token"),
            config.url("/api/v1/sso/par"),
        ];
        let now = self.inner.clock.now();
        let assertion = assertion::check(client, jwt, &audiences, now.timestamp())
            .map_err(|why| Refusal::new("invalid_client", why))?;
        let key = token::hash(format!("assertion\0{}\0{}", client.id(), assertion.jti).as_bytes());
        let expires_at = DateTime::from_timestamp(assertion.exp, 0).unwrap_or(now);
        let is_first = self
            .inner
            .database
            .system_read(&Self::scope("use an assertion"))
            .await?
            .used_assertions()
            .insert(&key, expires_at, now)
            .await?;
        if is_first {
            Ok(())
        } else {
            Err(Refusal::new(
                "invalid_client",
                "the assertion was used before",
            ))
        }
    }
}

/// One text for whatever is wrong with a public name or secret.
fn failed() -> Refusal {
    Refusal::new("invalid_client", "client authentication failed")
}
