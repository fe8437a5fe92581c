//! Contacts.

use serde_json::{Value, json};

use super::detail;
use crate::{
    http::{Answer, Request},
    store::Store,
};

fn has_address(contact: &Value, email: &str) -> bool {
    let found = contact.get("email").and_then(Value::as_str);
    found.is_some_and(|found| found.eq_ignore_ascii_case(email))
}

pub(super) fn list(request: &Request, store: &Store) -> Answer {
    let mut contacts = store.values("contact");
    if let Some(email) = request.parameter("email") {
        contacts.retain(|contact| has_address(contact, email));
    }
    Answer::json(200, &json!({"results": contacts}))
}

pub(super) fn create(request: &Request, store: &mut Store) -> Answer {
    let Some(Value::Object(mut body)) = request.json() else {
        return detail(400, "JSON expected");
    };
    let email = body
        .get("email")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !email.contains('@') {
        let problem =
            json!([{"loc": ["body", "email"], "msg": "value is not a valid email address"}]);
        return Answer::json(422, &json!({"detail": problem}));
    }
    if store
        .values("contact")
        .iter()
        .any(|contact| has_address(contact, email))
    {
        return detail(409, "A contact with this email exists");
    }
    let id = store.next_id("contact").to_string();
    body.insert("id".to_owned(), json!(id));
    let contact = Value::Object(body);
    store.put("contact", &id, &contact);
    Answer::json(201, &contact)
}
