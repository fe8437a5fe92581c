//! What is sent and answered below `/admin/tenants`.

use bheem_persistence::repo::TenantRecord;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::members::dto::OperationLink;

/// Makes a tenant for somebody.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateTenantRequest {
    /// Its name.
    pub name: String,
    /// Its name in URLs.
    pub slug: String,
    /// Free text.
    pub domain: Option<String>,
    /// The owner's address.
    pub owner_email: String,
    /// Code of its plan; `free` unless told.
    pub plan: Option<String>,
}

/// Changes a tenant; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UpdateTenantRequest {
    /// New name.
    pub name: Option<String>,
    /// New free text; `null` clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub domain: Option<Option<String>>,
    /// New plan; platform administrators only.
    pub plan: Option<String>,
    /// Platform administrators only.
    pub is_active: Option<bool>,
    /// Platform administrators only.
    pub is_suspended: Option<bool>,
    /// Why it is suspended; platform administrators only.
    pub suspended_reason: Option<String>,
    /// New settings, an object.
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Value>,
    /// Whether its members must sign in with two factors. Only who has done so can switch it on.
    pub requires_second_factor: Option<bool>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Which tenants are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TenantsQuery {
    /// Found anywhere in name or slug.
    pub search: Option<String>,
    /// On this plan.
    pub plan: Option<String>,
    /// Active or not.
    pub is_active: Option<bool>,
    /// Rows wanted, 1 to 100; 50 unless told.
    pub limit: Option<i64>,
    /// Rows to leave out, up to 10,000.
    pub skip: Option<i64>,
    /// Start behind the row which the header `X-Next-Cursor` of the page before named.
    pub after: Option<String>,
}

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantResponse {
    /// The tenant.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its name in URLs.
    pub slug: String,
    /// Free text.
    pub domain: Option<String>,
    /// Label: the owner's address.
    pub owner_email: String,
    /// Label: the owner's name.
    pub owner_name: Option<String>,
    /// Code of its plan.
    pub plan: String,
    /// Whether it may be used.
    pub is_active: bool,
    /// Whether it was suspended.
    pub is_suspended: bool,
    /// Why.
    pub suspended_reason: Option<String>,
    /// Seats; -1 is unlimited.
    pub max_users: i32,
    /// Seats taken.
    pub user_count: i32,
    /// Hours of meetings a month; -1 is unlimited.
    pub meet_quota_hours: i32,
    /// MiB of files; -1 is unlimited.
    pub docs_quota_mb: i32,
    /// MiB of mail; -1 is unlimited.
    pub mail_quota_mb: i32,
    /// MiB of recordings; -1 is unlimited.
    pub recordings_quota_mb: i32,
    /// Hours of meetings used.
    pub meet_used_hours: f64,
    /// MiB of files used.
    pub docs_used_mb: f64,
    /// MiB of mail used.
    pub mail_used_mb: f64,
    /// MiB of recordings used.
    pub recordings_used_mb: f64,
    /// Settings of its user interface.
    #[schema(value_type = Object)]
    pub settings: Value,
    /// Whether its members must sign in with two factors.
    pub requires_second_factor: bool,
    /// Company code of an ERP.
    pub erp_company_code: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When its trial ends.
    pub trial_ends_at: Option<DateTime<Utc>>,
}

impl From<TenantRecord> for TenantResponse {
    fn from(tenant: TenantRecord) -> Self {
        Self {
            id: tenant.id.as_uuid(),
            name: tenant.name,
            slug: tenant.slug.into(),
            domain: tenant.domain,
            owner_email: tenant.owner_email,
            owner_name: tenant.owner_name,
            plan: tenant.plan.into(),
            is_active: tenant.is_active,
            is_suspended: tenant.is_suspended,
            suspended_reason: tenant.suspended_reason,
            max_users: tenant.quotas.max_users.to_api(),
            user_count: tenant.seat_count,
            meet_quota_hours: tenant.quotas.meet_hours.to_api(),
            docs_quota_mb: tenant.quotas.docs_mb.to_api(),
            mail_quota_mb: tenant.quotas.mail_mb.to_api(),
            recordings_quota_mb: tenant.quotas.recordings_mb.to_api(),
            meet_used_hours: tenant.meet_used_hours,
            docs_used_mb: tenant.docs_used_mb,
            mail_used_mb: tenant.mail_used_mb,
            recordings_used_mb: tenant.recordings_used_mb,
            settings: tenant.settings,
            requires_second_factor: tenant.requires_second_factor,
            erp_company_code: tenant.erp_company_code,
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
            trial_ends_at: tenant.trial_ends_at,
        }
    }
}

/// A tenant was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantDeletedResponse {
    /// What was done.
    pub message: &'static str,
    /// Which tenant.
    pub tenant_id: Uuid,
    /// The operation that closes everybody's services.
    pub operation: Option<OperationLink>,
}

/// A tenant was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantChangedResponse {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantResponse,
    /// The operation that closes or opens everybody's services, when the tenant was closed or opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationLink>,
}
