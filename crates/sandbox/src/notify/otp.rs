//! One-time passwords: ten minutes, five attempts, one use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{clock, digest, http::Answer, random, store::Store, text};

const TABLE: &str = "otp";
const LIFETIME_SECONDS: i64 = 600;
const ATTEMPTS: u32 = 5;

#[derive(Debug, Serialize, Deserialize)]
struct Otp {
    digest: String,
    expires_at: i64,
    attempts: u32,
}

/// Makes a code for a number; an earlier one no longer counts.
pub(super) fn create(store: &mut Store, body: &Value) -> String {
    let wanted = body.get("otp_length").and_then(text::integer).unwrap_or(6);
    let length = usize::try_from(wanted.clamp(4, 10)).unwrap_or(6);
    let digits = random::bytes::<10>();
    let code: String = digits
        .iter()
        .take(length)
        .filter_map(|byte| char::from_digit(u32::from(byte % 10), 10))
        .collect();
    let otp = Otp {
        digest: digest::of(&code),
        expires_at: clock::seconds() + LIFETIME_SECONDS,
        attempts: 0,
    };
    store.put(TABLE, number(body), &otp);
    code
}

pub(super) fn verify(store: &mut Store, body: &Value) -> Answer {
    let code = body.get("otp").and_then(Value::as_str).unwrap_or_default();
    let Some(mut otp) = store.get::<Otp>(TABLE, number(body)) else {
        return verdict(false, "OTP not found");
    };
    if otp.expires_at <= clock::seconds() {
        return verdict(false, "OTP expired");
    }
    if otp.attempts >= ATTEMPTS {
        return verdict(false, "Too many attempts");
    }
    if digest::matches(code, &otp.digest) {
        store.remove(TABLE, number(body));
        return verdict(true, "OTP verified");
    }
    otp.attempts += 1;
    store.put(TABLE, number(body), &otp);
    verdict(false, "OTP not match")
}

/// A wrong code is a success of the request.
fn verdict(verified: bool, message: &str) -> Answer {
    let body = json!({"success": verified, "verified": verified, "message": message});
    Answer::json(200, &body)
}

fn number(body: &Value) -> &str {
    body.get("to").and_then(Value::as_str).unwrap_or_default()
}

/// Whom a code was sent to; the code itself stands in the message.
pub(super) fn state(store: &Store) -> Value {
    let open = store.list::<Otp>(TABLE);
    open.iter()
        .map(|(to, otp)| json!({"to": to, "attempts": otp.attempts, "expires_at": otp.expires_at}))
        .collect()
}
