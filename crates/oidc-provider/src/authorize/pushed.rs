//! Pushed authorization requests (RFC 9126): the client sends its request itself, authenticated and
//! unseen by the browser, which carries a reference that is good once.

use bheem_vault::token;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    is_registered,
    request::{AuthorizationRequest, Proven, response_mode},
};
use crate::{
    Answer, Error, Outcome, Parameters, Provider, Refusal,
    client::Client,
    pages::problem::{Problem, Shown},
    scope,
    wire::{self, Incoming},
};

const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// Whether it has the form of our references; others would have to be fetched, which is not done.
pub(super) fn is_ours(request_uri: &str) -> bool {
    request_uri.starts_with(PREFIX)
}

impl Provider {
    /// The endpoint for pushed authorization requests.
    pub async fn push(&self, request: &Incoming<'_>) -> Answer {
        wire::answer(self.pushed(request).await)
    }

    async fn pushed(&self, incoming: &Incoming<'_>) -> Outcome<Answer> {
        let parameters = Parameters::parse(incoming.body)?;
        let client = self.authenticate_client(incoming, &parameters).await?;
        // Section 2.1: a reference to another request is no request.
        if parameters.get("request_uri").is_some() {
            return Err(Refusal::new(
                "invalid_request",
                "request_uri cannot be pushed",
            ));
        }
        if parameters
            .get("client_id")
            .is_some_and(|id| id != client.id())
        {
            return Err(Refusal::new(
                "invalid_request",
                "client_id is not who authenticated",
            ));
        }
        let redirect_uri = parameters.required("redirect_uri")?;
        if !is_registered(&client, redirect_uri) {
            return Err(Refusal::new(
                "invalid_request",
                "redirect_uri is not registered",
            ));
        }
        let proven = Proven {
            redirect_uri,
            response_mode: response_mode(&parameters)?,
            hint: self.hinted(&parameters)?,
            own_audience: &scope::own_audience(&self.inner.config),
        };
        let mut request = AuthorizationRequest::parse(&parameters, &client.record, &proven)?;
        // RFC 9449 section 10.1: a proof says the same as dpop_jkt, and both must.
        if let Some(jkt) = self.check_dpop(incoming, None).await? {
            if request.dpop_jkt.as_ref().is_some_and(|other| *other != jkt) {
                return Err(Refusal::new(
                    "invalid_dpop_proof",
                    "the proof is of another key than dpop_jkt names",
                ));
            }
            request.dpop_jkt = Some(jkt);
        }
        let life = self.inner.config.pushed_request_life;
        let (token, mut new) = self.new_row(&request, life, None)?;
        new.is_pushed = true;
        self.insert_row(&new).await?;
        metrics::counter!("oidc_pushed_requests_total").increment(1);
        Ok(Answer::json(
            201,
            &json!({
                "request_uri": format!("{PREFIX}{}", token.expose_secret()),
                "expires_in": life.as_secs(),
            }),
        ))
    }

    /// The request behind a reference, which is used up by it. Nothing else that came with the
    /// reference counts (section 4).
    pub(super) async fn take_pushed(
        &self,
        client: &Client,
        request_uri: &str,
    ) -> Shown<AuthorizationRequest> {
        let secret = request_uri.strip_prefix(PREFIX).unwrap_or_default();
        let hash = token::hash(secret.as_bytes());
        let scope = Self::scope("take a pushed request");
        let mut read = self.inner.database.system_read(&scope).await?;
        let now = self.inner.clock.now();
        let row = read
            .authorization_requests()
            .take_pushed(&hash, client.id(), now)
            .await?
            .ok_or(Problem::Expired)?;
        let request: AuthorizationRequest = serde_json::from_value(row.parameters)
            .map_err(|_error| Error::Inconsistent("a request that was pushed"))?;
        // The address may have been taken out of the registration since.
        if is_registered(client, &request.redirect_uri) {
            Ok(request)
        } else {
            Err(Problem::Redirect.into())
        }
    }
}
