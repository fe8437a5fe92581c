//! What the document says of one operation: what stands at its handler, and what follows from its guard, its path
//! and its body.

use actix_web::http::Method;
use utoipa::{
    __dev::{SchemaReferences, Tags},
    openapi::{
        Object, Ref, RefOr, Required, Response, Schema, Type,
        path::{Operation, ParameterBuilder, ParameterIn},
        security::SecurityRequirement,
    },
};

use super::{failures, responses};
use crate::extract::Access;

/// An operation of the document.
pub struct Description {
    operation: Operation,
    /// The schemas it names.
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

/// What `#[utoipa::path]` makes beside a handler.
pub trait Documented: utoipa::Path + SchemaReferences + Tags<'static> {}

impl<P: utoipa::Path + SchemaReferences + Tags<'static>> Documented for P {}

impl Description {
    pub(crate) fn of<P: Documented>() -> Self {
        let mut schemas = Vec::new();
        P::schemas(&mut schemas);
        let mut operation = P::operation();
        let tags = P::tags().into_iter().map(str::to_owned).collect();
        operation.tags = Some(tags);
        Self { operation, schemas }
    }

    /// The operation with everything that need not be said at each handler.
    pub(super) fn finish(self, access: Access, method: &Method, path: &str) -> Operation {
        let mut operation = self.operation;
        let text = [operation.summary.take(), operation.description.take()];
        let text: Vec<String> = text.into_iter().flatten().collect();
        let (text, told) = failures::split(&text.join("\n\n"));
        let (summary, rest) = first_sentence(&text);
        operation.summary = Some(summary);
        operation.description = (!rest.is_empty()).then_some(rest);
        // Endpoints of OAuth 2.0 have errors of their own, which stand at the handler.
        if !is_oauth(path) {
            for (status, reason) in told {
                let response = responses::problem(&reason);
                put(&mut operation, &status, RefOr::T(response));
            }
            for status in implied(access, path, operation.request_body.is_some()) {
                refer(&mut operation, status);
            }
            if *method != Method::GET && access != Access::Public {
                add_key(&mut operation);
                refer(&mut operation, "409");
            }
        }
        // Whoever may come in without a token is told so; others get it in either way.
        let security = operation.security.get_or_insert_default();
        if !security.is_empty() {
            security.push(SecurityRequirement::new("oauth2", ["openid"]));
        }
        responses::describe(&mut operation);
        operation
    }
}

/// The first sentence, without its full stop, and the others.
fn first_sentence(text: &str) -> (String, String) {
    let text = text
        .replace("\n\n", "\0")
        .replace('\n', " ")
        .replace('\0', "\n\n");
    match text.split_once(". ").or_else(|| text.split_once(".\n\n")) {
        Some((first, rest)) => (first.to_owned(), rest.trim().to_owned()),
        None => (text.trim_end_matches('.').to_owned(), String::new()),
    }
}

fn is_oauth(path: &str) -> bool {
    path.contains("/sso/") || path.starts_with("/.well-known/") || path == "/api/v4/user"
}

/// The problems that follow from who may come in, and from what is sent.
fn implied(access: Access, path: &str, has_body: bool) -> Vec<&'static str> {
    let mut statuses = match access {
        Access::Public => Vec::new(),
        Access::User => vec!["401"],
        // A tenant may be suspended, or demand a stronger sign-in.
        Access::Administrator | Access::SuperAdmin | Access::TenantAdmin | Access::TenantMember => {
            vec!["401", "403"]
        }
    };
    if path.contains('{') {
        statuses.push("404");
    }
    if has_body {
        statuses.extend(["400", "413", "415", "422"]);
    }
    if !path.starts_with("/health") {
        statuses.extend(["429", "500", "503"]);
    }
    statuses
}

fn refer(operation: &mut Operation, status: &str) {
    if !operation.responses.responses.contains_key(status) {
        let shared = Ref::from_response_name(responses::name(status));
        put(operation, status, RefOr::Ref(shared));
    }
}

fn put(operation: &mut Operation, status: &str, response: RefOr<Response>) {
    operation
        .responses
        .responses
        .insert(status.to_owned(), response);
}

/// The header that makes a repetition harmless.
fn add_key(operation: &mut Operation) {
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A repetition with the same key and body is answered as the first one was",
        ))
        .schema(Some(Object::with_type(Type::String)))
        .build();
    operation
        .parameters
        .get_or_insert_default()
        .push(RefOr::T(key));
}
