//! JSON that people choose freely and that is stored as it is.

use bheem_domain::Invalid;
use serde_json::Value;

/// Longest text of such an object.
const MAX_BYTES: usize = 64 * 1024;

/// Refuses what is no object, is too large, or holds a NUL, which `jsonb` cannot store.
pub(crate) fn storable_object(field: &'static str, value: &Value) -> Result<(), Invalid> {
    if !value.is_object() {
        return Err(Invalid::new(field, "must be an object"));
    }
    if value.to_string().len() > MAX_BYTES {
        return Err(Invalid::new(field, "must have at most 65536 bytes"));
    }
    if has_nul(value) {
        return Err(Invalid::new(field, "must not hold the character NUL"));
    }
    Ok(())
}

/// As deep as the parser of requests lets values nest, which is not deep.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_that_the_database_can_keep_pass() {
        assert!(storable_object("settings", &json!({"a": [1, {"b": "text"}]})).is_ok());
    }

    #[test]
    fn what_it_cannot_keep_is_refused() {
        let long = "x".repeat(MAX_BYTES);
        for value in [
            json!([]),
            json!("text"),
            json!(null),
            json!({"a": [{"b": "\0"}]}),
            json!({"\0": 1}),
            json!({ "a": long }),
        ] {
            let refused = storable_object("settings", &value).unwrap_err();
            assert_eq!(refused.field, "settings");
        }
    }
}
