//! The endpoints of the OpenID Connect provider that programs call. A handler carries what came over
//! the wire to the provider, and what it answers back; errors speak RFC 6749.

pub mod discovery;
pub mod registration;
pub mod tokens;
pub mod userinfo;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header::HeaderMap},
    web::Bytes,
};
use bheem_oidc_provider::{Answer, Incoming};

use crate::routes::{Table, routes};

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        public discovery::openid_configuration,
        public discovery::oauth_authorization_server,
        public userinfo::gitlab_user,
        public tokens::token,
        public tokens::introspect,
        public tokens::revoke,
        public tokens::device_authorization,
        public userinfo::userinfo,
        public userinfo::post_userinfo,
        public discovery::jwks,
        public registration::register_client,
        public registration::get_registration,
        public registration::change_registration,
        public registration::end_registration,
    );
    for path in [
        "/api/v1/sso/token",
        "/api/v1/sso/revoke",
        "/api/v1/sso/userinfo",
    ] {
        table.page(Method::OPTIONS, path, preflight);
    }
}

/// The request as the provider takes it.
pub(crate) fn incoming<'a>(request: &'a HttpRequest, body: &'a Bytes) -> Incoming<'a> {
    let headers = request.headers();
    Incoming {
        method: request.method().as_str(),
        path: request.path(),
        authorization: only(headers, "authorization"),
        dpop: only(headers, "dpop"),
        origin: only(headers, "origin"),
        body,
    }
}

/// The value of a header that comes once. One that comes twice, or cannot be read, is not absent: it
/// is passed on as a text that no endpoint takes for good.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let first = values.next()?;
    if values.next().is_some() {
        return Some("");
    }
    Some(first.to_str().unwrap_or_default())
}

/// The answer of the provider as HTTP.
pub(crate) fn carry(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for header in answer.headers {
        response.insert_header(header);
    }
    response.body(answer.body)
}

/// A browser asks what a script may send (Fetch, CORS-preflight fetch). It says nothing of who may
/// read the answer: that is for the answer itself, when the client is known.
async fn preflight(request: HttpRequest) -> HttpResponse {
    let origin = only(request.headers(), "origin").unwrap_or_default();
    std::future::ready(
        HttpResponse::NoContent()
            .insert_header(("access-control-allow-origin", origin))
            .insert_header(("access-control-allow-methods", "GET, POST"))
            .insert_header((
                "access-control-allow-headers",
                "Authorization, Content-Type, DPoP",
            ))
            .insert_header(("access-control-max-age", "3600"))
            .insert_header(("vary", "Origin"))
            .finish(),
    )
    .await
}
