//! Responses that many operations share, and what a status means where a handler does not say more.

use utoipa::openapi::{
    Components, ContentBuilder, Header, Object, Ref, RefOr, Response, ResponseBuilder, Type,
    path::Operation,
};

/// Status, name in the document, meaning.
const SHARED: [(&str, &str, &str); 11] = [
    ("400", "Unreadable", "The request cannot be read"),
    (
        "401",
        "Unauthenticated",
        "Nobody is signed in, or not strongly enough",
    ),
    ("403", "Forbidden", "Not for this person"),
    (
        "404",
        "NotFound",
        "There is no such thing, or it is somebody else's",
    ),
    ("409", "Conflict", "What is there already stands against it"),
    ("413", "TooLarge", "The body is too large"),
    (
        "415",
        "UnsupportedMediaType",
        "The body is of a kind that is not taken, or compressed",
    ),
    (
        "422",
        "Invalid",
        "A field is not acceptable; `errors` names it",
    ),
    (
        "429",
        "TooManyRequests",
        "Too often; `Retry-After` says when again",
    ),
    (
        "500",
        "InternalError",
        "A fault of the server; nothing is known of it but `trace_id`",
    ),
    (
        "503",
        "Unavailable",
        "Something that is needed is away for the moment",
    ),
];
const PROBLEM: &str = "application/problem+json";

/// The name of the shared response of a status.
pub(super) fn name(status: &str) -> &'static str {
    shared(status).map_or("InternalError", |(_, name, _)| name)
}

fn shared(status: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    SHARED.iter().find(|(known, ..)| *known == status)
}

/// Adds the shared responses.
pub(super) fn add_to(components: &mut Components) {
    for (status, name, meaning) in SHARED {
        let mut response = problem(meaning);
        if matches!(status, "429" | "503") {
            add_header(&mut response, "Retry-After", "Seconds", Type::Integer);
        }
        if status == "401" {
            let text = "`Bearer`, and what is missing (RFC 6750, 3)";
            add_header(&mut response, "WWW-Authenticate", text, Type::String);
        }
        components
            .responses
            .insert(name.to_owned(), RefOr::T(response));
    }
}

/// A problem with a meaning; without one it is that of its status, which [`describe`] fills in.
pub(super) fn problem(meaning: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ProblemBody")))
        .build();
    ResponseBuilder::new()
        .description(meaning)
        .content(PROBLEM, content)
        .build()
}

/// Gives every response a description, and every failure its body.
pub(super) fn describe(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if response.description.is_empty() {
            response.description = meaning(status).to_owned();
        }
        if status.starts_with(['4', '5']) && response.content.is_empty() {
            *response = problem(&response.description);
        }
        add_header(
            response,
            "X-Request-Id",
            "Names the request in the server's log",
            Type::String,
        );
        if status == "202" {
            add_header(
                response,
                "Location",
                "The operation to follow",
                Type::String,
            );
        }
    }
}

fn add_header(response: &mut Response, name: &str, meaning: &str, kind: Type) {
    let mut header = Header::new(Object::with_type(kind));
    header.description = Some(meaning.to_owned());
    response.headers.insert(name.to_owned(), header.into());
}

fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "As asked for",
        "201" => "Made",
        "202" => "Begun; the operation says how far it is",
        "204" => "Done",
        other => shared(other).map_or("A failure", |(_, _, meaning)| meaning),
    }
}
