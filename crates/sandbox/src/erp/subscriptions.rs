//! Subscriptions: one that is not over for each person.

use serde_json::{Value, json};

use super::{detail, plans};
use crate::{
    http::{Answer, Request},
    store::Store,
};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn create(request: &Request, store: &mut Store) -> Answer {
    let body = request.json().unwrap_or_default();
    for field in ["user_id", "plan_id"] {
        if text(&body, field).is_empty() {
            let problem = json!([{"loc": ["body", field], "msg": "field required"}]);
            return Answer::json(422, &json!({"detail": problem}));
        }
    }
    if !plans::exists(store, text(&body, "plan_id")) {
        return detail(404, "Plan not found");
    }
    let user = text(&body, "user_id");
    let is_taken = store
        .values("subscription")
        .iter()
        .any(|it| text(it, "user_id") == user && text(it, "status") != "cancelled");
    if is_taken {
        return detail(409, "User already has a subscription");
    }
    let id = store.next_id("subscription").to_string();
    let subscription = json!({
        "id": id,
        "user_id": user,
        "plan_id": body.get("plan_id"),
        "company_id": body.get("company_id"),
        "tier_id": body.get("tier_id"),
        "payment_reference": body.get("payment_reference"),
        "status": "pending",
    });
    store.put("subscription", &id, &subscription);
    Answer::json(201, &subscription)
}

/// The newest one.
pub(super) fn of_user(store: &Store, user: &str) -> Answer {
    let all = store.list::<Value>("subscription");
    let newest = all
        .into_iter()
        .filter(|(_, it)| text(it, "user_id") == user)
        .max_by_key(|(id, _)| id.parse::<u64>().unwrap_or_default());
    match newest {
        Some((_, subscription)) => Answer::json(200, &subscription),
        None => detail(404, "No subscription found"),
    }
}

pub(super) fn set_status(
    store: &mut Store,
    id: &str,
    status: &str,
    reason: Option<&Value>,
) -> Answer {
    let Some(mut subscription) = store.get::<Value>("subscription", id) else {
        return detail(404, "Subscription not found");
    };
    if let Some(object) = subscription.as_object_mut() {
        object.insert("status".to_owned(), json!(status));
        if let Some(reason) = reason {
            object.insert("reason".to_owned(), reason.clone());
        }
    }
    store.put("subscription", id, &subscription);
    Answer::json(200, &subscription)
}
