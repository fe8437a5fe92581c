//! Orders.

use serde_json::{Value, json};

use super::answer::{collection, integer, list as listed, new_id, refuse, unknown_id};
use crate::{
    clock,
    http::{Answer, Request},
    store::Store,
};

/// What must hold for an order; the first problem and its field.
fn problem(body: &Value) -> Option<(&'static str, &'static str)> {
    match integer(body.get("amount")) {
        None => return Some(("The amount field is required.", "amount")),
        Some(amount) if amount < 100 => {
            return Some(("Order amount less than minimum amount allowed", "amount"));
        }
        Some(_) => {}
    }
    let currency = body.get("currency").and_then(Value::as_str);
    if currency.is_none_or(|text| text.len() != 3) {
        return Some(("The currency field is required.", "currency"));
    }
    let receipt = body.get("receipt").and_then(Value::as_str).unwrap_or("");
    if receipt.chars().count() > 40 {
        return Some((
            "The receipt may not be greater than 40 characters.",
            "receipt",
        ));
    }
    let notes = body.get("notes").and_then(Value::as_object);
    if notes.is_some_and(|notes| notes.len() > 15) {
        return Some(("The notes may not have more than 15 items.", "notes"));
    }
    None
}

pub(super) fn create(request: &Request, store: &mut Store) -> Answer {
    let Some(body) = request.json() else {
        return refuse(400, "The request body is not valid JSON.", None);
    };
    if let Some((text, field)) = problem(&body) {
        return refuse(400, text, Some(field));
    }
    let receipt = body.get("receipt").and_then(Value::as_str);
    let is_taken = receipt.is_some() && {
        let orders = store.values("order");
        orders.iter().any(|order| has_receipt(order, receipt))
    };
    if is_taken {
        return refuse(400, "Order receipt should be unique.", Some("receipt"));
    }
    let id = new_id(store, "order");
    let amount = integer(body.get("amount"));
    let order = json!({
        "id": id,
        "entity": "order",
        "amount": amount,
        "amount_paid": 0,
        "amount_due": amount,
        "currency": body.get("currency"),
        "receipt": receipt,
        "offer_id": null,
        "status": "created",
        "attempts": 0,
        "notes": body.get("notes").filter(|notes| notes.is_object()).unwrap_or(&json!([])),
        "created_at": clock::seconds(),
    });
    store.put("order", &id, &order);
    Answer::json(200, &order)
}

fn has_receipt(order: &Value, receipt: Option<&str>) -> bool {
    order.get("receipt").and_then(Value::as_str) == receipt
}

pub(super) fn list(request: &Request, store: &Store) -> Answer {
    let mut orders = store.values("order");
    if let Some(receipt) = request.parameter("receipt") {
        orders.retain(|order| has_receipt(order, Some(receipt)));
    }
    listed(request, orders)
}

pub(super) fn payments(store: &Store, id: &str) -> Answer {
    if !store.contains("order", id) {
        return unknown_id();
    }
    let mut payments = store.values("payment");
    payments.retain(|payment| payment.get("order_id").and_then(Value::as_str) == Some(id));
    payments.reverse();
    collection(&payments)
}
