//! Relying parties as they are sent and answered; names are those of RFC 7591 where it has them.

use bheem_domain::{Invalid, TenantId};
use bheem_oidc_provider::{CreatedClient, CreatedInitialAccessToken};
use bheem_persistence::repo::{ClientRecord, ClientSettings};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What is decided about a relying party; what is absent keeps its value, or gets the default. An empty text clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ClientFields {
    /// What people see.
    pub name: Option<String>,
    /// Where codes may go; compared exactly.
    pub redirect_uris: Option<Vec<String>>,
    /// Where a browser may go after it signed out.
    pub post_logout_redirect_uris: Option<Vec<String>>,
    /// `authorization_code`, `refresh_token`, `client_credentials`, the device code's and token exchange's URNs.
    pub grant_types: Option<Vec<String>>,
    /// Scopes it may ask for.
    pub scopes: Option<Vec<String>>,
    /// Audiences it may ask tokens for (RFC 8707).
    pub resources: Option<Vec<String>>,
    /// `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`.
    pub token_endpoint_auth_method: Option<String>,
    /// Its public keys (RFC 7517), for `private_key_jwt`.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
    /// `web`, or `native` for an application on a person's device.
    pub application_type: Option<String>,
    /// `ES256`, `RS256` or `EdDSA`.
    pub id_token_signed_response_alg: Option<String>,
    /// As above; without, userinfo is plain JSON.
    pub userinfo_signed_response_alg: Option<String>,
    /// Whether a code challenge must be sent (RFC 7636).
    pub require_pkce: Option<bool>,
    /// Whether requests must be pushed (RFC 9126).
    pub require_pushed_authorization_requests: Option<bool>,
    /// Whether its tokens must be bound to a key (RFC 9449).
    pub dpop_bound_access_tokens: Option<bool>,
    /// One of our own products: nobody is asked for consent. For the platform to decide.
    pub is_first_party: Option<bool>,
    /// The tenants whose members alone may sign in; none of them: everybody. For the platform to decide.
    pub tenants: Option<Vec<Uuid>>,
    /// Where it hears of sessions that ended.
    pub backchannel_logout_uri: Option<String>,
    /// How old a sign-in may be, in seconds.
    pub default_max_age: Option<i32>,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its picture.
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
    /// Who is responsible.
    pub contacts: Option<Vec<String>>,
}

/// A relying party that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateClientRequest {
    /// Its public name; made up when absent.
    pub client_id: Option<String>,
    /// What is decided about it.
    #[serde(flatten)]
    pub fields: ClientFields,
}

/// A change of a relying party.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UpdateClientRequest {
    /// The version the change was made from; the current one when absent.
    pub version: Option<i32>,
    /// Whether it may do anything.
    pub is_active: Option<bool>,
    /// What is decided about it.
    #[serde(flatten)]
    pub fields: ClientFields,
}

/// How long the old secret stays good.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct RotateSecretRequest {
    /// Hours; 24 when absent, 0 ends it at once.
    pub grace_hours: Option<u64>,
}

/// A token for dynamic registration that is to be made.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct CreateRegistrationTokenRequest {
    /// How many may register with it; 1 when absent.
    pub uses: Option<i32>,
    /// Hours for which it is good; 24 when absent.
    pub life_hours: Option<u64>,
}

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ClientsQuery {
    /// 1 to 100; 50 when absent.
    pub limit: Option<i64>,
    /// The header `X-Next-Cursor` of the page before.
    pub after: Option<String>,
}

/// A relying party.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientResponse {
    /// Its public name.
    pub client_id: String,
    /// The tenant it belongs to; the platform's when null.
    pub tenant_id: Option<Uuid>,
    /// What people see.
    pub name: String,
    /// Where codes may go.
    pub redirect_uris: Vec<String>,
    /// Where a browser may go after it signed out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Grants it may use.
    pub grant_types: Vec<String>,
    /// Scopes it may ask for.
    pub scopes: Vec<String>,
    /// Audiences it may ask tokens for.
    pub resources: Vec<String>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: String,
    /// Its public keys.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
    /// `web` or `native`.
    pub application_type: String,
    /// Algorithm of its ID tokens.
    pub id_token_signed_response_alg: String,
    /// Algorithm of its userinfo.
    pub userinfo_signed_response_alg: Option<String>,
    /// Whether a code challenge must be sent.
    pub require_pkce: bool,
    /// Whether requests must be pushed.
    pub require_pushed_authorization_requests: bool,
    /// Whether its tokens must be bound to a key.
    pub dpop_bound_access_tokens: bool,
    /// Whether nobody is asked for consent.
    pub is_first_party: bool,
    /// Whether only members of its tenants may sign in.
    pub is_bound: bool,
    /// Where it hears of sessions that ended.
    pub backchannel_logout_uri: Option<String>,
    /// How old a sign-in may be, in seconds.
    pub default_max_age: Option<i32>,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its picture.
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
    /// Who is responsible.
    pub contacts: Vec<String>,
    /// Whether it may do anything.
    pub is_active: bool,
    /// Grows with each change.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Its secret; in the answer that makes it, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// A token for dynamic registration.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegistrationTokenResponse {
    /// Shown this once.
    pub token: String,
    /// How many may register with it.
    pub uses: i32,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

