//! People of the tenant in the path. What counts is the row of their membership at this moment, not
//! what a token says.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use bheem_domain::TenantAccess;
use bheem_identity::Authenticated;
use bheem_persistence::{
    TenantScope,
    repo::{TenantEntry, TenantRecord},
};
use futures::future::LocalBoxFuture;

use super::{Access, CurrentUser, Guard, step_up, super_admin::audit_read};
use crate::{app::App, problem::Problem};

/// Name of the path's part that names the tenant, by id or slug.
const SEGMENT: &str = "tenant_id";

/// A member of the tenant.
#[derive(Debug, Clone)]
pub struct TenantMember {
    /// The right to work in it.
    pub scope: TenantScope,
    /// The tenant.
    pub tenant: TenantRecord,
}

/// An owner or admin of the tenant.
#[derive(Debug, Clone)]
pub struct TenantAdmin {
    /// The right to work in it.
    pub scope: TenantScope,
    /// The tenant.
    pub tenant: TenantRecord,
    claims: Authenticated,
}

impl TenantAdmin {
    /// Whether this very sign-in took two factors.
    ///
    /// # Errors
    /// 401 asking for one that does.
    pub fn has_second_factor(&self) -> Result<(), Problem> {
        step_up::second_factor(&self.claims)
    }
}

async fn enter(request: &HttpRequest) -> Result<(TenantEntry, Authenticated), Problem> {
    let user = CurrentUser::of(request).await?;
    let segment = request.match_info().get(SEGMENT).unwrap_or_default();
    let entry = App::of(request)
        .services
        .enter_tenant(segment, &user.claims, user.actor.clone())
        .await?;
    if entry.access == TenantAccess::SuperAdmin {
        audit_read(request, &user).await;
    }
    Ok((entry, user.claims))
}

fn admit(entry: TenantEntry) -> Result<(TenantScope, TenantRecord), Problem> {
    match (entry.access, entry.scope()) {
        (_, Some(scope)) => Ok((scope.clone(), entry.tenant)),
        (TenantAccess::Suspended, None) => Err(Problem::forbidden("This workspace is suspended")),
        // To a stranger a tenant does not exist.
        (_, None) => Err(Problem::not_found("Tenant not found")),
    }
}

impl FromRequest for TenantMember {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (entry, _) = enter(&request).await?;
            let (scope, tenant) = admit(entry)?;
            Ok(Self { scope, tenant })
        })
    }
}

impl FromRequest for TenantAdmin {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (entry, claims) = enter(&request).await?;
            if matches!(entry.access, TenantAccess::Member(_)) {
                return Err(Problem::forbidden("You must be an admin of this workspace"));
            }
            let (scope, tenant) = admit(entry)?;
            step_up::for_administration(&request, &claims)?;
            Ok(Self {
                scope,
                tenant,
                claims,
            })
        })
    }
}

impl Guard for TenantMember {
    const ACCESS: Access = Access::TenantMember;
}

impl Guard for TenantAdmin {
    const ACCESS: Access = Access::TenantAdmin;
}
