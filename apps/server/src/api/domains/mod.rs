//! Domains of a tenant: below the tenant, and for people who administer just one.

pub mod dto;
pub mod own;

use actix_web::{
    HttpResponse,
    http::header,
    web::{Data, Path},
};
use bheem_domain::DomainId;
use bheem_persistence::repo::DomainType;
use bheem_saga::RunState;
use bheem_services::domains::{AddDomain, UpdateDomain};

use self::dto::{
    AddDomainRequest, DnsRecordResponse, DomainResponse, UpdateDomainRequest, VerifyResponse,
};
use crate::{
    api::members::dto::OperationLink,
    app::App,
    extract::{ApiJson, TenantAdmin, TenantMember, Wait},
    http::door::Recovery,
    problem::{Answer, Problem},
    routes::{Table, routes},
};

const REDO: Recovery =
    Recovery::By(|request, effect| Box::pin(own::recover_domain(request, effect)));

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        guarded list_domains,
        guarded add_domain => REDO,
        guarded get_domain,
        guarded update_domain,
        guarded remove_domain,
        guarded list_dns_records,
        guarded verify_domain => Recovery::Again,
        guarded own::add_own_domain => REDO,
        guarded own::verify_own_domain => Recovery::Again,
    );
}

/// The domains of a tenant.
///
/// # Errors
/// 404 when the tenant is somebody else's.
#[utoipa::path(
    get, path = "/api/v1/admin/tenants/{tenant_id}/domains", tag = "admin: domains", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug")),
    responses((status = 200, body = [DomainResponse])),
)]
pub async fn list_domains(member: TenantMember, app: Data<App>) -> Answer {
    let domains = app.services.list_domains(&member.scope).await?;
    let domains: Vec<_> = domains.into_iter().map(DomainResponse::from).collect();
    Ok(HttpResponse::Ok().json(domains))
}

/// Claims a domain and says which records prove it. A claim bars nobody else until it is proven.
///
/// # Errors
/// 409 when it is here already or somebody has proven it, 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/admin/tenants/{tenant_id}/domains", tag = "admin: domains", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug")),
    request_body = AddDomainRequest,
    responses((status = 201, body = DomainResponse)),
)]
pub async fn add_domain(
    admin: TenantAdmin,
    app: Data<App>,
    ApiJson(body): ApiJson<AddDomainRequest>,
) -> Answer {
    let view = app
        .services
        .add_domain(&admin.scope, new_domain(body)?)
        .await?;
    Ok(HttpResponse::Created().json(DomainResponse::from(view)))
}

/// One domain.
///
/// # Errors
/// 404 also when it is another tenant's.
#[utoipa::path(
    get, path = "/api/v1/admin/tenants/{tenant_id}/domains/{domain_id}",
    tag = "admin: domains", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug"), ("domain_id" = uuid::Uuid, Path)),
    responses((status = 200, body = DomainResponse)),
)]
pub async fn get_domain(
    member: TenantMember,
    app: Data<App>,
    path: Path<(String, String)>,
) -> Answer {
    let view = app
        .services
        .domain(&member.scope, domain_id(&path.1)?)
        .await?;
    Ok(HttpResponse::Ok().json(DomainResponse::from(view)))
}

/// The records a domain is expected to carry.
///
/// # Errors
/// 404 also when it is another tenant's.
#[utoipa::path(
    get, path = "/api/v1/admin/tenants/{tenant_id}/domains/{domain_id}/dns-records",
    tag = "admin: domains", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug"), ("domain_id" = uuid::Uuid, Path)),
    responses((status = 200, body = [DnsRecordResponse])),
)]
pub async fn list_dns_records(
    member: TenantMember,
    app: Data<App>,
    path: Path<(String, String)>,
) -> Answer {
    let view = app
        .services
        .domain(&member.scope, domain_id(&path.1)?)
        .await?;
    let records: Vec<_> = view
        .records
        .into_iter()
        .map(DnsRecordResponse::from)
        .collect();
    Ok(HttpResponse::Ok().json(records))
}

/// Changes a domain.
///
/// # Errors
/// 404 also when it is another tenant's.
#[utoipa::path(
    patch, path = "/api/v1/admin/tenants/{tenant_id}/domains/{domain_id}",
    tag = "admin: domains", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug"), ("domain_id" = uuid::Uuid, Path)),
    request_body = UpdateDomainRequest,
    responses((status = 200, body = DomainResponse)),
)]
pub async fn update_domain(
    admin: TenantAdmin,
    app: Data<App>,
    path: Path<(String, String)>,
    ApiJson(body): ApiJson<UpdateDomainRequest>,
) -> Answer {
    let update = UpdateDomain {
        is_primary: body.is_primary,
    };
    let view = app
        .services
        .update_domain(&admin.scope, domain_id(&path.1)?, update)
        .await?;
    Ok(HttpResponse::Ok().json(DomainResponse::from(view)))
}

/// Removes a domain. Accounts that the tenant manages on it are closed and lose the address; a run closes its mail, and
/// then whoever proves the name can have it: 204 when that is done, 202 with the operation while it goes on.
///
/// # Errors
/// 404 also when it is another tenant's, 409 while people whose accounts the tenant manages are active on it.
#[utoipa::path(
    delete, path = "/api/v1/admin/tenants/{tenant_id}/domains/{domain_id}",
    tag = "admin: domains", security(("bearer" = [])),
    params(Wait, ("tenant_id" = String, Path, description = "Id or slug"), ("domain_id" = uuid::Uuid, Path)),
    responses((status = 202, body = OperationLink), (status = 204)),
)]
pub async fn remove_domain(
    admin: TenantAdmin,
    app: Data<App>,
    path: Path<(String, String)>,
    wait: Wait,
) -> Answer {
    let run = app
        .services
        .remove_domain(&admin.scope, domain_id(&path.1)?, wait.0)
        .await?;
    match run {
        Some(run) if run.state != RunState::Succeeded => {
            let operation = OperationLink::new(run.run_id);
            Ok(HttpResponse::Accepted()
                .insert_header((header::LOCATION, operation.href.clone()))
                .json(operation))
        }
        _ => Ok(HttpResponse::NoContent().finish()),
    }
}

/// Looks at the DNS. Once ownership, MX and SPF hold, mail is set up, and DKIM joins the records.
///
/// # Errors
/// 404 also when it is another tenant's, 409 when somebody else has proven it.
#[utoipa::path(
    post, path = "/api/v1/admin/tenants/{tenant_id}/domains/{domain_id}/verify",
    tag = "admin: domains", security(("bearer" = [])),
    params(Wait, ("tenant_id" = String, Path, description = "Id or slug"), ("domain_id" = uuid::Uuid, Path)),
    responses((status = 200, body = VerifyResponse)),
)]
pub async fn verify_domain(
    admin: TenantAdmin,
    app: Data<App>,
    path: Path<(String, String)>,
    wait: Wait,
) -> Answer {
    let verified = app
        .services
        .verify_domain(&admin.scope, domain_id(&path.1)?, wait.0)
        .await?;
    Ok(HttpResponse::Ok().json(VerifyResponse::from(verified)))
}

fn new_domain(body: AddDomainRequest) -> Result<AddDomain, Problem> {
    Ok(AddDomain {
        domain: body.domain,
        domain_type: body
            .domain_type
            .map_or(Ok(DomainType::Email), |word| word.parse())?,
        is_primary: body.is_primary.unwrap_or(false),
    })
}

fn domain_id(text: &str) -> Result<DomainId, Problem> {
    text.parse()
        .map_err(|_error| Problem::not_found("Domain not found"))
}