impl ClientFields {
    /// The tenants it is to be bound to.
    pub(super) fn tenant_ids(&self) -> Option<Vec<TenantId>> {
        let tenants = self.tenants.as_ref()?;
        Some(tenants.iter().copied().map(TenantId::from).collect())
    }

    /// The settings with these changes.
    pub(super) fn apply(self, to: ClientSettings) -> Result<ClientSettings, Invalid> {
        let is_native = match self.application_type.as_deref() {
            None => to.is_native,
            Some("web") => false,
            Some("native") => true,
            Some(_) => return Err(Invalid::new("application_type", "must be web or native")),
        };
        let auth_method = match self.token_endpoint_auth_method {
            None => to.auth_method,
            Some(word) => word.parse()?,
        };
        let is_bound = match &self.tenants {
            None => to.is_bound,
            Some(tenants) => !tenants.is_empty(),
        };
        Ok(ClientSettings {
            name: self.name.unwrap_or(to.name),
            redirect_uris: self.redirect_uris.unwrap_or(to.redirect_uris),
            post_logout_redirect_uris: self
                .post_logout_redirect_uris
                .unwrap_or(to.post_logout_redirect_uris),
            grant_types: self.grant_types.unwrap_or(to.grant_types),
            scopes: self.scopes.unwrap_or(to.scopes),
            resources: self.resources.unwrap_or(to.resources),
            auth_method,
            jwks: self.jwks.or(to.jwks),
            is_native,
            id_token_alg: self.id_token_signed_response_alg.unwrap_or(to.id_token_alg),
            userinfo_alg: text(self.userinfo_signed_response_alg, to.userinfo_alg),
            requires_pkce: self.require_pkce.unwrap_or(to.requires_pkce),
            requires_par: self
                .require_pushed_authorization_requests
                .unwrap_or(to.requires_par),
            requires_dpop: self.dpop_bound_access_tokens.unwrap_or(to.requires_dpop),
            is_first_party: self.is_first_party.unwrap_or(to.is_first_party),
            is_bound,
            backchannel_logout_uri: text(self.backchannel_logout_uri, to.backchannel_logout_uri),
            default_max_age: self.default_max_age.or(to.default_max_age),
            client_uri: text(self.client_uri, to.client_uri),
            logo_uri: text(self.logo_uri, to.logo_uri),
            policy_uri: text(self.policy_uri, to.policy_uri),
            tos_uri: text(self.tos_uri, to.tos_uri),
            contacts: self.contacts.unwrap_or(to.contacts),
        })
    }
}

/// An empty text clears, an absent one keeps.
fn text(given: Option<String>, before: Option<String>) -> Option<String> {
    match given {
        None => before,
        Some(text) => Some(text).filter(|text| !text.trim().is_empty()),
    }
}

impl From<ClientRecord> for ClientResponse {
    fn from(record: ClientRecord) -> Self {
        let settings = record.settings;
        let kind = if settings.is_native { "native" } else { "web" };
        Self {
            client_id: record.client_id,
            tenant_id: record.tenant_id.map(TenantId::as_uuid),
            name: settings.name,
            redirect_uris: settings.redirect_uris,
            post_logout_redirect_uris: settings.post_logout_redirect_uris,
            grant_types: settings.grant_types,
            scopes: settings.scopes,
            resources: settings.resources,
            token_endpoint_auth_method: settings.auth_method.as_str().to_owned(),
            jwks: settings.jwks,
            application_type: kind.to_owned(),
            id_token_signed_response_alg: settings.id_token_alg,
            userinfo_signed_response_alg: settings.userinfo_alg,
            require_pkce: settings.requires_pkce,
            require_pushed_authorization_requests: settings.requires_par,
            dpop_bound_access_tokens: settings.requires_dpop,
            is_first_party: settings.is_first_party,
            is_bound: settings.is_bound,
            backchannel_logout_uri: settings.backchannel_logout_uri,
            default_max_age: settings.default_max_age,
            client_uri: settings.client_uri,
            logo_uri: settings.logo_uri,
            policy_uri: settings.policy_uri,
            tos_uri: settings.tos_uri,
            contacts: settings.contacts,
            is_active: record.is_active,
            version: record.version,
            created_at: record.created_at,
            updated_at: record.updated_at,
            client_secret: None,
        }
    }
}

impl From<CreatedClient> for ClientResponse {
    fn from(created: CreatedClient) -> Self {
        let secret = created.secret;
        Self {
            client_secret: secret.map(|secret| secret.expose_secret().to_owned()),
            ..created.record.into()
        }
    }
}

impl From<CreatedInitialAccessToken> for RegistrationTokenResponse {
    fn from(created: CreatedInitialAccessToken) -> Self {
        Self {
            token: created.token.expose_secret().to_owned(),
            uses: created.uses,
            expires_at: created.expires_at,
        }
    }
}
