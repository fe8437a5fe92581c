//! `/admin/tenants/{tenant_id}/oidc`: relying parties of one tenant, for its administrators.

use actix_web::web::{Data, Path};
use bheem_oidc_provider::ClientScope;

use super::{
    actions,
    dto::{
        ClientResponse, ClientsQuery, CreateClientRequest, CreateRegistrationTokenRequest,
        RegistrationTokenResponse, RotateSecretRequest, UpdateClientRequest,
    },
};
use crate::{
    app::App,
    extract::{ApiJson, ApiQuery, TenantAdmin},
    problem::Answer,
    routes::{Table, routes},
};

pub(super) fn routes(table: &mut Table) {
    routes!(
        table,
        guarded list_tenant_clients,
        guarded create_tenant_client,
        guarded get_tenant_client,
        guarded update_tenant_client,
        guarded remove_tenant_client,
        guarded rotate_tenant_client_secret,
        guarded create_tenant_registration_token,
    );
}

/// Relying parties, newest first.
///
/// # Errors
/// 401, 403.
#[utoipa::path(
    get, path = "/api/v1/admin/tenants/{tenant_id}/oidc/clients",
    tag = "admin: relying parties", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug of the tenant"), ClientsQuery),
    responses(
        (
            status = 200,
            body = [ClientResponse],
            headers(("X-Next-Cursor" = String, description = "Goes into `after`")),
        ),
        (status = 409),
        (status = 422),
    ),
)]
pub async fn list_tenant_clients(
    admin: TenantAdmin,
    app: Data<App>,
    ApiQuery(query): ApiQuery<ClientsQuery>,
) -> Answer {
    let scope = ClientScope::Tenant(&admin.scope);
    actions::list(&app, scope, &query).await
}

/// Makes a relying party; its secret is in this answer and never again.
///
/// # Errors
/// 409 when the public name is taken, 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/admin/tenants/{tenant_id}/oidc/clients",
    tag = "admin: relying parties", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug of the tenant")),
    request_body = CreateClientRequest,
    responses((status = 201, body = ClientResponse)),
)]
pub async fn create_tenant_client(
    admin: TenantAdmin,
    app: Data<App>,
    ApiJson(body): ApiJson<CreateClientRequest>,
) -> Answer {
    let scope = ClientScope::Tenant(&admin.scope);
    actions::create(&app, scope, body).await
}

/// A relying party.
///
/// # Errors
/// 404 also when it is somebody else's.
#[utoipa::path(
    get, path = "/api/v1/admin/tenants/{tenant_id}/oidc/clients/{client_id}",
    tag = "admin: relying parties", security(("bearer" = [])),
    params(
        ("tenant_id" = String, Path, description = "Id or slug of the tenant"),
        ("client_id" = String, Path, description = "The client"),
    ),
    responses((status = 200, body = ClientResponse), (status = 409), (status = 422)),
)]
pub async fn get_tenant_client(
    admin: TenantAdmin,
    app: Data<App>,
    path: Path<(String, String)>,
) -> Answer {
    let scope = ClientScope::Tenant(&admin.scope);
    actions::get(&app, scope, &path.1).await
}

/// Changes a relying party.
///
/// # Errors
/// 404, 409 when somebody else changed it meanwhile, 422 naming the field.
#[utoipa::path(
    patch, path = "/api/v1/admin/tenants/{tenant_id}/oidc/clients/{client_id}",
    tag = "admin: relying parties", security(("bearer" = [])),
    params(
        ("tenant_id" = String, Path, description = "Id or slug of the tenant"),
        ("client_id" = String, Path, description = "The client"),
    ),
    request_body = UpdateClientRequest,
    responses((status = 200, body = ClientResponse)),
)]
pub async fn update_tenant_client(
    admin: TenantAdmin,
    app: Data<App>,
    path: Path<(String, String)>,
    ApiJson(body): ApiJson<UpdateClientRequest>,
) -> Answer {
    let scope = ClientScope::Tenant(&admin.scope);
    actions::update(&app, scope, &path.1, body).await
}

/// Removes a relying party, and with it all that was granted to it.
///
/// # Errors
/// 404.
#[utoipa::path(
    delete, path = "/api/v1/admin/tenants/{tenant_id}/oidc/clients/{client_id}",
    tag = "admin: relying parties", security(("bearer" = [])),
    params(
        ("tenant_id" = String, Path, description = "Id or slug of the tenant"),
        ("client_id" = String, Path, description = "The client"),
    ),
    responses((status = 204), (status = 409), (status = 422)),
)]
pub async fn remove_tenant_client(
    admin: TenantAdmin,
    app: Data<App>,
    path: Path<(String, String)>,
) -> Answer {
    let scope = ClientScope::Tenant(&admin.scope);
    actions::remove(&app, scope, &path.1).await
}

/// A new secret; the one before stays good for a while.
///
/// # Errors
/// 404, 422 when it authenticates without one.
#[utoipa::path(
    post, path = "/api/v1/admin/tenants/{tenant_id}/oidc/clients/{client_id}/secret",
    tag = "admin: relying parties", security(("bearer" = [])),
    params(
        ("tenant_id" = String, Path, description = "Id or slug of the tenant"),
        ("client_id" = String, Path, description = "The client"),
    ),
    request_body = RotateSecretRequest,
    responses((status = 200, body = ClientResponse), (status = 409)),
)]
pub async fn rotate_tenant_client_secret(
    admin: TenantAdmin,
    app: Data<App>,
    path: Path<(String, String)>,
    ApiJson(body): ApiJson<RotateSecretRequest>,
) -> Answer {
    let scope = ClientScope::Tenant(&admin.scope);
    actions::rotate_secret(&app, scope, &path.1, &body).await
}

/// A token with which relying parties register themselves (RFC 7591 section 3).
///
/// # Errors
/// 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/admin/tenants/{tenant_id}/oidc/registration-tokens",
    tag = "admin: relying parties", security(("bearer" = [])),
    params(("tenant_id" = String, Path, description = "Id or slug of the tenant")),
    request_body = CreateRegistrationTokenRequest,
    responses((status = 201, body = RegistrationTokenResponse), (status = 409)),
)]
pub async fn create_tenant_registration_token(
    admin: TenantAdmin,
    app: Data<App>,
    ApiJson(body): ApiJson<CreateRegistrationTokenRequest>,
) -> Answer {
    let scope = ClientScope::Tenant(&admin.scope);
    actions::create_registration_token(&app, scope, &body).await
}
