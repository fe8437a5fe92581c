//! `/admin/oidc`: all relying parties, for platform administrators.

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
    extract::{ApiJson, ApiQuery, SuperAdmin},
    problem::Answer,
    routes::{Table, routes},
};

pub(super) fn routes(table: &mut Table) {
    routes!(
        table,
        guarded list_clients,
        guarded create_client,
        guarded get_client,
        guarded update_client,
        guarded remove_client,
        guarded rotate_client_secret,
        guarded create_registration_token,
    );
}

/// Relying parties, newest first.
///
/// # Errors
/// 401, 403.
#[utoipa::path(
    get, path = "/api/v1/admin/oidc/clients", tag = "admin: relying parties", security(("bearer" = [])),
    params(ClientsQuery),
    responses(
        (
            status = 200,
            body = [ClientResponse],
            headers(("X-Next-Cursor" = String, description = "Goes into `after`")),
        ),
        (status = 404),
        (status = 409),
        (status = 422),
    ),
)]
pub async fn list_clients(
    admin: SuperAdmin,
    app: Data<App>,
    ApiQuery(query): ApiQuery<ClientsQuery>,
) -> Answer {
    let scope = ClientScope::Platform(&admin.scope);
    actions::list(&app, scope, &query).await
}

/// Makes a relying party; its secret is in this answer and never again.
///
/// # Errors
/// 409 when the public name is taken, 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/admin/oidc/clients", tag = "admin: relying parties", security(("bearer" = [])),
    request_body = CreateClientRequest,
    responses((status = 201, body = ClientResponse), (status = 404)),
)]
pub async fn create_client(
    admin: SuperAdmin,
    app: Data<App>,
    ApiJson(body): ApiJson<CreateClientRequest>,
) -> Answer {
    let scope = ClientScope::Platform(&admin.scope);
    actions::create(&app, scope, body).await
}

/// A relying party.
///
/// # Errors
/// 404 also when it is somebody else's.
#[utoipa::path(
    get, path = "/api/v1/admin/oidc/clients/{client_id}", tag = "admin: relying parties", security(("bearer" = [])),
    params(("client_id" = String, Path, description = "The client")),
    responses((status = 200, body = ClientResponse), (status = 409), (status = 422)),
)]
pub async fn get_client(admin: SuperAdmin, app: Data<App>, path: Path<String>) -> Answer {
    let scope = ClientScope::Platform(&admin.scope);
    actions::get(&app, scope, &path).await
}

/// Changes a relying party.
///
/// # Errors
/// 404, 409 when somebody else changed it meanwhile, 422 naming the field.
#[utoipa::path(
    patch, path = "/api/v1/admin/oidc/clients/{client_id}",
    tag = "admin: relying parties", security(("bearer" = [])),
    params(("client_id" = String, Path, description = "The client")),
    request_body = UpdateClientRequest,
    responses((status = 200, body = ClientResponse)),
)]
pub async fn update_client(
    admin: SuperAdmin,
    app: Data<App>,
    path: Path<String>,
    ApiJson(body): ApiJson<UpdateClientRequest>,
) -> Answer {
    let scope = ClientScope::Platform(&admin.scope);
    actions::update(&app, scope, &path, body).await
}

/// Removes a relying party, and with it all that was granted to it.
///
/// # Errors
/// 404.
#[utoipa::path(
    delete, path = "/api/v1/admin/oidc/clients/{client_id}",
    tag = "admin: relying parties", security(("bearer" = [])),
    params(("client_id" = String, Path, description = "The client")),
    responses((status = 204), (status = 409), (status = 422)),
)]
pub async fn remove_client(admin: SuperAdmin, app: Data<App>, path: Path<String>) -> Answer {
    let scope = ClientScope::Platform(&admin.scope);
    actions::remove(&app, scope, &path).await
}

/// A new secret; the one before stays good for a while.
///
/// # Errors
/// 404, 422 when it authenticates without one.
#[utoipa::path(
    post, path = "/api/v1/admin/oidc/clients/{client_id}/secret",
    tag = "admin: relying parties", security(("bearer" = [])),
    params(("client_id" = String, Path, description = "The client")),
    request_body = RotateSecretRequest,
    responses((status = 200, body = ClientResponse), (status = 409)),
)]
pub async fn rotate_client_secret(
    admin: SuperAdmin,
    app: Data<App>,
    path: Path<String>,
    ApiJson(body): ApiJson<RotateSecretRequest>,
) -> Answer {
    let scope = ClientScope::Platform(&admin.scope);
    actions::rotate_secret(&app, scope, &path, &body).await
}

/// A token with which relying parties register themselves (RFC 7591 section 3).
///
/// # Errors
/// 422 naming the field.
#[utoipa::path(
    post, path = "/api/v1/admin/oidc/registration-tokens",
    tag = "admin: relying parties", security(("bearer" = [])),
    request_body = CreateRegistrationTokenRequest,
    responses((status = 201, body = RegistrationTokenResponse), (status = 404), (status = 409)),
)]
pub async fn create_registration_token(
    admin: SuperAdmin,
    app: Data<App>,
    ApiJson(body): ApiJson<CreateRegistrationTokenRequest>,
) -> Answer {
    let scope = ClientScope::Platform(&admin.scope);
    actions::create_registration_token(&app, scope, &body).await
}
