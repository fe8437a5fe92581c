//! The OpenAPI document, made from the route table.

mod description;
mod failures;
mod responses;

pub use description::{Description, Documented};

use utoipa::{
    OpenApi,
    openapi::{
        Components, Server,
        path::{HttpMethod, Paths},
        security::{
            AuthorizationCode, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
        },
    },
};

use crate::{problem::ProblemBody, routes};

/// What stands before the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bheem Workspace",
        description = "Mail, files, calendars, meetings and chat of an organisation as one product.\n\n\
            Every failure is a problem of RFC 9457 with a stable `code`. Requests that change something take an \
            `Idempotency-Key`: a repetition with the same key and body is answered as the first one was. Work at \
            other systems answers 202 with an operation when it takes longer than `Prefer: wait` says.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemBody)),
    tags(
        (name = "health", description = "For people, load balancers and supervisors."),
        (name = "auth", description = "Accounts, passwords, sessions and second factors of the person who asks."),
        (name = "tenants", description = "The tenants that a person has or belongs to."),
        (name = "admin: accounts", description = "Every account of the installation, for platform administrators."),
        (name = "admin: tenants", description = "Tenants, for platform administrators and for their owners."),
        (name = "admin: users", description = "The people of a tenant and the services each of them has."),
        (name = "admin: domains", description = "The domains of a tenant, their proof and their records."),
        (name = "domains", description = "Domains, for people who administer just one tenant."),
        (name = "admin: relying parties", description = "Applications that sign people in by this provider."),
        (name = "operations", description = "Work at other systems, and how far it is."),
        (name = "workspace", description = "What a person has: services, addresses, app passwords."),
        (name = "sso", description = "The OpenID Connect provider; errors speak RFC 6749, 5.2."),
    )
)]
struct ApiDoc;

/// The document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = ApiDoc::openapi();
    document.servers = Some(vec![Server::new("/")]);
    let mut paths = Paths::new();
    let components = document.components.get_or_insert_with(Components::new);
    responses::add_to(components);
    add_security(components);
    for entry in routes::table() {
        let Some(describe) = entry.description else {
            continue;
        };
        let described = describe();
        let schemas = described.schemas.iter().cloned();
        components.schemas.extend(schemas);
        if let Some(method) = method_of(&entry.method) {
            let operation = described.finish(entry.access, &entry.method, &entry.path);
            paths.add_path_operation(&entry.path, vec![method], operation);
        }
    }
    document.paths = paths;
    document
}

/// The document as JSON, as it is served and checked in.
///
/// # Errors
/// When it does not serialise, which a test shows.
pub fn document() -> serde_json::Result<String> {
    openapi().to_pretty_json()
}

fn add_security(components: &mut Components) {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access token of a sign-in, or of an application"))
        .build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let scopes = Scopes::from_iter([
        ("openid", "Who the person is"),
        ("profile", "Their name"),
        ("email", "Their address"),
        ("offline_access", "To go on without them"),
    ]);
    let flow = AuthorizationCode::new("/oauth/authorize", "/api/v1/sso/token", scopes);
    let oauth2 = OAuth2::new([Flow::AuthorizationCode(flow)]);
    components.add_security_scheme("oauth2", SecurityScheme::OAuth2(oauth2));
}

fn method_of(method: &actix_web::http::Method) -> Option<HttpMethod> {
    Some(match method.as_str() {
        "GET" => HttpMethod::Get,
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => return None,
    })
}
