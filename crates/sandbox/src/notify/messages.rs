//! The kept messages. A repeated `Idempotency-Key` answers the first message and keeps no second.

use serde_json::{Value, json};

use super::{otp, schema::Operation};
use crate::{clock, http::Answer, store::Store};

const TABLE: &str = "message";
const KEYS: &str = "idempotency_key";

pub(super) fn deliver(
    store: &mut Store,
    operation: Operation,
    body: &Value,
    idempotency_key: Option<&str>,
) -> Answer {
    let known = idempotency_key.and_then(|key| store.get::<String>(KEYS, key));
    let id = known.unwrap_or_else(|| keep(store, operation, body, idempotency_key));
    Answer::json(
        200,
        &json!({"success": true, "message_id": id, "status": "queued"}),
    )
}

fn keep(
    store: &mut Store,
    operation: Operation,
    body: &Value,
    idempotency_key: Option<&str>,
) -> String {
    let number = store.next_id(TABLE);
    let id = format!("msg-{number:08}");
    let mut message = body.clone();
    if let Some(fields) = message.as_object_mut() {
        fields.insert("id".to_owned(), json!(id));
        fields.insert("kind".to_owned(), json!(operation.kind()));
        fields.insert("idempotency_key".to_owned(), json!(idempotency_key));
        fields.insert("accepted_at".to_owned(), json!(clock::now().to_rfc3339()));
        if operation == Operation::OtpSend {
            // What the telephone shows.
            let code = otp::create(store, body);
            fields.insert("message".to_owned(), json!(format!("Your code is {code}")));
        }
    }
    store.put(TABLE, &id, &message);
    if let Some(key) = idempotency_key {
        store.put(KEYS, key, &id);
    }
    id
}

/// In the order in which they came.
pub(super) fn list(store: &Store) -> Vec<Value> {
    store.values(TABLE)
}
