//! Facts about a Mailcow as a whole.

use bheem_http_kit::lenient;
use serde::Deserialize;

/// The rules passwords must satisfy. Mailcow keeps them as strings.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one field for each rule of Mailcow's"
)]
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct PasswordPolicy {
    /// The least number of characters.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub length: Option<i64>,
    /// A letter is required.
    #[serde(default, rename = "chars", deserialize_with = "lenient::flag")]
    pub requires_letter: bool,
    /// A special character is required.
    #[serde(default, rename = "special_chars", deserialize_with = "lenient::flag")]
    pub requires_special: bool,
    /// A digit is required.
    #[serde(default, rename = "numbers", deserialize_with = "lenient::flag")]
    pub requires_digit: bool,
    /// Both cases are required.
    #[serde(default, rename = "lowerupper", deserialize_with = "lenient::flag")]
    pub requires_both_cases: bool,
}

/// A DKIM record to publish.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Dkim {
    /// The text of the record.
    #[serde(rename = "dkim_txt")]
    pub txt: String,
    /// The label before `._domainkey`.
    #[serde(rename = "dkim_selector")]
    pub selector: String,
    /// The size of the key in bits.
    #[serde(default, rename = "length", deserialize_with = "lenient::integer")]
    pub key_bits: Option<i64>,
}

/// Which Mailcow this is.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Version {
    /// Its version, such as `2026-08`.
    pub version: String,
}
