//! A client for itself (RFC 6749 section 4.4): no person, no refresh token, and no query when the
//! client is known.

use super::{TokenRequest, access::NewAccess, answer::body};
use crate::{Answer, Outcome, Provider, Refusal, scope};

impl Provider {
    pub(super) fn client_credentials(&self, request: TokenRequest<'_>) -> Outcome<Answer> {
        let client = request.client;
        if client.is_public() {
            return Err(Refusal::new(
                "unauthorized_client",
                "a public client cannot act for itself",
            ));
        }
        // What stands for a person means nothing here.
        let allowed = client
            .record
            .settings
            .scopes
            .iter()
            .filter(|allowed| !scope::IDENTITY.contains(&allowed.as_str()))
            .cloned()
            .collect::<Vec<_>>();
        let scopes = scope::narrowed(request.parameters, &allowed)?;
        let audience = scope::audience(&self.inner.config, client, request.parameters, &[])?;
        let now = self.inner.clock.now();
        let (token, claims) = self.issue_access(
            NewAccess {
                client,
                subject: client.id().to_owned(),
                audience,
                scopes: &scopes,
                root: None,
                jkt: request.jkt,
                act: None,
                userinfo_claims: Vec::new(),
                life: self.inner.config.access_token_life,
                not_after: None,
            },
            now,
        )?;
        Ok(Answer::json(200, &body(&token, &claims, now)))
    }
}
