//! Clients register themselves (RFC 7591) and manage what they registered (RFC 7592).
//!
//! Only with an initial access token that an administrator made. What registers with a tenant's token
//! belongs to that tenant and is bound to it. The token that manages a client is kept as a hash; so is
//! the secret, which is therefore shown once.

mod metadata;
mod redirect_uri;
mod settings;

pub(crate) use settings::check;
pub use settings::default_settings;

use std::sync::Arc;

use bheem_persistence::repo::{ClientChange, ClientRecord, NewClient, NewClientSecret};
use bheem_vault::token;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use self::metadata::{Metadata, refused};
use crate::{
    Answer, Error, Outcome, Provider, Refusal,
    admin::require_foreign_name,
    client::Client,
    wire::{Incoming, answer, put},
};

/// Longest body.
const LONGEST: usize = 64 * 1024;

impl Provider {
    /// Registers a client (RFC 7591 section 3).
    pub async fn register(&self, request: &Incoming<'_>) -> Answer {
        answer(self.try_register(request).await)
    }

    /// Shows a client what is registered of it (RFC 7592 section 2.1).
    pub async fn registration(&self, request: &Incoming<'_>, client_id: &str) -> Answer {
        answer(self.try_registration(request, client_id).await)
    }

    /// Changes what is registered of a client (RFC 7592 section 2.2).
    pub async fn change_registration(&self, request: &Incoming<'_>, client_id: &str) -> Answer {
        answer(self.try_change_registration(request, client_id).await)
    }

    /// Removes a client at its own wish (RFC 7592 section 2.3).
    pub async fn end_registration(&self, request: &Incoming<'_>, client_id: &str) -> Answer {
        answer(self.try_end_registration(request, client_id).await)
    }

    async fn try_register(&self, request: &Incoming<'_>) -> Outcome<Answer> {
        let given = bearer(request)?;
        // Looked at before the token is used up: a typing error must not cost a registration.
        let mut settings = parse(request.body)?
            .into_settings()
            .map_err(|invalid| refused(&invalid))?;
        check(&settings).map_err(|invalid| refused(&invalid))?;
        require_foreign_name("client_name", &settings.name).map_err(|invalid| refused(&invalid))?;
        let now = self.inner.clock.now();
        let scope = Self::scope("register a client");
        let mut tx = self.inner.database.system(&scope).await?;
        let taken = tx
            .initial_access_tokens()
            .take(&token::hash(given.as_bytes()), now)
            .await?;
        let tenant_id =
            taken.ok_or_else(|| invalid_token("the initial access token is not valid"))?;
        settings.is_bound = tenant_id.is_some();
        let management = token::generate()?;
        let hash = token::hash(management.expose_secret().as_bytes());
        let record = tx
            .clients()
            .insert(&NewClient {
                client_id: self.inner.clock.new_uuid().to_string(),
                tenant_id,
                settings,
                registration_token_hash: Some(hash.to_vec()),
                created_at: now,
            })
            .await?;
        let secret = if record.settings.auth_method.has_secret() {
            let (secret, row) = new_secret(self, &record.client_id)?;
            tx.client_secrets().insert(&row).await?;
            Some(secret)
        } else {
            None
        };
        if let Some(tenant_id) = tenant_id {
            tx.tenant_clients()
                .insert(tenant_id, &record.client_id, now)
                .await?;
        }
        tx.activity(tenant_id)
            .record(
                "oidc.client_registered",
                None,
                "A client registered itself",
                Some(json!({ "client_id": record.client_id })),
            )
            .await?;
        tx.commit().await?;
        let mut body = self.describe(&record)?;
        put(
            &mut body,
            "registration_access_token",
            management.expose_secret(),
        );
        if let Some(secret) = secret {
            put(&mut body, "client_secret", secret.expose_secret());
            put(&mut body, "client_secret_expires_at", 0);
        }
        Ok(Answer::json(201, &body))
    }

    async fn try_registration(&self, request: &Incoming<'_>, client_id: &str) -> Outcome<Answer> {
        let client = self.managed(request, client_id).await?;
        let mut body = self.describe(&client.record)?;
        put(&mut body, "registration_access_token", bearer(request)?);
        Ok(Answer::json(200, &body))
    }

