//! Answers in Mattermost's words.

use serde_json::{Value, json};

use crate::{
    clock,
    http::{Answer, Request},
    random,
};

/// An answer, or a refusal.
pub(super) type Reply = Result<Answer, Answer>;

pub(super) fn refuse(status: u16, id: &str, message: &str) -> Answer {
    let body = json!({
        "id": id,
        "message": message,
        "detailed_error": "",
        "request_id": new_id(),
        "status_code": status,
    });
    Answer::json(status, &body)
}

/// Of the server as a whole. The limit of requests speaks plain text.
pub(super) fn failure(status: u16) -> Answer {
    match status {
        429 => Answer::text(429, "text/plain; charset=utf-8", "limit exceeded\n")
            .with("X-RateLimit-Limit", "100")
            .with("X-RateLimit-Remaining", "0")
            .with("X-RateLimit-Reset", "1"),
        401 => session_expired(),
        403 => no_permission(),
        404 => unknown_path(),
        _ => refuse(
            status,
            "api.context.internal_server_error.app_error",
            "An internal error has occurred. Check app server logs for details.",
        ),
    }
}

pub(super) fn unknown_path() -> Answer {
    refuse(
        404,
        "api.context.404.app_error",
        "Sorry, we could not find the page.",
    )
}

pub(super) fn session_expired() -> Answer {
    refuse(
        401,
        "api.context.session_expired.app_error",
        "Invalid or expired session, please login again.",
    )
}

pub(super) fn no_permission() -> Answer {
    refuse(
        403,
        "api.context.permissions.app_error",
        "You do not have the appropriate permissions.",
    )
}

pub(super) fn bad_body(field: &str) -> Answer {
    refuse(
        400,
        "api.context.invalid_body_param.app_error",
        &format!("Invalid or missing {field} in request body."),
    )
}

pub(super) fn done() -> Answer {
    Answer::json(200, &json!({"status": "OK"}))
}

/// 26 lower-case letters and digits.
pub(super) fn new_id() -> String {
    random::letters::<26>()
}

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    clock::now().timestamp_millis()
}

/// The page that is asked for: 60 at once unless told otherwise, 200 at most.
pub(super) fn paged(request: &Request, items: Vec<Value>) -> Answer {
    let number = |name: &str| request.parameter(name)?.parse::<usize>().ok();
    let size = number("per_page").unwrap_or(60).clamp(1, 200);
    let skip = number("page").unwrap_or(0).saturating_mul(size);
    let page: Vec<Value> = items.into_iter().skip(skip).take(size).collect();
    Answer::json(200, &json!(page))
}

/// The body, which must be an object.
pub(super) fn body(request: &Request) -> Result<Value, Answer> {
    let body = request.json().filter(Value::is_object);
    body.ok_or_else(|| bad_body("object"))
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn number(value: &Value, name: &str) -> i64 {
    value.get(name).and_then(Value::as_i64).unwrap_or_default()
}

pub(super) fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or_default()
}

pub(super) fn set(value: &mut Value, name: &str, to: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(name.to_owned(), to);
    }
}
