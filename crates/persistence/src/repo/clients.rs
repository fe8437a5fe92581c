//! Relying parties (RFC 6749 section 2, RFC 7591 section 2).
//!
//! In a tenant's transaction the database shows and takes that tenant's own clients only.

use bheem_domain::{Invalid, TenantId};
use chrono::{DateTime, Utc};
use diesel::{dsl::sql, prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Error, Result,
    schema::{client_secrets, clients},
};

/// How a client proves at the token endpoint who it is (RFC 7591 section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthMethod {
    /// A secret in the `Authorization` header.
    SecretBasic,
    /// A secret in the form.
    SecretPost,
    /// An assertion signed with its own key (RFC 7523).
    PrivateKeyJwt,
    /// Not at all: a public client.
    None,
}

impl ClientAuthMethod {
    /// The registered word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// Whether it is one of the two that send a secret.
    #[must_use]
    pub const fn has_secret(self) -> bool {
        matches!(self, Self::SecretBasic | Self::SecretPost)
    }
}

impl std::str::FromStr for ClientAuthMethod {
    type Err = Invalid;

    fn from_str(word: &str) -> std::result::Result<Self, Invalid> {
        [
            Self::SecretBasic,
            Self::SecretPost,
            Self::PrivateKeyJwt,
            Self::None,
        ]
        .into_iter()
        .find(|method| method.as_str() == word)
        .ok_or_else(|| Invalid::new("token_endpoint_auth_method", "is not supported"))
    }
}

/// What an administrator decides about a client.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a column and a question of its own"
)]
pub struct ClientSettings {
    /// What people see.
    pub name: String,
    /// Where codes may go; compared exactly.
    pub redirect_uris: Vec<String>,
    /// Where a browser may go after it signed out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Grants it may use.
    pub grant_types: Vec<String>,
    /// Scopes it may ask for.
    pub scopes: Vec<String>,
    /// Audiences it may ask tokens for (RFC 8707).
    pub resources: Vec<String>,
    /// How it proves who it is.
    pub auth_method: ClientAuthMethod,
    /// Its public keys.
    pub jwks: Option<Value>,
    /// An application on a person's device: loopback redirects on any port (RFC 8252 section 7.3).
    pub is_native: bool,
    /// Algorithm of its ID tokens and access tokens.
    pub id_token_alg: String,
    /// Algorithm of its userinfo; plain JSON without.
    pub userinfo_alg: Option<String>,
    /// Whether a code challenge must be sent (RFC 7636).
    pub requires_pkce: bool,
    /// Whether requests must be pushed (RFC 9126).
    pub requires_par: bool,
    /// Whether its tokens must be bound to a key (RFC 9449).
    pub requires_dpop: bool,
    /// One of our own products: nobody is asked for consent.
    pub is_first_party: bool,
    /// Whether only members of its tenants may sign in.
    pub is_bound: bool,
    /// Where it hears of sessions that ended.
    pub backchannel_logout_uri: Option<String>,
    /// How old a sign-in may be, in seconds, unless the request says otherwise.
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
}

