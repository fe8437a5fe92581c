//! What is sent and answered below `/admin/accounts`.

use bheem_domain::{AccountId, PlatformRole};
use bheem_persistence::repo::{AccountRecord, NameCollision};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccountsQuery {
    /// What the name, the address or the person's name begins with.
    pub search: Option<String>,
    /// The role on the platform.
    pub role: Option<String>,
    /// Whether they may sign in.
    pub is_active: Option<bool>,
    /// 1 to 100; 50 unless told.
    pub limit: Option<i64>,
    /// Rows to leave out.
    pub skip: Option<i64>,
    /// The `X-Next-Cursor` of the page before.
    pub after: Option<String>,
}

/// What to change.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UpdateAccountRequest {
    /// The role on the platform.
    pub role: Option<String>,
    /// Whether the account may sign in.
    pub is_active: Option<bool>,
    /// Ends every session and all that applications were granted.
    #[serde(default)]
    pub end_sessions: bool,
    /// Voids the password and sends a link that sets a new one; ends sessions and grants, too.
    #[serde(default)]
    pub require_new_password: bool,
}

/// An account, as administration sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountResponse {
    /// The account.
    #[schema(value_type = Uuid)]
    pub id: AccountId,
    /// Name to sign in with.
    pub username: String,
    /// The name until somebody else proved that it is their address.
    pub former_username: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Whether the address is proven.
    pub email_verified: bool,
    /// The person's name.
    pub name: Option<String>,
    /// Role on the platform.
    #[schema(value_type = String)]
    pub role: PlatformRole,
    /// Whether the account may sign in.
    pub is_active: bool,
    /// Where it comes from: `registered`, `invited`, `bootstrap`, `passport` or `erp_database`.
    pub origin: &'static str,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A name that a person of an identity source and an account of ours both have.
#[derive(Debug, Serialize, ToSchema)]
pub struct NameCollisionResponse {
    /// The source: `passport` or `erp_database`.
    pub source: String,
    /// The source's own id of its person.
    pub subject: String,
    /// The name.
    pub name: String,
    /// The account that was here before.
    #[schema(value_type = Uuid)]
    pub account_id: AccountId,
    /// The account of the person of the source.
    #[schema(value_type = Uuid)]
    pub mirrored_id: AccountId,
    /// When it was first noticed.
    pub created_at: DateTime<Utc>,
    /// When it was last noticed.
    pub seen_at: DateTime<Utc>,
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NameCollisionsQuery {
    /// 1 to 100; 50 unless told.
    pub limit: Option<i64>,
    /// Rows to leave out.
    pub skip: Option<i64>,
    /// The `X-Next-Cursor` of the page before.
    pub after: Option<String>,
}

impl From<NameCollision> for NameCollisionResponse {
    fn from(collision: NameCollision) -> Self {
        Self {
            source: collision.source,
            subject: collision.subject,
            name: collision.name,
            account_id: collision.account_id,
            mirrored_id: collision.mirrored_id,
            created_at: collision.created_at,
            seen_at: collision.seen_at,
        }
    }
}

impl From<AccountRecord> for AccountResponse {
    fn from(account: AccountRecord) -> Self {
        Self {
            id: account.id,
            email: account.email.as_ref().map(ToString::to_string),
            email_verified: account.email_verified_at.is_some(),
            username: account.username,
            former_username: account.former_username,
            name: account.full_name,
            role: account.role,
            is_active: account.is_active,
            origin: account.origin.as_str(),
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}