    async fn try_change_registration(
        &self,
        request: &Incoming<'_>,
        client_id: &str,
    ) -> Outcome<Answer> {
        let client = self.managed(request, client_id).await?;
        let invalid = |why: &str| Refusal::new("invalid_client_metadata", why);
        let body: Value =
            serde_json::from_slice(request.body).map_err(|_error| invalid("not JSON"))?;
        if body.get("client_id").and_then(Value::as_str) != Some(client_id) {
            return Err(invalid("client_id must be that of the client"));
        }
        for forbidden in [
            "registration_access_token",
            "registration_client_uri",
            "client_secret_expires_at",
            "client_id_issued_at",
        ] {
            if body.get(forbidden).is_some() {
                return Err(invalid("a member is there that only we give out"));
            }
        }
        if let Some(secret) = body.get("client_secret").and_then(Value::as_str)
            && !client.has_secret(secret, self.inner.clock.now())
        {
            return Err(invalid("client_secret is not that of the client"));
        }
        let mut settings = parse(request.body)?
            .into_settings()
            .map_err(|invalid| refused(&invalid))?;
        check(&settings).map_err(|invalid| refused(&invalid))?;
        let own = &client.record.settings;
        if settings.name != own.name {
            require_foreign_name("client_name", &settings.name)
                .map_err(|invalid| refused(&invalid))?;
        }
        if settings.auth_method.has_secret() && !own.auth_method.has_secret() {
            return Err(invalid("a client without a secret cannot get one"));
        }
        // What an administrator has decided stays.
        settings.is_bound = own.is_bound;
        settings.is_first_party = own.is_first_party;
        settings.resources.clone_from(&own.resources);
        settings.requires_pkce = settings.requires_pkce || own.requires_pkce;
        let change = ClientChange {
            version: client.record.version,
            settings,
        };
        let now = self.inner.clock.now();
        let scope = Self::scope("change a registration");
        let mut tx = self.inner.database.system(&scope).await?;
        let changed = tx.clients().update(client_id, &change, now).await?;
        let changed = changed
            .ok_or_else(|| invalid("somebody else has changed the client at the same time"))?;
        tx.activity(changed.tenant_id)
            .record(
                "oidc.client_updated",
                None,
                "A client changed its registration",
                Some(json!({ "client_id": client_id })),
            )
            .await?;
        tx.commit().await?;
        let mut body = self.describe(&changed)?;
        put(&mut body, "registration_access_token", bearer(request)?);
        Ok(Answer::json(200, &body))
    }

    async fn try_end_registration(
        &self,
        request: &Incoming<'_>,
        client_id: &str,
    ) -> Outcome<Answer> {
        let client = self.managed(request, client_id).await?;
        let scope = Self::scope("end a registration");
        let mut tx = self.inner.database.system(&scope).await?;
        if tx.clients().remove(client_id).await? {
            tx.activity(client.record.tenant_id)
                .record(
                    "oidc.client_removed",
                    None,
                    "A client ended its registration",
                    Some(json!({ "client_id": client_id })),
                )
                .await?;
        }
        tx.commit().await?;
        Ok(Answer::empty(204))
    }

    /// The client, if the request brings the token that manages it.
    async fn managed(&self, request: &Incoming<'_>, client_id: &str) -> Outcome<Arc<Client>> {
        let given = token::hash(bearer(request)?.as_bytes());
        let refused = || invalid_token("the registration access token is not valid");
        let client = self
            .inner
            .clients
            .find(client_id)
            .await?
            .ok_or_else(refused)?;
        let own = client.record.registration_token_hash.as_deref();
        let is_right = own.is_some_and(|own| own.ct_eq(&given).into());
        if is_right { Ok(client) } else { Err(refused()) }
    }

    fn describe(&self, record: &ClientRecord) -> Outcome<Value> {
        let mut body = serde_json::to_value(Metadata::from(&record.settings))
            .map_err(|_error| Error::Inconsistent("metadata of a client"))?;
        let path = format!("/api/v1/sso/register/{}", record.client_id);
        put(&mut body, "client_id", record.client_id.as_str());
        put(
            &mut body,
            "client_id_issued_at",
            record.created_at.timestamp(),
        );
        put(
            &mut body,
            "registration_client_uri",
            self.inner.config.url(&path),
        );
        Ok(body)
    }
}

fn parse(body: &[u8]) -> Outcome<Metadata> {
    if body.len() > LONGEST {
        return Err(Refusal::new("invalid_client_metadata", "too long"));
    }
    let unreadable = || Refusal::new("invalid_client_metadata", "cannot be read");
    // A list of values in order would do for serde, and is no metadata (RFC 7591 section 2).
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(unreadable());
    }
    serde_json::from_slice(body).map_err(|_error| unreadable())
}

fn bearer<'a>(request: &Incoming<'a>) -> Outcome<&'a str> {
    request
        .authorization
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| {
            Refusal::new("invalid_token", "a token is needed")
                .status(401)
                .challenge("Bearer")
        })
}

fn invalid_token(why: &str) -> Refusal {
    Refusal::new("invalid_token", why)
        .status(401)
        .challenge(r#"Bearer error="invalid_token""#)
}

/// A new secret and its row.
pub(crate) fn new_secret(
    provider: &Provider,
    client_id: &str,
) -> crate::Result<(SecretString, NewClientSecret)> {
    let secret = token::generate()?;
    let row = NewClientSecret {
        id: provider.inner.clock.new_uuid(),
        client_id: client_id.to_owned(),
        secret_hash: token::hash(secret.expose_secret().as_bytes()),
        created_at: provider.inner.clock.now(),
    };
    Ok((secret, row))
}
