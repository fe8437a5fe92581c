//! The two forms of Mailcow's answers: an array of verdicts, and a bare object for what fails
//! before an operation begins.

use serde_json::{Value, json};

use crate::{http::Answer, text};

/// The verdicts of one request.
pub(super) struct Verdict {
    entries: Vec<Value>,
    log: Value,
}

impl Verdict {
    pub(super) fn new(action: &str, object: &str, attributes: &Value) -> Self {
        Self {
            entries: Vec::new(),
            log: json!(["mailbox", action, object, masked(attributes), null]),
        }
    }

    /// `["code", "argument", …]`.
    pub(super) fn success(&mut self, message: &[&str]) {
        self.push("success", message);
    }

    pub(super) fn danger(&mut self, message: &[&str]) {
        self.push("danger", message);
    }

    /// Limits come with integers.
    pub(super) fn limit(&mut self, code: &str, numbers: &[i64]) {
        let parts = numbers.iter().map(|number| json!(number));
        let message: Vec<Value> = std::iter::once(json!(code)).chain(parts).collect();
        let entry = json!({"type": "danger", "log": self.log, "msg": message});
        self.entries.push(entry);
    }

    /// A single word is sent as a string, not as a list. What follows the code is escaped for HTML.
    fn push(&mut self, kind: &str, message: &[&str]) {
        let message = match message {
            [single] => json!(single),
            [code, rest @ ..] => {
                let parts = rest.iter().map(|part| text::html_escape(part));
                json!(
                    std::iter::once((*code).to_owned())
                        .chain(parts)
                        .collect::<Vec<_>>()
                )
            }
            [] => json!(""),
        };
        let entry = json!({"type": kind, "log": self.log, "msg": message});
        self.entries.push(entry);
    }

    /// Without a verdict nothing was done, which Mailcow calls completed.
    pub(super) fn into_answer(self) -> Answer {
        if self.entries.is_empty() {
            return nothing_done();
        }
        json_answer(200, &Value::Array(self.entries))
    }
}

/// Mailcow logs what it was asked, with the passwords replaced.
fn masked(attributes: &Value) -> Value {
    let Value::Object(fields) = attributes else {
        return attributes.clone();
    };
    let masked = fields.iter().map(|(name, value)| {
        let is_secret = name.contains("passw");
        (
            name.clone(),
            if is_secret { json!("*") } else { value.clone() },
        )
    });
    Value::Object(masked.collect())
}

/// Nothing in it has said anything.
pub(super) fn nothing_done() -> Answer {
    json_answer(200, &json!({"type": "success", "msg": "Task completed"}))
}

/// A failure before the operation.
pub(super) fn early(status: u16, message: &str) -> Answer {
    json_answer(status, &json!({"type": "error", "msg": message}))
}

/// What a GET found: PHP calls an empty list empty and prints `{}`.
pub(super) fn found(value: Option<Value>) -> Answer {
    let value = value.filter(|value| !matches!(value, Value::Array(items) if items.is_empty()));
    json_answer(200, &value.unwrap_or_else(|| json!({})))
}

pub(super) fn json_answer(status: u16, body: &Value) -> Answer {
    Answer::text(status, "application/json", body.to_string())
}
