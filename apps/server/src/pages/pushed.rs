//! Pushed authorization requests (RFC 9126).

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};

use crate::{
    api::sso::{carry, incoming},
    app::App,
};

/// Takes an authorization request from an authenticated client, and answers a reference to it.
#[utoipa::path(
    post, path = "/api/v1/sso/par", tag = "sso",
    request_body(
        content_type = "application/x-www-form-urlencoded",
        content = String,
        description = "The parameters of an authorization request, and client authentication.",
    ),
    responses(
        (
            status = 201,
            description = "A `request_uri` that is good once (RFC 9126, 2.2)",
            content_type = "application/json",
        ),
        (status = 400, description = "An error of RFC 6749, 5.2", content_type = "application/json"),
        (status = 401, description = "The client did not prove who it is", content_type = "application/json"),
    ),
)]
pub async fn push_authorization_request(
    app: Data<App>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    carry(app.provider.push(&incoming(&request, &body)).await)
}
