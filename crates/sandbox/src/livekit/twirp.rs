//! Twirp's failures, and fields of requests, whose names come in either case.

use serde_json::{Value, json};

use crate::http::Answer;

/// A failure by its code.
#[derive(Debug)]
pub(super) struct Refusal {
    code: &'static str,
    message: &'static str,
}

/// What a call answers.
pub(super) type Reply = Result<Value, Refusal>;

impl Refusal {
    pub(super) const fn new(code: &'static str, message: &'static str) -> Self {
        Self { code, message }
    }

    pub(super) const fn message(&self) -> &'static str {
        self.message
    }

    /// The status of each code is Twirp's.
    pub(super) fn answer(&self) -> Answer {
        let status = match self.code {
            "invalid_argument" | "malformed" => 400,
            "unauthenticated" => 401,
            "permission_denied" => 403,
            "not_found" | "bad_route" => 404,
            "already_exists" | "aborted" => 409,
            "failed_precondition" => 412,
            "resource_exhausted" => 429,
            "unavailable" => 503,
            _ => 500,
        };
        let body = json!({"code": self.code, "msg": self.message, "meta": {}});
        answer(status, &body)
    }
}

/// Without a character set beside the media type: LiveKit's own library for JavaScript does not take an error for JSON
/// otherwise.
pub(super) fn answer(status: u16, body: &Value) -> Answer {
    Answer::text(status, "application/json", body.to_string())
}

/// A field under its own name or in camel case.
pub(super) fn field<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    body.get(name).or_else(|| {
        let mut camel = String::new();
        for part in name.split('_') {
            let mut letters = part.chars();
            match letters.next() {
                Some(first) if !camel.is_empty() => camel.push(first.to_ascii_uppercase()),
                Some(first) => camel.push(first),
                None => {}
            }
            camel.extend(letters);
        }
        body.get(camel)
    })
}

pub(super) fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    field(body, name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub(super) fn number(body: &Value, name: &str) -> i64 {
    match field(body, name) {
        Some(Value::Number(number)) => number.as_i64().unwrap_or_default(),
        Some(Value::String(text)) => text.parse().unwrap_or_default(),
        _ => 0,
    }
}

pub(super) fn flag(body: &Value, name: &str) -> bool {
    field(body, name)
        .and_then(Value::as_bool)
        .unwrap_or_default()
}

pub(super) fn set(value: &mut Value, name: &str, to: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(name.to_owned(), to);
    }
}
