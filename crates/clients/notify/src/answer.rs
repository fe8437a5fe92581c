//! What Notify answers, whichever version it is.

use bheem_http_kit::{PeerText, Response};
use serde_json::Value;

use crate::Error;

const ID_KEYS: [&str; 6] = [
    "id",
    "message_id",
    "messageId",
    "notification_id",
    "request_id",
    "sid",
];

/// A message Notify accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// Notify's id of the message, if it tells one.
    pub id: Option<String>,
}

/// The object a successful answer holds; an empty body stands for an empty one.
pub(crate) fn object(answer: Response) -> Result<Value, Error> {
    let operation = answer.operation();
    let answer = answer.checked()?;
    if answer.body().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let value: Value = answer.json()?;
    if !value.is_object() {
        return Err(Error::Protocol { operation });
    }
    if is_refusal(&value) {
        return Err(Error::Refused {
            operation,
            message: message(&value),
        });
    }
    Ok(value)
}

pub(crate) fn sent(answer: Response) -> Result<Sent, Error> {
    Ok(Sent {
        id: find_id(&object(answer)?),
    })
}

fn is_refusal(value: &Value) -> bool {
    let has_error = ["error", "errors"].iter().any(|key| match value.get(key) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(_) => true,
    });
    let is_failed = value.get("success").and_then(Value::as_bool) == Some(false)
        || value
            .get("status")
            .and_then(Value::as_str)
            .is_some_and(|status| {
                ["error", "failed", "failure"].contains(&status.to_ascii_lowercase().as_str())
            });
    has_error || is_failed
}

fn message(value: &Value) -> Option<PeerText> {
    let text = ["error", "message", "detail"]
        .iter()
        .find_map(|key| value.get(key)?.as_str())?;
    Some(text.to_owned().into())
}

fn find_id(value: &Value) -> Option<String> {
    let at = |holder: &Value| {
        ID_KEYS.iter().find_map(|key| match holder.get(key)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    at(value)
        .or_else(|| at(value.get("data")?))
        .or_else(|| at(value.get("result")?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failure_in_a_success_is_seen() {
        for refusal in [
            json!({"success": false}),
            json!({"error": "no such template"}),
            json!({"errors": ["x"]}),
            json!({"status": "FAILED"}),
            json!({"success": true, "error": {"code": 1}}),
        ] {
            assert!(is_refusal(&refusal), "{refusal}");
        }
        for fine in [
            json!({}),
            json!({"success": true, "error": null}),
            json!({"status": "sent", "error": "", "errors": []}),
        ] {
            assert!(!is_refusal(&fine), "{fine}");
        }
    }

    #[test]
    fn the_id_is_found_wherever_it_is() {
        assert_eq!(find_id(&json!({"id": 7})), Some("7".to_owned()));
        assert_eq!(
            find_id(&json!({"data": {"messageId": "m"}})),
            Some("m".to_owned())
        );
        assert_eq!(
            find_id(&json!({"result": {"sid": "s"}, "id": ""})),
            Some("s".to_owned())
        );
        assert_eq!(find_id(&json!({"data": [1]})), None);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(|number| json!(number)),
            "\\PC{0,12}".prop_map(Value::from),
        ];
        let name = "id|message_id|data|result|error|errors|success|status|[a-z]{1,4}";
        leaf.prop_recursive(4, 64, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(name, inner, 0..6).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn fuzz_any_json_is_judged_without_a_panic(value in any_json()) {
            let _refusal = is_refusal(&value);
            let _text = message(&value);
            prop_assert!(find_id(&value).is_none_or(|id| !id.is_empty()));
        }
    }
}
