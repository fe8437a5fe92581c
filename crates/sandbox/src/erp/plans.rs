//! Plans.

use serde_json::{Value, json};

use crate::{
    http::{Answer, Request},
    store::Store,
};

/// What the ERP sells from the beginning.
pub(super) fn seed(store: &mut Store) {
    let plan = |number: u32, sku: &str, name: &str, price: &str, users: i64, gb: i64| {
        json!({
            "plan_id": format!("00000000-0000-0000-0000-{number:012}"),
            "sku_code": sku,
            "name": name,
            "description": null,
            "base_price": price,
            "currency": "INR",
            "billing_cycle": "monthly",
            "features": {"max_users": users, "storage_gb": gb},
            "tiers": [],
        })
    };
    for (position, plan) in [
        plan(1, "WORKSPACE-STARTER", "Starter", "999.00", 10, 10),
        plan(
            2,
            "WORKSPACE-PROFESSIONAL",
            "Professional",
            "2999.00",
            50,
            100,
        ),
        plan(3, "WORKSPACE-ENTERPRISE", "Enterprise", "9999.00", -1, 500),
    ]
    .iter()
    .enumerate()
    {
        store.put("plan", &position.to_string(), plan);
    }
}

pub(super) fn list(store: &Store) -> Answer {
    Answer::json(200, &json!({"plans": store.values("plan")}))
}

/// Whether there is a plan of this id or SKU.
pub(super) fn exists(store: &Store, wanted: &str) -> bool {
    store.values("plan").iter().any(|plan| {
        ["plan_id", "sku_code"]
            .iter()
            .any(|name| plan.get(name).and_then(Value::as_str) == Some(wanted))
    })
}

/// `PUT /__sandbox/plans` with a list: what the ERP sells from now on.
pub(super) fn replace(request: &Request, store: &mut Store) -> Answer {
    let Some(Value::Array(plans)) = request.json() else {
        return Answer::json(400, &json!({"error": "not a list"}));
    };
    store.remove_below("plan", "");
    for (position, plan) in plans.iter().enumerate() {
        store.put("plan", &position.to_string(), plan);
    }
    Answer::empty(204)
}
