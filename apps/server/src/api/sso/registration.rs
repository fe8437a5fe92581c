//! Clients register themselves and manage what they registered (RFC 7591, RFC 7592).

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data, Path},
};

use super::{carry, incoming};
use crate::app::App;

/// Registers a client, with an initial access token.
#[utoipa::path(
    post, path = "/api/v1/sso/register", tag = "sso",
    request_body = Object,
    responses((status = 201, body = Object), (status = 400, body = Object), (status = 401, body = Object)),
)]
pub async fn register_client(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    carry(app.provider.register(&incoming(&request, &body)).await)
}

/// What is registered of a client.
#[utoipa::path(
    get, path = "/api/v1/sso/register/{client_id}", tag = "sso",
    params(("client_id" = String, Path)),
    responses((status = 200, body = Object), (status = 401, body = Object)),
)]
pub async fn get_registration(
    app: Data<App>,
    request: HttpRequest,
    client_id: Path<String>,
) -> HttpResponse {
    let no_body = Bytes::new();
    let request = incoming(&request, &no_body);
    carry(app.provider.registration(&request, &client_id).await)
}

/// Changes what is registered of a client.
#[utoipa::path(
    put, path = "/api/v1/sso/register/{client_id}", tag = "sso",
    params(("client_id" = String, Path)),
    request_body = Object,
    responses((status = 200, body = Object), (status = 400, body = Object), (status = 401, body = Object)),
)]
pub async fn change_registration(
    app: Data<App>,
    request: HttpRequest,
    client_id: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let request = incoming(&request, &body);
    carry(app.provider.change_registration(&request, &client_id).await)
}

/// Removes a client at its own wish.
#[utoipa::path(
    delete, path = "/api/v1/sso/register/{client_id}", tag = "sso",
    params(("client_id" = String, Path)),
    responses((status = 204), (status = 401, body = Object)),
)]
pub async fn end_registration(
    app: Data<App>,
    request: HttpRequest,
    client_id: Path<String>,
) -> HttpResponse {
    let no_body = Bytes::new();
    let request = incoming(&request, &no_body);
    carry(app.provider.end_registration(&request, &client_id).await)
}
