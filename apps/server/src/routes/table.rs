//! The table while it is written, and its lines.

use actix_web::{
    FromRequest, Handler, HttpRequest, Responder, Route,
    http::Method,
    web::{self, Payload},
};

use crate::{
    extract::{Access, GuardedArgs},
    http::door::{self, Recovery},
    openapi::{Description, Documented},
};

/// One line of the table.
pub struct Entry {
    /// The method.
    pub method: Method,
    /// The full path, with `{names}`.
    pub path: String,
    /// Who may come in.
    pub access: Access,
    /// What the OpenAPI document says of it; none for pages and files.
    pub description: Option<fn() -> Description>,
    recovery: Option<Recovery>,
    route: Box<dyn Fn(Option<Recovery>) -> Route + Send + Sync>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.path, self.access)
    }
}

impl Entry {
    pub(super) fn route(&self) -> Route {
        (self.route)(self.recovery)
    }
}

/// The table while it is written.
#[derive(Default)]
pub struct Table {
    entries: Vec<Entry>,
}

type MakeRoute = Box<dyn Fn(Option<Recovery>) -> Route + Send + Sync>;

impl Table {
    /// A route for those whom the handler's first argument lets in.
    pub fn guarded<P, F, Args>(&mut self, handler: F) -> &mut Self
    where
        P: Documented,
        F: Handler<Args> + Send + Sync,
        Args: GuardedArgs + 'static,
        F::Output: Responder + 'static,
    {
        let method = method_of::<P>();
        let route_method = method.clone();
        let route = move |recovery| {
            let handler = handler.clone();
            web::method(route_method.clone()).to(move |request: HttpRequest, payload: Payload| {
                door::enter::<F, Args>(handler.clone(), request, payload.into_inner(), recovery)
            })
        };
        self.add(Entry {
            path: P::path(),
            access: Args::ACCESS,
            description: Some(Description::of::<P>),
            recovery: None,
            route: Box::new(route),
            method,
        })
    }

    /// A route for everybody.
    pub fn public<P, F, Args>(&mut self, handler: F) -> &mut Self
    where
        P: Documented,
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let method = method_of::<P>();
        self.add(Entry {
            path: P::path(),
            access: Access::Public,
            description: Some(Description::of::<P>),
            recovery: None,
            route: route_to(&method, handler),
            method,
        })
    }

    /// A route for everybody that is no operation of the API: a page, a file, a second place of something.
    pub fn page<F, Args>(&mut self, method: Method, path: &str, handler: F) -> &mut Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Entry {
            path: path.to_owned(),
            access: Access::Public,
            description: None,
            recovery: None,
            route: route_to(&method, handler),
            method,
        })
    }

    /// Says how the answer of the route before is made anew from what was done, when it was lost with its process.
    pub fn recovered(&mut self, recovery: Recovery) -> &mut Self {
        if let Some(entry) = self.entries.last_mut() {
            entry.recovery = Some(recovery);
        }
        self
    }

    fn add(&mut self, entry: Entry) -> &mut Self {
        self.entries.push(entry);
        self
    }

    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}

fn route_to<F, Args>(method: &Method, handler: F) -> MakeRoute
where
    F: Handler<Args> + Send + Sync,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let method = method.clone();
    Box::new(move |_| web::method(method.clone()).to(handler.clone()))
}

/// The method of an operation, which has one.
fn method_of<P: utoipa::Path>() -> Method {
    use utoipa::openapi::HttpMethod;
    match P::methods().first() {
        Some(HttpMethod::Post) => Method::POST,
        Some(HttpMethod::Put) => Method::PUT,
        Some(HttpMethod::Delete) => Method::DELETE,
        Some(HttpMethod::Options) => Method::OPTIONS,
        Some(HttpMethod::Head) => Method::HEAD,
        Some(HttpMethod::Patch) => Method::PATCH,
        Some(HttpMethod::Trace) => Method::TRACE,
        Some(HttpMethod::Get) | None => Method::GET,
    }
}
