//! What clients find out about the provider. Anybody may read it, from anywhere.

use actix_web::{
    HttpResponse,
    web::{Bytes, Data},
};

use crate::app::App;

/// The discovery document (OpenID Connect Discovery).
#[utoipa::path(
    get, path = "/.well-known/openid-configuration", tag = "sso",
    responses((status = 200, body = Object)),
)]
pub async fn openid_configuration(app: Data<App>) -> HttpResponse {
    std::future::ready(discovery(&app)).await
}

/// The same document for clients that speak OAuth only (RFC 8414).
#[utoipa::path(
    get, path = "/.well-known/oauth-authorization-server", tag = "sso",
    responses((status = 200, body = Object)),
)]
pub async fn oauth_authorization_server(app: Data<App>) -> HttpResponse {
    std::future::ready(discovery(&app)).await
}

/// The public keys that tokens are signed with (RFC 7517).
#[utoipa::path(get, path = "/api/v1/sso/jwks", tag = "sso", responses((status = 200, body = Object)))]
pub async fn jwks(app: Data<App>) -> HttpResponse {
    std::future::ready(public(app.provider.jwks())).await
}

fn discovery(app: &App) -> HttpResponse {
    match app.provider.discovery() {
        Ok(document) => public(document),
        Err(error) => {
            tracing::error!(%error, "the discovery document cannot be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn public(document: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("content-type", "application/json"))
        .insert_header(("cache-control", "public, max-age=3600"))
        .insert_header(("access-control-allow-origin", "*"))
        .body(document)
}