/// A relying party.
#[derive(Clone)]
pub struct ClientRecord {
    /// Its public name.
    pub client_id: String,
    /// The tenant it belongs to; the platform's without.
    pub tenant_id: Option<TenantId>,
    /// What an administrator decided.
    pub settings: ClientSettings,
    /// SHA-256 of the token that manages it (RFC 7592).
    pub registration_token_hash: Option<Vec<u8>>,
    /// Whether it may do anything.
    pub is_active: bool,
    /// Grows with each change.
    pub version: i32,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl std::fmt::Debug for ClientRecord {
    /// Without the hash of the token that manages it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientRecord")
            .field("client_id", &self.client_id)
            .field("tenant_id", &self.tenant_id)
            .field("is_active", &self.is_active)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A relying party that is to be registered.
#[derive(Clone)]
pub struct NewClient {
    /// Its public name.
    pub client_id: String,
    /// The tenant it belongs to.
    pub tenant_id: Option<TenantId>,
    /// What an administrator decided.
    pub settings: ClientSettings,
    /// SHA-256 of the token that manages it.
    pub registration_token_hash: Option<Vec<u8>>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// A change of a client.
#[derive(Debug, Clone)]
pub struct ClientChange {
    /// The version the change was made from; it fails when there is a newer one.
    pub version: i32,
    /// Everything that is decided, as it shall be.
    pub settings: ClientSettings,
}

/// One secret of a client.
#[derive(Clone)]
pub struct ClientSecretRecord {
    /// Which.
    pub id: Uuid,
    /// SHA-256 of it.
    pub secret_hash: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it lapses; never without.
    pub expires_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for ClientSecretRecord {
    /// Without the hash.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientSecretRecord")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A client with what it is checked against.
#[derive(Debug, Clone)]
pub struct KnownClient {
    /// The client.
    pub record: ClientRecord,
    /// Its secrets, newest first, lapsed ones included.
    pub secrets: Vec<ClientSecretRecord>,
    /// The open tenants whose members may sign in, when it is bound.
    pub tenants: Vec<TenantId>,
}

/// Where a page of clients starts: behind this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCursor {
    /// When the last client seen was registered.
    pub created_at: DateTime<Utc>,
    /// Its public name.
    pub client_id: String,
}

impl ClientCursor {
    /// The opaque form that callers carry.
    #[must_use]
    pub fn encode(&self) -> String {
        format!(
            "{:x}-{}",
            self.created_at.timestamp_micros(),
            self.client_id
        )
    }

    /// Reads what [`ClientCursor::encode`] wrote.
    ///
    /// # Errors
    /// [`Invalid`] for the field `after`.
    pub fn decode(text: &str) -> std::result::Result<Self, Invalid> {
        let parse = || {
            let (micros, client_id) = text.split_once('-')?;
            Some(Self {
                created_at: DateTime::from_timestamp_micros(i64::from_str_radix(micros, 16).ok()?)?,
                client_id: client_id.to_owned(),
            })
        };
        parse().ok_or_else(|| Invalid::new("after", "is not a cursor of this list"))
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = clients, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a column and a question of its own"
)]
struct SettingsRow {
    name: String,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    grant_types: Vec<String>,
    scopes: Vec<String>,
    resources: Vec<String>,
    token_endpoint_auth_method: String,
    jwks: Option<Value>,
    application_type: String,
    id_token_alg: String,
    userinfo_alg: Option<String>,
    requires_pkce: bool,
    requires_par: bool,
    requires_dpop: bool,
    is_first_party: bool,
    is_bound: bool,
    backchannel_logout_uri: Option<String>,
    default_max_age: Option<i32>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    contacts: Vec<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients, check_for_backend(diesel::pg::Pg))]
struct ClientRow {
    client_id: String,
    tenant_id: Option<Uuid>,
    #[diesel(embed)]
    settings: SettingsRow,
    registration_token_hash: Option<Vec<u8>>,
    is_active: bool,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = client_secrets, check_for_backend(diesel::pg::Pg))]
struct SecretRow {
    id: Uuid,
    secret_hash: Vec<u8>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

const NATIVE: &str = "native";
const WEB: &str = "web";

impl From<&ClientSettings> for SettingsRow {
    fn from(settings: &ClientSettings) -> Self {
        let settings = settings.clone();
        Self {
            name: settings.name,
            redirect_uris: settings.redirect_uris,
            post_logout_redirect_uris: settings.post_logout_redirect_uris,
            grant_types: settings.grant_types,
            scopes: settings.scopes,
            resources: settings.resources,
            token_endpoint_auth_method: settings.auth_method.as_str().to_owned(),
            jwks: settings.jwks,
            application_type: if settings.is_native { NATIVE } else { WEB }.to_owned(),
            id_token_alg: settings.id_token_alg,
            userinfo_alg: settings.userinfo_alg,
            requires_pkce: settings.requires_pkce,
            requires_par: settings.requires_par,
            requires_dpop: settings.requires_dpop,
            is_first_party: settings.is_first_party,
            is_bound: settings.is_bound,
            backchannel_logout_uri: settings.backchannel_logout_uri,
            default_max_age: settings.default_max_age,
            client_uri: settings.client_uri,
            logo_uri: settings.logo_uri,
            policy_uri: settings.policy_uri,
            tos_uri: settings.tos_uri,
            contacts: settings.contacts,
        }
    }
}

impl TryFrom<ClientRow> for ClientRecord {
    type Error = Error;

    fn try_from(row: ClientRow) -> Result<Self> {
        let settings = row.settings;
        Ok(Self {
            client_id: row.client_id,
            tenant_id: row.tenant_id.map(Into::into),
            settings: ClientSettings {
                name: settings.name,
                redirect_uris: settings.redirect_uris,
                post_logout_redirect_uris: settings.post_logout_redirect_uris,
                grant_types: settings.grant_types,
                scopes: settings.scopes,
                resources: settings.resources,
                auth_method: super::parse(
                    "auth.clients",
                    settings.token_endpoint_auth_method.parse(),
                )?,
                jwks: settings.jwks,
                is_native: settings.application_type == NATIVE,
                id_token_alg: settings.id_token_alg,
                userinfo_alg: settings.userinfo_alg,
                requires_pkce: settings.requires_pkce,
                requires_par: settings.requires_par,
                requires_dpop: settings.requires_dpop,
                is_first_party: settings.is_first_party,
                is_bound: settings.is_bound,
                backchannel_logout_uri: settings.backchannel_logout_uri,
                default_max_age: settings.default_max_age,
                client_uri: settings.client_uri,
                logo_uri: settings.logo_uri,
                policy_uri: settings.policy_uri,
                tos_uri: settings.tos_uri,
                contacts: settings.contacts,
            },
            registration_token_hash: row.registration_token_hash,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl From<SecretRow> for ClientSecretRecord {
    fn from(row: SecretRow) -> Self {
        Self {
            id: row.id,
            secret_hash: row.secret_hash,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// Relying parties, on an open connection.
pub struct Clients<'c> {
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Clients<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }

    /// Registers a client.
    ///
    /// # Errors
    /// [`Error::Duplicate`] of `clients_pkey` when the public name is taken.
    pub async fn insert(&mut self, new: &NewClient) -> Result<ClientRecord> {
        diesel::insert_into(clients::table)
            .values((
                clients::client_id.eq(&new.client_id),
                clients::tenant_id.eq(new.tenant_id.map(TenantId::as_uuid)),
                SettingsRow::from(&new.settings),
                clients::registration_token_hash.eq(&new.registration_token_hash),
                clients::created_at.eq(new.created_at),
                clients::updated_at.eq(new.created_at),
            ))
            .returning(ClientRow::as_returning())
            .get_result(self.connection)
            .await?
            .try_into()
    }

    /// The client with this public name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self, client_id: &str) -> Result<Option<ClientRecord>> {
        clients::table
            .find(client_id)
            .select(ClientRow::as_select())
            .first(self.connection)
            .await
            .optional()?
            .map(TryInto::try_into)
            .transpose()
    }

    /// The client with its secrets and the open tenants it is bound to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_known(&mut self, client_id: &str) -> Result<Option<KnownClient>> {
        let tenants = sql::<sql_types::Array<sql_types::Uuid>>(
            "ARRAY(SELECT bound.tenant_id FROM workspace.tenant_clients bound \
             JOIN workspace.tenants tenant ON tenant.id = bound.tenant_id \
             WHERE bound.client_id = auth.clients.client_id AND tenant.is_active \
             AND NOT tenant.is_suspended AND tenant.deleted_at IS NULL ORDER BY 1)",
        );
        let found: Option<(ClientRow, Vec<Uuid>)> = clients::table
            .find(client_id)
            .select((ClientRow::as_select(), tenants))
            .first(self.connection)
            .await
            .optional()?;
        let Some((row, tenants)) = found else {
            return Ok(None);
        };
        let secrets = client_secrets::table
            .filter(client_secrets::client_id.eq(client_id))
            .order(client_secrets::created_at.desc())
            .select(SecretRow::as_select())
            .load(self.connection)
            .await?;
        Ok(Some(KnownClient {
            record: row.try_into()?,
            secrets: secrets.into_iter().map(Into::into).collect(),
            tenants: tenants.into_iter().map(Into::into).collect(),
        }))
    }

    /// A page of clients, newest first; of one tenant, or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &mut self,
        tenant_id: Option<TenantId>,
        after: Option<&ClientCursor>,
        limit: i64,
    ) -> Result<Vec<ClientRecord>> {
        let mut query = clients::table
            .select(ClientRow::as_select())
            .order((clients::created_at.desc(), clients::client_id.desc()))
            .limit(limit)
            .into_boxed();
        if let Some(tenant_id) = tenant_id {
            query = query.filter(clients::tenant_id.eq(tenant_id.as_uuid()));
        }
        if let Some(after) = after {
            query = query.filter(
                clients::created_at
                    .lt(after.created_at)
                    .or(clients::created_at
                        .eq(after.created_at)
                        .and(clients::client_id.lt(after.client_id.clone()))),
            );
        }
        query
            .load(self.connection)
            .await?
            .into_iter()
            .map(TryInto::try_into)
            .collect()
    }

    /// Changes a client, unless somebody else has changed it since.
    ///
    /// # Errors
    /// When the database fails; [`None`] when there is no such client at that version.
    pub async fn update(
        &mut self,
        client_id: &str,
        change: &ClientChange,
        now: DateTime<Utc>,
    ) -> Result<Option<ClientRecord>> {
        diesel::update(
            clients::table
                .filter(clients::client_id.eq(client_id))
                .filter(clients::version.eq(change.version)),
        )
        .set((
            SettingsRow::from(&change.settings),
            clients::version.eq(clients::version + 1),
            clients::updated_at.eq(now),
        ))
        .returning(ClientRow::as_returning())
        .get_result(self.connection)
        .await
        .optional()?
        .map(TryInto::try_into)
        .transpose()
    }

    /// Lets a client work, or not; `false` when there is no such client.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_active(
        &mut self,
        client_id: &str,
        is_active: bool,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let rows = diesel::update(clients::table.find(client_id))
            .set((
                clients::is_active.eq(is_active),
                clients::version.eq(clients::version + 1),
                clients::updated_at.eq(now),
            ))
            .execute(self.connection)
            .await?;
        Ok(rows == 1)
    }

    /// Removes a client and everything that was granted to it; `false` when there is no such client.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&mut self, client_id: &str) -> Result<bool> {
        let rows = diesel::delete(clients::table.find(client_id))
            .execute(self.connection)
            .await?;
        Ok(rows == 1)
    }
}
