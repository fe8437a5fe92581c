//! Endpoints that take a form and authenticate a client.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};

use super::{carry, incoming};
use crate::app::App;

/// Takes a grant for tokens (RFC 6749 section 3.2).
#[utoipa::path(
    post, path = "/api/v1/sso/token", tag = "sso",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Object), (status = 400, body = Object), (status = 401, body = Object)),
)]
pub async fn token(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    carry(app.provider.token(&incoming(&request, &body)).await)
}

/// Tells a service of a token that it was called with (RFC 7662).
#[utoipa::path(
    post, path = "/api/v1/sso/introspect", tag = "sso",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Object), (status = 401, body = Object)),
)]
pub async fn introspect(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    carry(app.provider.introspect(&incoming(&request, &body)).await)
}

/// Takes a token back from the client that has it (RFC 7009).
#[utoipa::path(
    post, path = "/api/v1/sso/revoke", tag = "sso",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200), (status = 401, body = Object)),
)]
pub async fn revoke(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    carry(app.provider.revoke(&incoming(&request, &body)).await)
}

/// Gives a device without a browser a pair of codes (RFC 8628).
#[utoipa::path(
    post, path = "/api/v1/sso/device_authorization", tag = "sso",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Object), (status = 400, body = Object), (status = 401, body = Object)),
)]
pub async fn device_authorization(
    app: Data<App>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let request = incoming(&request, &body);
    carry(app.provider.device_authorization(&request).await)
}
