//! Reading what PHP writes: numbers as strings, `{}` for an empty list, `""` for nothing.
//!
//! For `#[serde(default, deserialize_with = "...")]`. These never fail on a surprising type: a field that nobody
//! can read is absent, and what matters is checked where it is used.

use serde::Deserialize as _;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;

/// A whole number, or nothing if there is none to be read.
///
/// # Errors
/// If the input is no JSON at all.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(integer_of(&Value::deserialize(deserializer)?))
}

/// The whole number a value stands for.
#[must_use]
pub fn integer_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| format!("{:.0}", number.as_f64()?).parse().ok()),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(flag) => Some(i64::from(*flag)),
        _ => None,
    }
}

/// A truth value: `true`, a number other than zero, or one of the words for it.
///
/// # Errors
/// If the input is no JSON at all.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => flag,
        Value::String(text) if matches!(text.trim(), "true" | "yes" | "on") => true,
        other => integer_of(&other).is_some_and(|number| number != 0),
    })
}

/// Text, or nothing if it is empty or null. Numbers are taken as their digits.
///
/// # Errors
/// If the input is no JSON at all.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A list; `{}`, `null` and `""` are empty ones, and an object stands for its values.
///
/// # Errors
/// If an item is not of the expected type.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let items = match Value::deserialize(deserializer)? {
        Value::Array(items) => items,
        Value::Object(map) => map.into_iter().map(|(_key, item)| item).collect(),
        Value::Null => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        _ => return Err(D::Error::custom("expected a list")),
    };
    items
        .into_iter()
        .map(|item| {
            serde_json::from_value(item).map_err(|_hidden| D::Error::custom("unexpected item"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "integer")]
        number: Option<i64>,
        #[serde(default, deserialize_with = "flag")]
        flag: bool,
        #[serde(default, deserialize_with = "text")]
        text: Option<String>,
        #[serde(default, deserialize_with = "list")]
        list: Vec<String>,
    }

    fn read(json: &str) -> Row {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn php_spellings_are_read() {
        let row = read(r#"{"number":"12","flag":"1","text":7,"list":{}}"#);
        assert_eq!(
            row,
            Row {
                number: Some(12),
                flag: true,
                text: Some("7".to_owned()),
                list: vec![]
            }
        );
        assert_eq!(
            read(r#"{"number":"- ","flag":0,"text":"","list":null}"#),
            Row::default()
        );
        assert_eq!(
            read(r#"{"number":3.0,"list":{"1":"a"}}"#).list,
            vec!["a".to_owned()]
        );
        assert_eq!(read("{}"), Row::default());
    }

    proptest! {
        #[test]
        fn any_number_is_read_without_panic(number in any::<f64>()) {
            let text = serde_json::json!({ "number": number }).to_string();
            let _row: Row = serde_json::from_str(&text).unwrap();
        }
    }
}
