//! The token endpoint (RFC 6749 section 3.2) and its grants.

mod access;
mod answer;
mod client_credentials;
mod code;
mod device;
mod exchange;
mod grant;
mod id_token;
mod refresh;

pub(crate) use access::{AccessClaims, CheckedTokens};
pub(crate) use id_token::core_algorithm;

use std::sync::Arc;

use crate::{
    Answer, Outcome, Parameters, Provider, Refusal,
    client::Client,
    wire::{Incoming, answer},
};

/// Grants that may be used, by their registered names.
pub(crate) const CODE: &str = "authorization_code";
pub(crate) const REFRESH: &str = "refresh_token";
pub(crate) const CLIENT_CREDENTIALS: &str = "client_credentials";
pub(crate) const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub(crate) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// All of them.
pub(crate) const GRANTS: &[&str] = &[CODE, REFRESH, CLIENT_CREDENTIALS, DEVICE, EXCHANGE];

/// A request at the token endpoint whose sender is known.
struct TokenRequest<'a> {
    client: &'a Arc<Client>,
    parameters: &'a Parameters,
    /// The thumbprint of the key that the request proves to hold.
    jkt: Option<String>,
}

impl Provider {
    /// The token endpoint.
    pub async fn token(&self, request: &Incoming<'_>) -> Answer {
        answer(self.try_token(request).await)
    }

    async fn try_token(&self, request: &Incoming<'_>) -> Outcome<Answer> {
        let parameters = Parameters::parse(request.body)?;
        let grant_type = parameters.required("grant_type")?.to_owned();
        let client = self.authenticate_client(request, &parameters).await?;
        let outcome = Box::pin(self.grant(request, &client, &parameters, &grant_type)).await;
        let label = GRANTS.iter().find(|known| **known == grant_type);
        metrics::counter!(
            "oidc_token_requests_total",
            "grant" => *label.unwrap_or(&"other"),
            "outcome" => if outcome.is_ok() { "success" } else { "failure" },
        )
        .increment(1);
        Ok(answer(outcome).readable_by(&client, request.origin))
    }

    async fn grant(
        &self,
        request: &Incoming<'_>,
        client: &Arc<Client>,
        parameters: &Parameters,
        grant_type: &str,
    ) -> Outcome<Answer> {
        if !GRANTS.contains(&grant_type) {
            return Err(Refusal::new(
                "unsupported_grant_type",
                "there is no such grant",
            ));
        }
        client.must_use(grant_type)?;
        let jkt = self.check_dpop(request, None).await?;
        if jkt.is_none() && client.record.settings.requires_dpop {
            return Err(
                Refusal::new("invalid_dpop_proof", "the client must prove to hold a key")
                    .dpop_nonce(self.dpop_nonce()?),
            );
        }
        let is_bound = jkt.is_some();
        let request = TokenRequest {
            client,
            parameters,
            jkt,
        };
        let answer = match grant_type {
            CODE => self.redeem_code(request).await?,
            REFRESH => self.refresh(request).await?,
            CLIENT_CREDENTIALS => self.client_credentials(request)?,
            DEVICE => self.redeem_device_code(request).await?,
            _ => self.exchange(request).await?,
        };
        Ok(if is_bound {
            answer.with("dpop-nonce", self.dpop_nonce()?)
        } else {
            answer
        })
    }
}
