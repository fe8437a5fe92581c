//! `/admin/tenants`.

pub mod dto;

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, http::header, web::Data};
use bheem_domain::PlanCode;
use bheem_persistence::{Cursor, Effect, repo::TenantFilter};
use bheem_saga::RunView;
use bheem_services::tenants::{CreateTenant, UpdateTenant};

use self::dto::{
    CreateTenantRequest, TenantChangedResponse, TenantDeletedResponse, TenantResponse,
    TenantsQuery, UpdateTenantRequest,
};
use super::{
    members::dto::OperationLink,
    paged::{page, paged},
};
use crate::{
    app::App,
    extract::{ApiJson, ApiQuery, CurrentUser, SuperAdmin, TenantAdmin, TenantMember, Wait},
    http::door::Recovery,
    problem::Answer,
    routes::{Table, routes},
};

const REDO: Recovery = Recovery::By(|request, effect| Box::pin(recover_tenant(request, effect)));

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        guarded list_tenants,
        guarded create_tenant => REDO,
        guarded get_tenant,
        guarded update_tenant,
        guarded delete_tenant,
    );
}

/// All tenants, newest first.
///
/// # Errors
/// 401, 403, 422 naming the field.
#[utoipa::path(
    get, path = "/api/v1/admin/tenants", tag = "admin: tenants", security(("bearer" = [])),
    params(TenantsQuery),
    responses(
        (
            status = 200,
            body = [TenantResponse],
            headers(("X-Next-Cursor" = String, description = "Goes into `after`")),
        ),
    ),
)]
pub async fn list_tenants(
    admin: SuperAdmin,
    app: Data<App>,
    ApiQuery(query): ApiQuery<TenantsQuery>,
) -> Answer {
    let page = page(query.limit, query.skip, query.after.as_deref())?;
    let filter = TenantFilter {
        search: query.search,
        plan: query.plan.as_deref().map(PlanCode::parse).transpose()?,
        is_active: query.is_active,
    };
    let tenants = app
        .services
        .list_tenants(&admin.scope, &filter, &page)
        .await?;
    Ok(paged(
        tenants,
        &page,
        |tenant| Cursor {
            created_at: tenant.created_at,
            id: tenant.id.as_uuid(),
        },
        TenantResponse::from,
    ))
}

/// Makes a tenant for somebody; they become its owner, invited if unknown.
///
/// # Errors
/// 409 when the slug is taken, 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/admin/tenants", tag = "admin: tenants", security(("bearer" = [])),
    request_body = CreateTenantRequest,
    responses((status = 201, body = TenantResponse)),
)]
pub async fn create_tenant(
    admin: SuperAdmin,
    app: Data<App>,
    ApiJson(body): ApiJson<CreateTenantRequest>,
) -> Answer {
    let tenant = app
        .services
        .create_tenant(
            &admin.scope,
            CreateTenant {
                name: body.name,
                slug: body.slug,
                domain: body.domain,
                owner_email: body.owner_email,
                plan: body.plan.unwrap_or_else(|| "free".to_owned()),
            },
        )
        .await?;
    // The owner was counted after the row was written.
    let response = TenantResponse {
        user_count: 1,
        ..tenant.into()
    };
    Ok(HttpResponse::Created().json(response))
}

/// The tenant that a request before has made.
async fn recover_tenant(request: HttpRequest, effect: Effect) -> Answer {
    let user = CurrentUser::of(&request).await?;
    let id = effect.id.unwrap_or_default().to_string();
    let services = &App::of(&request).services;
    let entry = services.enter_tenant(&id, &user.claims, user.actor).await?;
    Ok(HttpResponse::Created().json(TenantResponse::from(entry.tenant)))
}

/// One tenant, for its members.
///
/// # Errors
/// 404 also when it is somebody else's.
#[utoipa::path(
    get, path = "/api/v1/admin/tenants/{tenant_id}", tag = "admin: tenants", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug")),
    responses((status = 200, body = TenantResponse)),
)]
pub async fn get_tenant(member: TenantMember) -> Answer {
    std::future::ready(Ok(
        HttpResponse::Ok().json(TenantResponse::from(member.tenant))
    ))
    .await
}

/// Changes a tenant. Plan and state are for platform administrators. Suspending it closes everybody's services, and
/// lifting that opens them again: waits a while for it (`Prefer: wait=N`), 202 with the operation when it goes on.
///
/// # Errors
/// 403, 404, 422 naming the field.
#[utoipa::path(
    patch, path = "/api/v1/admin/tenants/{tenant_id}", tag = "admin: tenants", security(("bearer" = [])),
    params(Wait, ("tenant_id" = String, Path, description = "Id or slug")),
    request_body = UpdateTenantRequest,
    responses((status = 200, body = TenantChangedResponse), (status = 202, body = TenantChangedResponse)),
)]
pub async fn update_tenant(
    admin: TenantAdmin,
    app: Data<App>,
    wait: Wait,
    ApiJson(body): ApiJson<UpdateTenantRequest>,
) -> Answer {
    if body.requires_second_factor == Some(true) {
        admin.has_second_factor()?;
    }
    let view = app
        .services
        .update_tenant(
            &admin.scope,
            UpdateTenant {
                name: body.name,
                domain: body.domain,
                plan: body.plan,
                is_active: body.is_active,
                is_suspended: body.is_suspended,
                suspended_reason: body.suspended_reason,
                settings: body.settings,
                requires_second_factor: body.requires_second_factor,
            },
            wait.0,
        )
        .await?;
    Ok(followed(view.run.as_ref()).json(TenantChangedResponse {
        operation: view.run.map(|run| OperationLink::new(run.run_id)),
        tenant: view.tenant.into(),
    }))
}

/// Deletes a tenant: nobody gets in any more. Then everybody's services are closed, and its domains can be claimed
/// again. Waits a while for it (`Prefer: wait=N`): 200 when it ended, 202 with the operation when it goes on. The slug
/// is given to nobody for 90 days.
///
/// # Errors
/// 403 for everybody but platform administrators, 404.
#[utoipa::path(
    delete, path = "/api/v1/admin/tenants/{tenant_id}", tag = "admin: tenants", security(("bearer" = [])),
    params(Wait, ("tenant_id" = String, Path, description = "Id or slug")),
    responses((status = 200, body = TenantDeletedResponse), (status = 202, body = TenantDeletedResponse)),
)]
pub async fn delete_tenant(admin: TenantAdmin, app: Data<App>, wait: Wait) -> Answer {
    let run = app.services.delete_tenant(&admin.scope, wait.0).await?;
    Ok(followed(run.as_ref()).json(TenantDeletedResponse {
        message: "Tenant deleted",
        tenant_id: admin.tenant.id.as_uuid(),
        operation: run.map(|run| OperationLink::new(run.run_id)),
    }))
}

/// 200, or 202 with the place of the operation that goes on.
fn followed(run: Option<&RunView>) -> HttpResponseBuilder {
    match run.filter(|run| !run.is_settled()) {
        Some(run) => {
            let mut response = HttpResponse::Accepted();
            let link = OperationLink::new(run.run_id);
            response.insert_header((header::LOCATION, link.href));
            response
        }
        None => HttpResponse::Ok(),
    }
}
