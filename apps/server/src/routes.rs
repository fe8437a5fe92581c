//! The route table: every path of the API, who may come in, and what answers.
//!
//! A guarded route takes only handlers whose first argument is a guard; public ones are named as
//! such, and a test holds their list against what it expects.

use actix_web::{
    FromRequest, Handler, HttpRequest, Responder, Route,
    http::Method,
    web::{self, Payload, ServiceConfig},
};

use crate::{
    api,
    extract::{Access, GuardedArgs},
    http::door::{self, Recovery},
    pages,
    problem::Problem,
};

/// Everything but discovery and pages lives below.
pub const PREFIX: &str = "/api/v1";

/// One line of the table.
pub struct Entry {
    /// The method.
    pub method: Method,
    /// The full path, with `{names}`.
    pub path: String,
    /// Who may come in.
    pub access: Access,
    recovery: Option<Recovery>,
    route: Box<dyn Fn(Option<Recovery>) -> Route + Send + Sync>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.path, self.access)
    }
}

/// The table while it is written.
#[derive(Default)]
pub struct Table {
    entries: Vec<Entry>,
    prefix: &'static str,
}

impl Table {
    /// A route for those whom the handler's first argument lets in.
    pub fn guarded<F, Args>(&mut self, method: Method, path: &str, handler: F) -> &mut Self
    where
        F: Handler<Args> + Send + Sync,
        Args: GuardedArgs + 'static,
        F::Output: Responder + 'static,
    {
        let route_method = method.clone();
        let route = move |recovery| {
            let handler = handler.clone();
            web::method(route_method.clone()).to(move |request: HttpRequest, payload: Payload| {
                door::enter::<F, Args>(handler.clone(), request, payload.into_inner(), recovery)
            })
        };
        self.add(method, path, Args::ACCESS, Box::new(route))
    }

    /// Says how the answer of the route before is made anew from what was done, when it was lost with its process.
    pub fn recovered(&mut self, recovery: Recovery) -> &mut Self {
        if let Some(entry) = self.entries.last_mut() {
            entry.recovery = Some(recovery);
        }
        self
    }

    /// A route for everybody.
    pub fn public<F, Args>(&mut self, method: Method, path: &str, handler: F) -> &mut Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route_method = method.clone();
        let route = move |_| web::method(route_method.clone()).to(handler.clone());
        self.add(method, path, Access::Public, Box::new(route))
    }

    fn add(
        &mut self,
        method: Method,
        path: &str,
        access: Access,
        route: Box<dyn Fn(Option<Recovery>) -> Route + Send + Sync>,
    ) -> &mut Self {
        self.entries.push(Entry {
            path: format!("{}{path}", self.prefix),
            access,
            recovery: None,
            route,
            method,
        });
        self
    }
}

/// The whole table.
#[must_use]
pub fn table() -> Vec<Entry> {
    let mut table = Table::default();
    api::health::routes(&mut table);
    api::docs::routes(&mut table);
    api::sso::root_routes(&mut table);
    pages::root_routes(&mut table);
    table.prefix = PREFIX;
    api::health::routes(&mut table);
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
    table.entries
}

/// Registers the table. Methods of one path share a resource, so that a wrong method is told from a
/// wrong path.
pub fn configure(config: &mut ServiceConfig) {
    let mut paths: Vec<(String, Vec<Route>, Vec<Method>)> = Vec::new();
    for entry in table() {
        let route = (entry.route)(entry.recovery);
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
