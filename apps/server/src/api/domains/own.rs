//! `/domains`: for somebody who need not say which tenant.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use bheem_domain::TenantAccess;
use bheem_persistence::{Effect, TenantScope};

use super::{
    domain_id,
    dto::{AddDomainRequest, DomainResponse, TenantQuery, VerifyResponse},
    new_domain,
};
use crate::{
    app::App,
    extract::{Administrator, ApiJson, ApiQuery, CurrentUser, Wait},
    http::idempotency::already_done,
    problem::{Answer, Problem},
};

/// Claims a domain for the tenant that is named, or else for the only one that the caller administers.
///
/// # Errors
/// 403 for somebody who is no admin there, 409 when it is taken, 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/domains", tag = "domains", security(("bearer" = [])),
    params(TenantQuery),
    request_body = AddDomainRequest,
    responses((status = 201, body = DomainResponse), (status = 404)),
)]
pub async fn add_own_domain(
    Administrator(user): Administrator,
    app: Data<App>,
    ApiQuery(query): ApiQuery<TenantQuery>,
    ApiJson(body): ApiJson<AddDomainRequest>,
) -> Answer {
    let tenant = match query.tenant_id.or_else(|| body.tenant_id.clone()) {
        Some(tenant) => tenant,
        None => only_tenant(&app, &user).await?,
    };
    let scope = administer(&app, &user, &tenant).await?;
    let view = app.services.add_domain(&scope, new_domain(body)?).await?;
    Ok(HttpResponse::Created().json(DomainResponse::from(view)))
}

/// Looks at the DNS for a domain of a tenant that the caller administers.
///
/// # Errors
/// 404 also when it is somebody else's, 409 when somebody else has proven it.
#[utoipa::path(
    post, path = "/api/v1/domains/{domain_id}/verify", tag = "domains", security(("bearer" = [])),
    params(Wait, ("domain_id" = uuid::Uuid, Path)),
    responses((status = 200, body = VerifyResponse)),
)]
pub async fn verify_own_domain(
    Administrator(user): Administrator,
    app: Data<App>,
    path: Path<String>,
    wait: Wait,
) -> Answer {
    let id = domain_id(&path)?;
    let tenant = app.services.tenant_of_domain(id).await?;
    let scope = administer(&app, &user, &tenant.to_string())
        .await
        // Whose it is, is nobody else's business.
        .map_err(|problem| problem.or_not_found("Domain not found"))?;
    let verified = app.services.verify_domain(&scope, id, wait.0).await?;
    Ok(HttpResponse::Ok().json(VerifyResponse::from(verified)))
}

/// The domain that a request before has claimed.
pub(super) async fn recover_domain(request: HttpRequest, effect: Effect) -> Answer {
    let (Some(id), Some(tenant)) = (effect.id, effect.tenant_id) else {
        return Err(already_done(&effect));
    };
    let (app, user) = (App::of(&request), CurrentUser::of(&request).await?);
    let scope = administer(app, &user, &tenant.to_string()).await?;
    let view = app.services.domain(&scope, id.into()).await?;
    Ok(HttpResponse::Created().json(DomainResponse::from(view)))
}

async fn only_tenant(app: &App, user: &CurrentUser) -> Result<String, Problem> {
    let mut administered = app
        .services
        .my_tenants(&user.claims)
        .await?
        .into_iter()
        .filter(|membership| membership.role.is_admin());
    match (administered.next(), administered.next()) {
        (Some(only), None) => Ok(only.tenant.id.to_string()),
        (None, _) => Err(Problem::forbidden("You must be an admin of this workspace")),
        (Some(_), Some(_)) => Err(Problem::invalid(
            "tenant_id",
            "is needed, as you administer several workspaces",
        )),
    }
}

async fn administer(app: &App, user: &CurrentUser, tenant: &str) -> Result<TenantScope, Problem> {
    let entry = app
        .services
        .enter_tenant(tenant, &user.claims, user.actor.clone())
        .await?;
    match (entry.access, entry.scope()) {
        (TenantAccess::SuperAdmin | TenantAccess::Admin(_), Some(scope)) => Ok(scope.clone()),
        (TenantAccess::Member(_), _) => {
            Err(Problem::forbidden("You must be an admin of this workspace"))
        }
        (TenantAccess::Suspended, _) => Err(Problem::forbidden("This workspace is suspended")),
        _ => Err(Problem::not_found("Tenant not found")),
    }
}
