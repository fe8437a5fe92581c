//! The route table: every path of the API, who may come in, and what answers.
//!
//! Method, path and description of a route stand at its handler and nowhere else (`#[utoipa::path]`); an area
//! lists its handlers with `routes!`. A guarded route takes only handlers whose first argument is a guard;
//! public ones are named as such, and a test holds their list against what it expects.

mod list;
mod table;

pub(crate) use list::{operation, routes};
pub use table::{Entry, Table};

use actix_web::{
    Route,
    http::Method,
    web::{self, ServiceConfig},
};

use crate::{api, pages, problem::Problem};

/// Everything but discovery and pages lives below.
pub const PREFIX: &str = "/api/v1";

/// The whole table.
#[must_use]
pub fn table() -> Vec<Entry> {
    let mut table = Table::default();
    api::health::routes(&mut table);
    api::docs::routes(&mut table);
    api::auth::routes(&mut table);
    api::tenants::routes(&mut table);
    api::accounts::routes(&mut table);
    api::admin_tenants::routes(&mut table);
    api::members::routes(&mut table);
    api::domains::routes(&mut table);
    api::oidc_clients::routes(&mut table);
    api::operations::routes(&mut table);
    api::workspace::routes(&mut table);
    api::sso::routes(&mut table);
    pages::routes(&mut table);
    table.into_entries()
}

/// Registers the table. Methods of one path share a resource, so that a wrong method is told from a
/// wrong path.
pub fn configure(config: &mut ServiceConfig) {
    let mut paths: Vec<(String, Vec<Route>, Vec<Method>)> = Vec::new();
    for entry in table() {
        let route = entry.route();
        match paths.iter_mut().find(|(path, ..)| *path == entry.path) {
            Some((_, routes, methods)) => {
                routes.push(route);
                methods.push(entry.method);
            }
            None => paths.push((entry.path, vec![route], vec![entry.method])),
        }
    }
    for (path, routes, methods) in paths {
        let allow = methods
            .iter()
            .map(Method::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        let mut resource = web::resource(path);
        for route in routes {
            resource = resource.route(route);
        }
        config.service(resource.default_service(web::to(move || wrong_method(allow.clone()))));
    }
    config.default_service(web::to(unknown_path));
}

async fn wrong_method(allow: String) -> actix_web::HttpResponse {
    use actix_web::{ResponseError, http::StatusCode};
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("This path takes {allow}"),
    );
    let mut response = problem.error_response();
    if let Ok(value) = allow.parse() {
        response
            .headers_mut()
            .insert(actix_web::http::header::ALLOW, value);
    }
    std::future::ready(response).await
}

async fn unknown_path() -> Problem404 {
    std::future::ready(Err(Problem::not_found("There is nothing at this path"))).await
}

type Problem404 = Result<actix_web::HttpResponse, Problem>;
