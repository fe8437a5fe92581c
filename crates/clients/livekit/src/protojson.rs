//! Reading protocol buffers written as JSON (<https://protobuf.dev/programming-guides/json/>): 64-bit numbers are text,
//! enums are names or numbers, what has its default value is left out or `null`.

use bheem_http_kit::lenient;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize as _, Deserializer};
use serde_json::Value;

/// A whole number, 0 when there is none.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Ok(lenient::integer(deserializer)?.unwrap_or_default())
}

/// A count, 0 when there is none.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let number = lenient::integer(deserializer)?.unwrap_or_default();
    Ok(u32::try_from(number).unwrap_or_default())
}

/// A text, empty when there is none.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        _ => Err(D::Error::custom("expected text")),
    }
}

/// Something within something else; nothing when it cannot be read.
pub(crate) fn part<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// A list within something else, without what cannot be read.
pub(crate) fn parts<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(items) => items
            .into_iter()
            .filter_map(|item| serde_json::from_value(item).ok())
            .collect(),
        _ => Vec::new(),
    })
}

/// The name of an enum's value, given by name or number; the first one when there is none.
pub(crate) fn name<'de, D: Deserializer<'de>>(
    deserializer: D,
    names: &[&str],
) -> Result<String, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if let Value::String(name) = value {
        return Ok(name);
    }
    let number = lenient::integer_of(&value).unwrap_or_default();
    let name = usize::try_from(number)
        .ok()
        .and_then(|number| names.get(number));
    Ok(name.map_or_else(|| number.to_string(), |name| (*name).to_owned()))
}
