//! Introspection (RFC 7662): a service asks about a token it was called with.
//!
//! It must prove who it is, and is told of tokens only that were made for it, or name it or one of
//! its resources in their audience. Whatever else is asked about is not active.

use bheem_domain::AccountId;
use serde_json::{Map, Value, json};

use crate::{
    Answer, Outcome, Parameters, Provider, Refusal,
    client::Client,
    refresh_token,
    token::AccessClaims,
    wire::{Incoming, answer},
};

impl Provider {
    /// The introspection endpoint.
    pub async fn introspect(&self, request: &Incoming<'_>) -> Answer {
        answer(self.try_introspect(request).await)
    }

    async fn try_introspect(&self, request: &Incoming<'_>) -> Outcome<Answer> {
        let parameters = Parameters::parse(request.body)?;
        let caller = self.authenticate_client(request, &parameters).await?;
        if caller.is_public() {
            return Err(Refusal::new("invalid_client", "a public client cannot ask").status(401));
        }
        let text = parameters.required("token")?;
        // What it looks like tells better than `token_type_hint`.
        let found = if text.contains('.') {
            self.introspect_access(&caller, text).await?
        } else {
            self.introspect_refresh(&caller, text).await?
        };
        let body = found.map_or_else(|| json!({ "active": false }), Value::Object);
        Ok(Answer::json(200, &body))
    }

    async fn introspect_access(
        &self,
        caller: &Client,
        text: &str,
    ) -> Outcome<Option<Map<String, Value>>> {
        let Some(claims) = self.read_living(text).await? else {
            return Ok(None);
        };
        if !may_see(caller, &claims) {
            return Ok(None);
        }
        let account = claims.sub.parse::<AccountId>().ok();
        // With these the workspace acts for somebody at a service; no client of ours is behind them.
        let is_acting = claims.client_id == bheem_identity::CLIENT_ID
            && claims.root.is_none()
            && account.is_some();
        if !is_acting && !self.has_open_client(&claims).await? {
            return Ok(None);
        }
        let username = match account.filter(|_| is_acting || claims.root.is_some()) {
            Some(account) => match self.inner.people.find(account).await? {
                Some(person) if person.account.is_active => Some(person.public_name()),
                _ => return Ok(None),
            },
            None => None,
        };
        let Ok(Value::Object(mut body)) = serde_json::to_value(&*claims) else {
            return Ok(None);
        };
        body.remove("userinfo_claims");
        body.insert("active".to_owned(), true.into());
        body.insert("token_type".to_owned(), claims.token_type().into());
        if let Some(username) = username {
            body.insert("username".to_owned(), username.into());
        }
        Ok(Some(body))
    }

    async fn has_open_client(&self, claims: &AccessClaims) -> Outcome<bool> {
        let client = self.inner.clients.find(&claims.client_id).await?;
        Ok(client.is_some_and(|client| client.is_open()))
    }

    async fn introspect_refresh(
        &self,
        caller: &Client,
        text: &str,
    ) -> Outcome<Option<Map<String, Value>>> {
        let Some((id, generation)) = refresh_token::read(&self.inner.vault, text)? else {
            return Ok(None);
        };
        let now = self.inner.clock.now();
        let mut read = self
            .inner
            .database
            .system_read(&Self::scope("tell of a refresh token"))
            .await?;
        let Some(grant) = read.grants().find(id).await? else {
            return Ok(None);
        };
        let is_current = grant.client_id == caller.id()
            && grant.generation == generation
            && read.grants().may_go_on(id, now).await?;
        if !is_current {
            return Ok(None);
        }
        drop(read);
        let person = self.inner.people.find(grant.account_id).await?;
        let body = json!({
            "active": true,
            "client_id": grant.client_id,
            "iss": self.inner.config.issuer,
            "sub": grant.account_id,
            "scope": grant.scopes.join(" "),
            "exp": grant.expires_at.timestamp(),
            "iat": grant.rotated_at.unwrap_or(grant.created_at).timestamp(),
            "username": person.map(|person| person.public_name()),
        });
        Ok(match body {
            Value::Object(body) => Some(body),
            _ => None,
        })
    }
}

fn may_see(caller: &Client, claims: &AccessClaims) -> bool {
    claims.client_id == caller.id()
        || claims.aud.contains(caller.id())
        || caller
            .record
            .settings
            .resources
            .iter()
            .any(|own| claims.aud.contains(own))
}
