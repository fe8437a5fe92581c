//! What somebody says about their own membership: invitations, leaving, and services of their own.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use bheem_persistence::repo::InvitationRecord;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{dto::FullMemberResponse, ended_or_at_work};
use crate::{
    api::domains::dto::TenantQuery,
    app::App,
    extract::{ApiJson, ApiQuery, CurrentUser, Wait},
    problem::{Answer, Problem},
};

/// A tenant that asks somebody to be a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationResponse {
    /// The tenant.
    pub tenant_id: Uuid,
    /// Its name.
    pub tenant_name: String,
    /// Its name in URLs.
    pub tenant_slug: String,
    /// The role that is offered.
    pub role: &'static str,
    /// Who invites.
    pub invited_by: Option<String>,
    /// When.
    pub invited_at: Option<DateTime<Utc>>,
}

/// Which address the services are at.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ProvisionRequest {
    /// An address on a mail domain of the tenant, or what stands before its `@`; for administrators. The
    /// address that is there already unless told.
    #[serde(alias = "username")]
    pub email: Option<String>,
}

impl From<InvitationRecord> for InvitationResponse {
    fn from(invitation: InvitationRecord) -> Self {
        Self {
            tenant_id: invitation.tenant_id.as_uuid(),
            tenant_name: invitation.tenant_name,
            tenant_slug: invitation.tenant_slug,
            role: invitation.role.as_str(),
            invited_by: invitation.invited_by,
            invited_at: invitation.invited_at,
        }
    }
}

/// Invitations that wait for an answer.
///
/// # Errors
/// 401.
#[utoipa::path(
    get, path = "/api/v1/tenants/invitations", tag = "tenants", security(("bearer" = [])),
    responses((status = 200, body = [InvitationResponse])),
)]
pub async fn list_my_invitations(user: CurrentUser, app: Data<App>) -> Answer {
    let invitations = app.services.my_invitations(user.claims.sub).await?;
    let invitations: Vec<_> = invitations
        .into_iter()
        .map(InvitationResponse::from)
        .collect();
    Ok(HttpResponse::Ok().json(invitations))
}

/// Accepts an invitation, and waits a while for the services.
///
/// # Errors
/// 404 when the tenant does not ask.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenant_id}/members/me/accept", tag = "tenants", security(("bearer" = [])),
    params(Wait, ("tenant_id" = String, Path, description = "Id or slug")),
    responses((status = 200, body = FullMemberResponse), (status = 202, body = FullMemberResponse)),
)]
pub async fn accept_invitation(
    user: CurrentUser,
    app: Data<App>,
    path: Path<String>,
    wait: Wait,
) -> Answer {
    let view = app
        .services
        .accept_invitation(user.actor, &path, wait.0)
        .await?;
    Ok(ended_or_at_work(view.into()))
}

/// Declines an invitation.
///
/// # Errors
/// 404 when the tenant does not ask.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenant_id}/members/me/decline", tag = "tenants", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug")),
    responses((status = 204)),
)]
pub async fn decline_invitation(user: CurrentUser, app: Data<App>, path: Path<String>) -> Answer {
    app.services.decline_invitation(user.actor, &path).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Leaves a tenant. Access ends at once; a run takes the services.
///
/// # Errors
/// 404 for somebody who is not in it, 409 for the last owner.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{tenant_id}/members/me", tag = "tenants", security(("bearer" = [])),
    params(Wait, ("tenant_id" = String, Path, description = "Id or slug")),
    responses((status = 200, body = FullMemberResponse), (status = 202, body = FullMemberResponse)),
)]
pub async fn leave_tenant(
    user: CurrentUser,
    app: Data<App>,
    path: Path<String>,
    wait: Wait,
) -> Answer {
    let view = app.services.leave_tenant(user.actor, &path, wait.0).await?;
    Ok(ended_or_at_work(view.into()))
}

/// Gives whoever asks their services in a tenant: the one that is named, or else the open one they joined first. An
/// administrator chooses an address on a mail domain of the tenant.
///
/// # Errors
/// 403 for somebody who may not choose, 404, 409 when the address is taken, 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/workspace/provision", tag = "workspace", security(("bearer" = [])),
    params(Wait, TenantQuery),
    request_body = ProvisionRequest,
    responses((status = 200, body = FullMemberResponse), (status = 202, body = FullMemberResponse)),
)]
pub async fn provision_workspace(
    user: CurrentUser,
    app: Data<App>,
    wait: Wait,
    ApiQuery(query): ApiQuery<TenantQuery>,
    ApiJson(body): ApiJson<ProvisionRequest>,
) -> Answer {
    let own = app
        .services
        .own_workspace(&user.claims, user.actor.clone(), query.tenant_id.as_deref())
        .await?
        .ok_or_else(|| Problem::not_found("Tenant not found"))?;
    let view = app
        .services
        .provision_services(&own.scope, user.claims.sub, body.email.as_deref(), wait.0)
        .await?;
    Ok(ended_or_at_work(view.into()))
}
