//! Answers in Cloudflare's envelope.

use serde_json::{Value, json};

use crate::http::Answer;

/// What is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: u32,
    message: String,
    chain: Vec<(u32, &'static str)>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            chain: Vec::new(),
        }
    }

    /// A record that is none: what is wrong stands in the chain.
    pub(super) fn invalid(code: u32, message: &'static str) -> Self {
        Self {
            chain: vec![(code, message)],
            ..Self::new(400, 1004, "DNS Validation Error")
        }
    }

    pub(super) fn not_json() -> Self {
        Self::new(400, 9207, "Request body is invalid.")
    }

    pub(super) fn no_route(path: &str) -> Self {
        Self {
            chain: vec![(7000, "No route for that URI")],
            ..Self::new(
                404,
                7003,
                format!("Could not route to {path}, perhaps your object identifier is invalid?"),
            )
        }
    }

    pub(super) fn no_record() -> Self {
        Self::new(404, 81_044, "Record does not exist.")
    }

    pub(super) fn into_answer(self) -> Answer {
        refuse_because(self.status, self.code, &self.message, &self.chain)
    }
}

pub(super) fn refuse(status: u16, code: u32, message: &str) -> Answer {
    refuse_because(status, code, message, &[])
}

pub(super) fn refuse_because(
    status: u16,
    code: u32,
    message: &str,
    chain: &[(u32, &'static str)],
) -> Answer {
    let links: Vec<Value> = chain
        .iter()
        .map(|(code, message)| json!({"code": code, "message": message}))
        .collect();
    let mut error = json!({"code": code, "message": message});
    if let (Some(error), false) = (error.as_object_mut(), links.is_empty()) {
        error.insert("error_chain".to_owned(), Value::Array(links));
    }
    Answer::json(
        status,
        &json!({"success": false, "errors": [error], "messages": [], "result": null}),
    )
}

pub(super) fn result(result: &Value) -> Answer {
    Answer::json(
        200,
        &json!({"success": true, "errors": [], "messages": [], "result": result}),
    )
}
