//! Answers in Mailgun's words.

use serde_json::{Value, json};

use crate::http::Answer;

/// An answer, or a refusal.
pub(super) type Reply = Result<Answer, Answer>;

pub(super) fn refuse(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"message": message}))
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn set(value: &mut Value, name: &str, to: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(name.to_owned(), to);
    }
}
