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

use crate::routes::Table;

/// Below the prefix of the API.
pub(crate) fn routes(table: &mut Table) {
    table
        .public(Method::POST, "/sso/token", tokens::token)
        .public(Method::OPTIONS, "/sso/token", preflight)
        .public(Method::POST, "/sso/introspect", tokens::introspect)
        .public(Method::POST, "/sso/revoke", tokens::revoke)
        .public(Method::OPTIONS, "/sso/revoke", preflight)
        .public(
            Method::POST,
            "/sso/device_authorization",
            tokens::device_authorization,
        )
        .public(Method::GET, "/sso/userinfo", userinfo::userinfo)
        .public(Method::POST, "/sso/userinfo", userinfo::post_userinfo)
        .public(Method::OPTIONS, "/sso/userinfo", preflight)
        .public(Method::GET, "/sso/jwks", discovery::jwks)
        .public(Method::POST, "/sso/register", registration::register)
        .public(
            Method::GET,
            "/sso/register/{client_id}",
            registration::registration,
        )
        .public(
            Method::PUT,
            "/sso/register/{client_id}",
            registration::change_registration,
        )
        .public(
            Method::DELETE,
            "/sso/register/{client_id}",
            registration::end_registration,
        );
}

/// At the root of the host.
pub(crate) fn root_routes(table: &mut Table) {
    table
        .public(
            Method::GET,
            "/.well-known/openid-configuration",
            discovery::openid_configuration,
        )
        .public(
            Method::GET,
            "/.well-known/oauth-authorization-server",
            discovery::authorization_server,
        )
        .public(Method::GET, "/api/v4/user", userinfo::gitlab_user);
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
