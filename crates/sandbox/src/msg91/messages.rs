//! Codes and messages.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{error, success};
use crate::{
    clock, digest,
    http::{Answer, Request},
    random,
    store::Store,
};

/// How often a code is told again.
const RESENDS: u32 = 3;

#[derive(Serialize, Deserialize)]
struct Code {
    hash: String,
    ends: i64,
    resends: u32,
    is_used: bool,
}

/// A fresh account has one template of each kind.
pub(super) fn seed(store: &mut Store) {
    for name in ["code-template", "flow-template"] {
        store.put("template", name, &name);
    }
}

/// `POST /__sandbox/templates` with `{"id"}`: what a person does in the dashboard.
pub(super) fn add_template(request: &Request, store: &mut Store) -> Answer {
    let body = request.json().unwrap_or_default();
    let Some(id) = body.get("id").and_then(Value::as_str) else {
        return Answer::json(400, &json!({"error": "id is missing"}));
    };
    store.put("template", id, &id);
    Answer::empty(204)
}

/// Country code and number, digits only.
fn mobile(text: Option<&str>) -> Option<&str> {
    text.filter(|text| {
        (8..=15).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit())
    })
}

fn keep(store: &mut Store, message: &Value) -> Answer {
    let number = store.next_id("message");
    let id = format!("{number:06}{}", random::hex::<9>());
    store.put("message", &id, message);
    success(&id)
}

pub(super) fn send_code(request: &Request, store: &mut Store) -> Answer {
    let template = request.parameter("template_id").unwrap_or_default();
    if !store.contains("template", template) {
        return error("Invalid Template ID");
    }
    let Some(mobile) = mobile(request.parameter("mobile")) else {
        return error("Invalid mobile number");
    };
    let length: usize = request
        .parameter("otp_length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(4);
    // Theirs would be one of digits; ours is given in nearly every case.
    let made = random::letters::<9>();
    let code = request
        .parameter("otp")
        .map_or_else(|| made.chars().take(length).collect(), str::to_owned);
    if !(4..=9).contains(&code.chars().count()) {
        return error("OTP length must be between 4 and 9");
    }
    // A day, unless told otherwise.
    let minutes: i64 = request
        .parameter("otp_expiry")
        .and_then(|text| text.parse().ok())
        .unwrap_or(24 * 60);
    let kept = Code {
        hash: digest::of(&code),
        ends: clock::seconds().saturating_add(minutes.saturating_mul(60)),
        resends: 0,
        is_used: false,
    };
    store.put("code", mobile, &kept);
    let message = json!({"kind": "code", "mobile": mobile, "template_id": template, "text": code});
    keep(store, &message)
}

pub(super) fn resend(request: &Request, store: &mut Store) -> Answer {
    let Some(mobile) = mobile(request.parameter("mobile")) else {
        return error("Invalid mobile number");
    };
    let Some(mut code) = store
        .get::<Code>("code", mobile)
        .filter(|code| !code.is_used)
    else {
        return error("No OTP request found to retryotp");
    };
    if code.resends >= RESENDS {
        return error("Maximum retry attempts reached");
    }
    code.resends += 1;
    store.put("code", mobile, &code);
    let channel = request.parameter("retrytype").unwrap_or("voice");
    keep(
        store,
        &json!({"kind": "code again", "mobile": mobile, "channel": channel}),
    )
}

pub(super) fn verify(request: &Request, store: &mut Store) -> Answer {
    let Some(mobile) = mobile(request.parameter("mobile")) else {
        return error("Mobile no. not found");
    };
    let Some(mut code) = store.get::<Code>("code", mobile) else {
        return error("Mobile no. not found");
    };
    if code.is_used {
        return error("Mobile no. already verified");
    }
    if code.ends <= clock::seconds() {
        return error("OTP expired");
    }
    if !digest::matches(request.parameter("otp").unwrap_or_default(), &code.hash) {
        return error("OTP not match");
    }
    code.is_used = true;
    store.put("code", mobile, &code);
    Answer::json(
        200,
        &json!({"type": "success", "message": "OTP verified success"}),
    )
}

pub(super) fn send_flow(request: &Request, store: &mut Store) -> Answer {
    let Some(body) = request.json() else {
        return error("Invalid JSON");
    };
    let template = body.get("template_id").and_then(Value::as_str);
    if !template.is_some_and(|id| store.contains("template", id)) {
        return error("Invalid Template ID");
    }
    let recipients = body.get("recipients").and_then(Value::as_array);
    let Some(recipients) = recipients.filter(|list| !list.is_empty()) else {
        return error("Recipients missing");
    };
    let is_known = |one: &Value| mobile(one.get("mobiles").and_then(Value::as_str)).is_some();
    if !recipients.iter().all(is_known) {
        return error("Invalid mobile number");
    }
    let message = json!({"kind": "flow", "template_id": template, "recipients": recipients});
    keep(store, &message)
}
