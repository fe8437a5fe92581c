//! What a customer does at the checkout, by control.

use aws_lc_rs::hmac;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::new_id,
    payments::{captured, number, set, text},
    webhooks,
};
use crate::{
    clock,
    http::{Answer, Request},
    store::Store,
    text::hex,
};

/// `POST /__sandbox/pay`.
#[derive(Deserialize)]
struct Pay {
    order_id: String,
    /// `captured`, `authorized` or `failed`.
    #[serde(default)]
    outcome: Option<String>,
    #[serde(default)]
    method: Option<String>,
}

/// Answers what the checkout hands to the page: the ids and their signature.
pub(super) fn pay(request: &Request, store: &mut Store, key: &str, webhook: &str) -> Answer {
    let wish: Pay = match serde_json::from_slice(&request.body) {
        Ok(wish) => wish,
        Err(error) => return Answer::json(400, &json!({"error": error.to_string()})),
    };
    let Some(mut order) = store.get::<Value>("order", &wish.order_id) else {
        return Answer::json(404, &json!({"error": "no such order"}));
    };
    if text(&order, "status") == "paid" {
        return Answer::json(409, &json!({"error": "the order is paid"}));
    }
    let outcome = wish.outcome.as_deref().unwrap_or("captured");
    let attempts = number(&order, "attempts") + 1;
    set(&mut order, "attempts", json!(attempts));
    set(&mut order, "status", json!("attempted"));
    store.put("order", &wish.order_id, &order);
    let id = new_id(store, "pay");
    let has_failed = outcome == "failed";
    let payment = json!({
        "id": id,
        "entity": "payment",
        "amount": order.get("amount_due"),
        "currency": order.get("currency"),
        "status": if has_failed { "failed" } else { "authorized" },
        "order_id": wish.order_id,
        "method": wish.method.as_deref().unwrap_or("upi"),
        "captured": false,
        "amount_refunded": 0,
        "refund_status": null,
        "error_code": has_failed.then_some("BAD_REQUEST_ERROR"),
        "error_reason": has_failed.then_some("payment_failed"),
        "notes": [],
        "created_at": clock::seconds(),
    });
    store.put("payment", &id, &payment);
    if has_failed {
        webhooks::emit(store, webhook, "payment.failed", &[("payment", &payment)]);
        return Answer::json(200, &json!({"razorpay_payment_id": id}));
    }
    webhooks::emit(
        store,
        webhook,
        "payment.authorized",
        &[("payment", &payment)],
    );
    if outcome == "captured" {
        captured(store, payment, webhook);
    }
    let signed = format!("{}|{id}", wish.order_id);
    Answer::json(
        200,
        &json!({
            "razorpay_order_id": wish.order_id,
            "razorpay_payment_id": id,
            "razorpay_signature": sign(key, signed.as_bytes()),
        }),
    )
}

/// HMAC-SHA256 in hexadecimal digits.
pub(super) fn sign(secret: &str, message: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex(hmac::sign(&key, message).as_ref())
}
