//! Payments and refunds.

use serde_json::{Value, json};

use super::{
    answer::{integer, list as listed, new_id, refuse, unknown_id},
    webhooks,
};
use crate::{
    clock,
    http::{Answer, Request},
    store::Store,
};

/// A field of an object that may be absent.
pub(super) fn set(value: &mut Value, name: &str, to: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(name.to_owned(), to);
    }
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn number(value: &Value, name: &str) -> i64 {
    integer(value.get(name)).unwrap_or_default()
}

pub(super) fn list(request: &Request, store: &Store) -> Answer {
    listed(request, store.values("payment"))
}

pub(super) fn capture(request: &Request, store: &mut Store, id: &str, secret: &str) -> Answer {
    let Some(payment) = store.get::<Value>("payment", id) else {
        return unknown_id();
    };
    let body = request.json().unwrap_or_default();
    match text(&payment, "status") {
        "authorized" => {}
        "captured" | "refunded" => {
            return refuse(400, "This payment has already been captured", None);
        }
        _ => {
            return refuse(
                400,
                "Only payments which have been authorized and not yet captured can be captured",
                None,
            );
        }
    }
    if integer(body.get("amount")) != Some(number(&payment, "amount")) {
        return refuse(
            400,
            "Capture amount must be equal to the amount authorized",
            Some("amount"),
        );
    }
    Answer::json(200, &captured(store, payment, secret))
}

/// Takes an amount: the payment is captured and its order paid.
pub(super) fn captured(store: &mut Store, mut payment: Value, secret: &str) -> Value {
    set(&mut payment, "status", json!("captured"));
    set(&mut payment, "captured", json!(true));
    store.put("payment", text(&payment, "id"), &payment);
    webhooks::emit(store, secret, "payment.captured", &[("payment", &payment)]);
    let order_id = text(&payment, "order_id").to_owned();
    if let Some(mut order) = store.get::<Value>("order", &order_id) {
        let paid = number(&order, "amount_paid") + number(&payment, "amount");
        let due = number(&order, "amount") - paid;
        set(&mut order, "amount_paid", json!(paid));
        set(&mut order, "amount_due", json!(due.max(0)));
        if due <= 0 {
            set(&mut order, "status", json!("paid"));
        }
        store.put("order", &order_id, &order);
        if due <= 0 {
            let parts = [("order", &order), ("payment", &payment)];
            webhooks::emit(store, secret, "order.paid", &parts);
        }
    }
    payment
}

pub(super) fn refund(request: &Request, store: &mut Store, id: &str, secret: &str) -> Answer {
    let Some(mut payment) = store.get::<Value>("payment", id) else {
        return unknown_id();
    };
    let body = request.json().unwrap_or_default();
    let left = number(&payment, "amount") - number(&payment, "amount_refunded");
    if !matches!(text(&payment, "status"), "captured" | "refunded") {
        return refuse(
            400,
            "The payment status should be captured for action to be taken",
            None,
        );
    }
    if left == 0 {
        return refuse(400, "The payment has been fully refunded already", None);
    }
    let amount = match body.get("amount") {
        None | Some(Value::Null) => left,
        given => match integer(given) {
            Some(amount) if (1..=left).contains(&amount) => amount,
            _ => {
                return refuse(
                    400,
                    "The refund amount provided is greater than amount captured",
                    Some("amount"),
                );
            }
        },
    };
    let refund_id = new_id(store, "rfnd");
    let refund = json!({
        "id": refund_id,
        "entity": "refund",
        "amount": amount,
        "currency": payment.get("currency"),
        "payment_id": id,
        "notes": body.get("notes").filter(|notes| notes.is_object()).unwrap_or(&json!([])),
        "receipt": body.get("receipt"),
        "status": "processed",
        "speed_processed": "normal",
        "created_at": clock::seconds(),
    });
    store.put("refund", &refund_id, &refund);
    let refunded = number(&payment, "amount_refunded") + amount;
    set(&mut payment, "amount_refunded", json!(refunded));
    if amount == left {
        set(&mut payment, "status", json!("refunded"));
        set(&mut payment, "refund_status", json!("full"));
    } else {
        set(&mut payment, "refund_status", json!("partial"));
    }
    store.put("payment", id, &payment);
    let parts = [("refund", &refund), ("payment", &payment)];
    webhooks::emit(store, secret, "refund.processed", &parts);
    Answer::json(200, &refund)
}

pub(super) fn refunds(request: &Request, store: &Store, id: &str) -> Answer {
    if !store.contains("payment", id) {
        return unknown_id();
    }
    let mut refunds = store.values("refund");
    refunds.retain(|refund| text(refund, "payment_id") == id);
    listed(request, refunds)
}
