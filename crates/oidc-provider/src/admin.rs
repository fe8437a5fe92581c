//! Administration of clients: by the platform for all of them, by a tenant for its own.
//!
//! A tenant's administrators see and make clients of their tenant only. Such a client is bound to the
//! tenant, is never one of our own products, and has no audiences and scopes but those that the platform
//! gave it; the database refuses what the code would let through.
//! Every change is in the activity log.

use std::time::Duration;

use bheem_domain::{AccountId, Invalid, TenantId};
use bheem_persistence::{
    SystemScope, SystemTx, TenantScope, TenantTx,
    repo::{
        Activity, ClientAuthMethod, ClientChange, ClientCursor, ClientRecord, ClientSecrets,
        ClientSettings, Clients, InitialAccessTokens, NewClient, NewInitialAccessToken,
        TenantClients,
    },
};
use bheem_vault::token;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{
    Error, Provider,
    client::is_client_id,
    registration::{check, new_secret},
    scope,
};

/// Who administers, and so which clients there are.
#[derive(Debug, Clone, Copy)]
pub enum ClientScope<'a> {
    /// The platform: all clients.
    Platform(&'a SystemScope),
    /// A tenant: its own.
    Tenant(&'a TenantScope),
}

/// A client that is to be made.
#[derive(Debug, Clone)]
pub struct NewClientRequest {
    /// Its public name; made up when there is none.
    pub client_id: Option<String>,
    /// What is decided about it; [`crate::default_settings`] to begin with.
    pub settings: ClientSettings,
    /// The tenants whose members may sign in, when it is bound. A tenant's client has its own.
    pub tenants: Vec<TenantId>,
}

/// A client with its secret, which is shown this once.
#[derive(Debug, Clone)]
pub struct CreatedClient {
    /// The client.
    pub record: ClientRecord,
    /// Its secret, if it has one.
    pub secret: Option<SecretString>,
}

/// A token that lets clients register themselves; it is shown this once.
#[derive(Debug, Clone)]
pub struct CreatedInitialAccessToken {
    /// The token.
    pub token: SecretString,
    /// How many clients may register with it.
    pub uses: i32,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

/// Why something was not administered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// A field is not acceptable.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such client, or it is another tenant's.
    #[error("Client not found")]
    NotFound,
    /// The public name is taken.
    #[error("Client id already exists")]
    Taken,
    /// Somebody else has changed it since it was read.
    #[error("The client has changed in the meantime")]
    Conflict,
    /// Only administrators of a tenant may.
    #[error("You must be an admin of this workspace")]
    Forbidden,
    /// Something failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<bheem_persistence::Error> for AdminError {
    fn from(error: bheem_persistence::Error) -> Self {
        Self::Failed(error.into())
    }
}

type AdminResult<T> = std::result::Result<T, AdminError>;

/// A transaction of either kind.
enum Tx {
    Platform(SystemTx),
    Tenant(TenantTx),
}

macro_rules! either {
    ($($(#[$doc:meta])* $name:ident -> $repo:ty;)*) => {$(
        fn $name(&mut self) -> $repo {
            match self {
                Self::Platform(tx) => tx.$name(),
                Self::Tenant(tx) => tx.$name(),
            }
        }
    )*};
}

impl Tx {
    either! {
        clients -> Clients<'_>;
        client_secrets -> ClientSecrets<'_>;
        tenant_clients -> TenantClients<'_>;
        initial_access_tokens -> InitialAccessTokens<'_>;
    }

    fn activity(&mut self, tenant_id: Option<TenantId>) -> Activity<'_> {
        match self {
            Self::Platform(tx) => tx.activity(tenant_id),
            Self::Tenant(tx) => tx.activity(),
        }
    }

    async fn note(&mut self, record: &ClientRecord, action: &str, what: &str) -> AdminResult<()> {
        let metadata = json!({ "client_id": record.client_id, "name": record.settings.name });
        self.activity(record.tenant_id)
            .record(action, None, what, Some(metadata))
            .await?;
        Ok(())
    }

    async fn commit(self) -> AdminResult<()> {
        match self {
            Self::Platform(tx) => tx.commit().await?,
            Self::Tenant(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// People see the name of a client where they sign in; one that a tenant, or anybody, made must not pass for
/// the platform's own.
pub(crate) fn require_foreign_name(field: &'static str, name: &str) -> Result<(), Invalid> {
    if bheem_domain::looks_like_platform(name) {
        return Err(Invalid::new(
            field,
            "looks like a name of the platform itself",
        ));
    }
    Ok(())
}

impl ClientScope<'_> {
    fn tenant_id(&self) -> Option<TenantId> {
        match self {
            Self::Platform(_) => None,
            Self::Tenant(scope) => Some(scope.tenant_id()),
        }
    }

    fn account_id(&self) -> Option<AccountId> {
        match self {
            Self::Platform(scope) => scope.actor().account_id,
            Self::Tenant(scope) => scope.actor().account_id,
        }
    }

    /// What a tenant cannot decide about its clients: more than the platform has given them. An
    /// audience or a scope of one's own choosing would open other people's services.
    fn confine(
        &self,
        settings: &mut ClientSettings,
        before: Option<&ClientSettings>,
    ) -> AdminResult<()> {
        if matches!(self, Self::Tenant(_)) {
            let refused = |field| Err(Invalid::new(field, "is for the platform to decide").into());
            if settings.is_first_party && !before.is_some_and(|before| before.is_first_party) {
                return refused("is_first_party");
            }
            let has = |list: fn(&ClientSettings) -> &Vec<String>, word: &String| {
                before.is_some_and(|before| list(before).contains(word))
            };
            if !settings
                .resources
                .iter()
                .all(|resource| has(|s| &s.resources, resource))
            {
                return refused("resources");
            }
            let is_open = |scope: &String| {
                scope::IDENTITY.contains(&scope.as_str()) || has(|s| &s.scopes, scope)
            };
            if !settings.scopes.iter().all(is_open) {
                return refused("scope");
            }
            let keeps_its_name = before.is_some_and(|before| before.name == settings.name);
            if !keeps_its_name {
                require_foreign_name("name", &settings.name)?;
            }
            settings.is_bound = true;
        }
        Ok(check(settings)?)
    }
}

impl Provider {
    /// Makes a client.
    ///
    /// # Errors
    /// [`AdminError::Invalid`] naming the field, [`AdminError::Taken`].
    pub async fn create_client(
        &self,
        scope: ClientScope<'_>,
        request: NewClientRequest,
    ) -> AdminResult<CreatedClient> {
        let mut settings = request.settings;
        scope.confine(&mut settings, None)?;
        let client_id = match request.client_id {
            None => self.inner.clock.new_uuid().to_string(),
            Some(id) if is_plain(&id) => {
                if matches!(scope, ClientScope::Tenant(_)) {
                    require_foreign_name("client_id", &id)?;
                }
                id
            }
            Some(_) => {
                let why = "must be 3 to 128 letters, digits, dots, hyphens or underscores";
                return Err(Invalid::new("client_id", why).into());
            }
        };
        let now = self.inner.clock.now();
        let mut tx = self.open(scope).await?;
        let new = NewClient {
            client_id,
            tenant_id: scope.tenant_id(),
            settings,
            registration_token_hash: None,
            created_at: now,
        };
        let record = match tx.clients().insert(&new).await {
            Err(error) if error.is_duplicate_of("clients_pkey") => return Err(AdminError::Taken),
            record => record?,
        };
        let tenants = match scope.tenant_id() {
            Some(own) => vec![own],
            None => request.tenants,
        };
        bind(&mut tx, &record.client_id, &tenants, now).await?;
        let secret = if record.settings.auth_method.has_secret() {
            let (secret, row) = new_secret(self, &record.client_id)?;
            tx.client_secrets().insert(&row).await?;
            Some(secret)
        } else {
            None
        };
        tx.note(&record, "oidc.client_created", "Client created")
            .await?;
        tx.commit().await?;
        Ok(CreatedClient { record, secret })
    }

    /// A page of clients, newest first, and where the next begins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clients(
        &self,
        scope: ClientScope<'_>,
        after: Option<&ClientCursor>,
        limit: i64,
    ) -> AdminResult<(Vec<ClientRecord>, Option<ClientCursor>)> {
        let limit = limit.clamp(1, 100);
        let mut tx = self.open(scope).await?;
        let tenant_id = scope.tenant_id();
        let mut page = tx.clients().list(tenant_id, after, limit + 1).await?;
        tx.commit().await?;
        let wanted = usize::try_from(limit).unwrap_or(1);
        let has_more = page.len() > wanted;
        page.truncate(wanted);
        let next = page.last().filter(|_| has_more).map(|last| ClientCursor {
            created_at: last.created_at,
            client_id: last.client_id.clone(),
        });
        Ok((page, next))
    }

    /// A client.
    ///
    /// # Errors
    /// [`AdminError::NotFound`].
    pub async fn client(&self, scope: ClientScope<'_>, id: &str) -> AdminResult<ClientRecord> {
        let mut tx = self.open(scope).await?;
        let record = find(&mut tx, id).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Changes a client. `tenants`, when it is there, are those whose members may sign in from now on;
    /// a tenant cannot change them.
    ///
    /// # Errors
    /// [`AdminError::Invalid`], [`AdminError::NotFound`]; [`AdminError::Conflict`] when it has another
    /// version by now.
    pub async fn update_client(
        &self,
        scope: ClientScope<'_>,
        id: &str,
        mut change: ClientChange,
        tenants: Option<Vec<TenantId>>,
    ) -> AdminResult<ClientRecord> {
        let now = self.inner.clock.now();
        let mut tx = self.open(scope).await?;
        let before = find(&mut tx, id).await?;
        scope.confine(&mut change.settings, Some(&before.settings))?;
        if change.settings.auth_method == ClientAuthMethod::None
            && before.settings.auth_method != ClientAuthMethod::None
        {
            tx.client_secrets().expire(id, None, now).await?;
        }
        let changed = tx.clients().update(id, &change, now).await?;
        let record = changed.ok_or(AdminError::Conflict)?;
        if let (Some(tenants), ClientScope::Platform(_)) = (tenants, scope) {
            tx.tenant_clients().keep_only(id, &tenants).await?;
            bind(&mut tx, id, &tenants, now).await?;
        }
        tx.note(&record, "oidc.client_updated", "Client changed")
            .await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Lets a client work, or not.
    ///
    /// # Errors
    /// [`AdminError::NotFound`].
    pub async fn set_client_active(
        &self,
        scope: ClientScope<'_>,
        id: &str,
        is_active: bool,
    ) -> AdminResult<ClientRecord> {
        let now = self.inner.clock.now();
        let mut tx = self.open(scope).await?;
        find(&mut tx, id).await?;
        tx.clients().set_active(id, is_active, now).await?;
        let record = find(&mut tx, id).await?;
        let (action, what) = if is_active {
            ("oidc.client_enabled", "Client enabled")
        } else {
            ("oidc.client_disabled", "Client disabled")
        };
        tx.note(&record, action, what).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Gives a client a new secret; those before stay good for `grace`.
    ///
    /// # Errors
    /// [`AdminError::NotFound`]; [`AdminError::Invalid`] when it authenticates without one.
    pub async fn rotate_client_secret(
        &self,
        scope: ClientScope<'_>,
        id: &str,
        grace: Duration,
    ) -> AdminResult<CreatedClient> {
        let now = self.inner.clock.now();
        let mut tx = self.open(scope).await?;
        let record = find(&mut tx, id).await?;
        if !record.settings.auth_method.has_secret() {
            let why = "the client has no secret";
            return Err(Invalid::new("token_endpoint_auth_method", why).into());
        }
        let (secret, row) = new_secret(self, id)?;
        tx.client_secrets().insert(&row).await?;
        let until = now + TimeDelta::from_std(grace).unwrap_or_default();
        tx.client_secrets().expire(id, Some(row.id), until).await?;
        tx.note(
            &record,
            "oidc.client_secret_rotated",
            "Client secret rotated",
        )
        .await?;
        tx.commit().await?;
        Ok(CreatedClient {
            record,
            secret: Some(secret),
        })
    }

    /// Removes a client, and with it everything that was granted to it.
    ///
    /// # Errors
    /// [`AdminError::NotFound`].
    pub async fn remove_client(&self, scope: ClientScope<'_>, id: &str) -> AdminResult<()> {
        let mut tx = self.open(scope).await?;
        let record = find(&mut tx, id).await?;
        tx.clients().remove(id).await?;
        tx.note(&record, "oidc.client_removed", "Client removed")
            .await?;
        tx.commit().await
    }

    /// Makes a token that lets `uses` clients register themselves within `life`.
    ///
    /// # Errors
    /// [`AdminError::Invalid`].
    pub async fn create_initial_access_token(
        &self,
        scope: ClientScope<'_>,
        uses: i32,
        life: Duration,
    ) -> AdminResult<CreatedInitialAccessToken> {
        if !(1..=1_000).contains(&uses) {
            return Err(Invalid::new("uses", "must be 1 to 1000").into());
        }
        if life.is_zero() || life > Duration::from_hours(24 * 90) {
            return Err(Invalid::new("life", "must be at most 90 days").into());
        }
        let token = token::generate().map_err(Error::from)?;
        let now = self.inner.clock.now();
        let expires_at = now + TimeDelta::from_std(life).unwrap_or_default();
        let mut tx = self.open(scope).await?;
        tx.initial_access_tokens()
            .insert(&NewInitialAccessToken {
                id: self.inner.clock.new_uuid(),
                tenant_id: scope.tenant_id(),
                token_hash: token::hash(token.expose_secret().as_bytes()),
                created_by: scope.account_id(),
                uses,
                created_at: now,
                expires_at,
            })
            .await?;
        tx.activity(scope.tenant_id())
            .record(
                "oidc.initial_access_token_created",
                None,
                "Initial access token created",
                Some(json!({ "uses": uses })),
            )
            .await?;
        tx.commit().await?;
        Ok(CreatedInitialAccessToken {
            token,
            uses,
            expires_at,
        })
    }

    async fn open(&self, scope: ClientScope<'_>) -> AdminResult<Tx> {
        Ok(match scope {
            ClientScope::Platform(scope) => Tx::Platform(self.inner.database.system(scope).await?),
            ClientScope::Tenant(scope) => {
                // Without a role it is a platform administrator.
                if scope.role().is_some_and(|role| !role.is_admin()) {
                    return Err(AdminError::Forbidden);
                }
                Tx::Tenant(self.inner.database.tenant(scope).await?)
            }
        })
    }
}

async fn find(tx: &mut Tx, id: &str) -> AdminResult<ClientRecord> {
    if !is_client_id(id) {
        return Err(AdminError::NotFound);
    }
    tx.clients().find(id).await?.ok_or(AdminError::NotFound)
}

async fn bind(
    tx: &mut Tx,
    client_id: &str,
    tenants: &[TenantId],
    now: DateTime<Utc>,
) -> AdminResult<()> {
    for tenant in tenants {
        match tx.tenant_clients().insert(*tenant, client_id, now).await {
            Err(bheem_persistence::Error::NotFound { .. }) => {
                return Err(Invalid::new("tenants", "has one that does not exist").into());
            }
            bound => bound?,
        }
    }
    Ok(())
}

/// Whether a text can be a public name that somebody chose: one that looks the same everywhere.
fn is_plain(id: &str) -> bool {
    (3..=128).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}
