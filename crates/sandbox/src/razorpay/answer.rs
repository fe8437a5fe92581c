//! Answers in Razorpay's words.

use serde_json::{Value, json};

use crate::{
    http::{Answer, Request},
    random,
    store::Store,
};

/// A refusal of the request as it is.
pub(super) fn refuse(status: u16, description: &str, field: Option<&str>) -> Answer {
    error(status, "BAD_REQUEST_ERROR", description, field)
}

pub(super) fn error(status: u16, code: &str, description: &str, field: Option<&str>) -> Answer {
    Answer::json(
        status,
        &json!({"error": {
            "code": code,
            "description": description,
            "source": "business",
            "step": "payment_initiation",
            "reason": "input_validation_failed",
            "field": field,
            "metadata": {},
        }}),
    )
}

/// An id nobody has.
pub(super) fn unknown_id() -> Answer {
    refuse(400, "The id provided does not exist", None)
}

pub(super) fn one(store: &Store, table: &str, id: &str) -> Answer {
    match store.get::<Value>(table, id) {
        Some(value) => Answer::json(200, &value),
        None => unknown_id(),
    }
}

/// An id in Razorpay's form. Later ones sort after earlier ones, so that lists are in order of time.
pub(super) fn new_id(store: &mut Store, prefix: &str) -> String {
    let number = store.next_id("id");
    format!("{prefix}_{number:06}{}", random::letters::<8>())
}

/// A list, newest first, as `count`, `skip`, `from` and `to` ask.
pub(super) fn list(request: &Request, mut items: Vec<Value>) -> Answer {
    let number = |name: &str| request.parameter(name).map(str::parse::<i64>);
    let (Ok(count), Ok(skip), Ok(from), Ok(to)) = (
        number("count").unwrap_or(Ok(10)),
        number("skip").unwrap_or(Ok(0)),
        number("from").unwrap_or(Ok(0)),
        number("to").unwrap_or(Ok(i64::MAX)),
    ) else {
        return refuse(400, "The count, skip, from and to must be integers.", None);
    };
    if !(1..=100).contains(&count) {
        return refuse(400, "The count must be between 1 and 100.", Some("count"));
    }
    items.retain(|item| {
        let at = item.get("created_at").and_then(Value::as_i64);
        at.is_some_and(|at| (from..=to).contains(&at))
    });
    items.reverse();
    let skip = usize::try_from(skip).unwrap_or(0);
    let count = usize::try_from(count).unwrap_or(10);
    let items: Vec<Value> = items.into_iter().skip(skip).take(count).collect();
    collection(&items)
}

pub(super) fn collection(items: &[Value]) -> Answer {
    Answer::json(
        200,
        &json!({"entity": "collection", "count": items.len(), "items": items}),
    )
}

/// A whole number that came as a number or as its digits.
pub(super) fn integer(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
