//! What is sent and answered below `/admin/tenants/{tenant_id}/users`.

use bheem_domain::TenantRole;
use bheem_persistence::{TenantScope, repo::Consent};
use bheem_provisioning::{Outcome, outcome};
use bheem_services::members::MemberView;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::operations::dto::ServiceResponse;

/// Adds a person: by `email`, or by `username` on the tenant's primary domain.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AddUserRequest {
    /// Their address.
    pub email: Option<String>,
    /// What stands before the `@` on the primary domain, or a whole address.
    pub username: Option<String>,
    /// Their name.
    pub name: String,
    /// `member` unless told.
    pub role: Option<String>,
    /// A mailbox, where the address allows one; true unless told.
    pub create_mailbox: Option<bool>,
    /// An invitation by mail; true unless told.
    pub send_welcome_email: Option<bool>,
    /// A private address for the invitation.
    pub personal_email: Option<String>,
}

/// Changes a person; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UpdateUserRequest {
    /// New name.
    pub name: Option<String>,
    /// New address, on a proven mail domain of the tenant; the one before goes on reaching the person.
    pub email: Option<String>,
    /// New role.
    pub role: Option<String>,
    /// New private address; an empty one clears it.
    pub personal_email: Option<String>,
    /// New rights, an object.
    #[schema(value_type = Option<Object>)]
    pub permissions: Option<Value>,
    /// False takes the seat and the services, true gives them back.
    pub is_active: Option<bool>,
}

/// Which people are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// With this role.
    pub role: Option<String>,
    /// Rows wanted, 1 to 100; 50 unless told.
    pub limit: Option<i64>,
    /// Rows to leave out, up to 10,000.
    pub skip: Option<i64>,
    /// Start behind the row which the header `X-Next-Cursor` of the page before named.
    pub after: Option<String>,
}

/// How a removal is meant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RemoveUserQuery {
    /// Delete what the person has, instead of disabling it. Not to be had yet.
    pub delete_data: Option<bool>,
    /// Delete the mailbox. Not to be had yet.
    pub delete_mailbox: Option<bool>,
    /// Delete the account of the identity source. Not to be had yet.
    pub delete_passport: Option<bool>,
}

impl RemoveUserQuery {
    /// The first option that asks for a deletion.
    pub(super) fn deletes(&self) -> Option<&'static str> {
        [
            ("delete_data", self.delete_data),
            ("delete_mailbox", self.delete_mailbox),
            ("delete_passport", self.delete_passport),
        ]
        .into_iter()
        .find_map(|(name, wanted)| (wanted == Some(true)).then_some(name))
    }
}

/// A person in a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct FullMemberResponse {
    /// The membership.
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// The account; the path of this person.
    pub user_id: Uuid,
    /// Name to sign in with.
    pub username: String,
    /// The address in this tenant.
    pub email: String,
    /// A private address.
    pub personal_email: Option<String>,
    /// The person's name.
    pub name: String,
    /// The role in this tenant.
    pub role: &'static str,
    /// Is a member, and may use the tenant.
    pub is_active: bool,
    /// `active`, `invited` (holds a seat and has not answered) or `deactivated`.
    pub status: &'static str,
    /// The tenant manages the account: it alone opens, closes and renames it.
    pub is_managed: bool,
    /// Finer rights.
    #[schema(value_type = Object)]
    pub permissions: Value,
    /// When they were invited.
    pub invited_at: Option<DateTime<Utc>>,
    /// When they came.
    pub joined_at: Option<DateTime<Utc>>,
    /// When the membership was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// `running`, `success`, `partial` or `failed`; absent when nothing was ever given or taken. Of somebody who is
    /// invited, that of the invitation.
    pub provisioning_status: Option<&'static str>,
    /// The services that the person now has; what was only attempted is not among them.
    pub services_provisioned: Vec<&'static str>,
    /// How each service stands.
    pub services: Vec<ServiceResponse>,
    /// What went wrong, by service.
    pub errors: Vec<String>,
    /// The operation behind it.
    pub operation: Option<OperationLink>,
}

/// A person as other members see them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ColleagueResponse {
    /// The account; the path of this person.
    pub user_id: Uuid,
    /// The person's name.
    pub name: String,
    /// The address in this tenant.
    pub email: String,
    /// The role in this tenant.
    pub role: &'static str,
}

/// A person: all of it for administrators and for the person, and what colleagues know for others.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum MemberResponse {
    /// All of it.
    Whole(Box<FullMemberResponse>),
    /// What colleagues know.
    Colleague(ColleagueResponse),
}

impl MemberResponse {
    /// The person as somebody in this scope sees them.
    pub(super) fn seen_by(scope: &TenantScope, view: MemberView) -> Self {
        // Without a role it is a platform administrator.
        let is_admin = scope.role().is_none_or(TenantRole::is_admin);
        if is_admin || scope.actor().account_id == Some(view.member.user_id) {
            return Self::Whole(Box::new(view.into()));
        }
        let member = view.member;
        Self::Colleague(ColleagueResponse {
            user_id: member.user_id.as_uuid(),
            name: member.name,
            email: member.email.to_string(),
            role: member.role.as_str(),
        })
    }
}

/// Where to follow an operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationLink {
    /// The operation.
    pub id: Uuid,
    /// Where it is.
    pub href: String,
}

impl OperationLink {
    pub(crate) fn new(id: Uuid) -> Self {
        Self {
            id,
            href: format!("{}/operations/{id}", crate::routes::PREFIX),
        }
    }
}

impl From<MemberView> for FullMemberResponse {
    fn from(view: MemberView) -> Self {
        let member = view.member;
        let run = view.run.as_ref();
        let outcome = run.map(outcome);
        let mut errors = outcome
            .as_ref()
            .map(|o| o.errors.clone())
            .unwrap_or_default();
        let changing = view.changing.as_ref();
        if let Some(changing) = changing {
            errors.extend(self::outcome(changing).errors);
        }
        Self {
            id: member.id.as_uuid(),
            tenant_id: member.tenant_id.as_uuid(),
            user_id: member.user_id.as_uuid(),
            username: member.username,
            email: member.email.to_string(),
            personal_email: member.personal_email.map(|email| email.to_string()),
            name: member.name,
            role: member.role.as_str(),
            is_active: member.is_active,
            status: match member.consent {
                Consent::Pending => "invited",
                _ if member.is_active => "active",
                _ => "deactivated",
            },
            is_managed: member.is_managed,
            permissions: member.permissions,
            invited_at: member.invited_at,
            joined_at: member.joined_at,
            created_at: member.created_at,
            updated_at: member.updated_at,
            provisioning_status: outcome.as_ref().map(|o| o.status.as_str()),
            services_provisioned: outcome
                .as_ref()
                .map(Outcome::provisioned)
                .unwrap_or_default(),
            services: outcome
                .map(|o| o.services.into_iter().map(Into::into).collect())
                .unwrap_or_default(),
            errors,
            operation: changing.or(run).map(|run| OperationLink::new(run.run_id)),
        }
    }
}
