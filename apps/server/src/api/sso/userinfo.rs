//! What a client is told about the person who signed in to it.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};

use super::{carry, incoming};
use crate::app::App;

/// The claims of the person (OpenID Connect Core section 5.3).
#[utoipa::path(
    get, path = "/api/v1/sso/userinfo", tag = "sso",
    responses((status = 200, body = Object), (status = 401, body = Object), (status = 403, body = Object)),
)]
pub async fn userinfo(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let no_body = Bytes::new();
    let request = incoming(&request, &no_body);
    carry(app.provider.userinfo(&request).await)
}

/// The same, with the token in the header or in a form.
#[utoipa::path(
    post, path = "/api/v1/sso/userinfo", tag = "sso",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Object), (status = 401, body = Object), (status = 403, body = Object)),
)]
pub async fn post_userinfo(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    carry(app.provider.userinfo(&incoming(&request, &body)).await)
}

/// The person in the shape of GitLab's API, for applications that know no other.
#[utoipa::path(
    get, path = "/api/v4/user", tag = "sso",
    responses((status = 200, body = Object), (status = 401, body = Object), (status = 403, body = Object)),
)]
pub async fn gitlab_user(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let no_body = Bytes::new();
    let request = incoming(&request, &no_body);
    carry(app.provider.gitlab_user(&request).await)
}
