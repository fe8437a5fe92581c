//! Reading protocol buffers written as JSON: 64-bit numbers are text, and what has its default value is left out.

use bheem_http_kit::lenient;
use serde::Deserializer;

/// A whole number, 0 when there is none.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Ok(lenient::integer(deserializer)?.unwrap_or_default())
}

/// A count, 0 when there is none.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let number = lenient::integer(deserializer)?.unwrap_or_default();
    Ok(u32::try_from(number).unwrap_or_default())
}
