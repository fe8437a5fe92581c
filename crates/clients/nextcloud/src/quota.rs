//! How much room a user may have, as an operator writes it. Nextcloud itself takes any text with a digit in it: of `1 GiB` it
//! makes one byte, of `a lot` none, and answers 200 (32.0.1, 2026-11). So it is read here, strictly, and sent in bytes.

use std::fmt;
use std::str::FromStr;

/// A limit of a user's room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuotaLimit {
    /// What the server gives everybody.
    Default,
    /// No limit.
    Unlimited,
    /// So many bytes.
    Bytes(u64),
}

/// A text that is no size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no size: write a number and B, KB, MB, GB or TB, such as `5 GB` or `1.5 GB`, or `none`, or `default`"
)]
pub struct QuotaError(String);

impl FromStr for QuotaLimit {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        match text.trim() {
            "none" => Ok(Self::Unlimited),
            "default" => Ok(Self::Default),
            size => bytes(size)
                .map(Self::Bytes)
                .ok_or_else(|| QuotaError(text.to_owned())),
        }
    }
}

/// Nextcloud's units are powers of 1024.
fn bytes(size: &str) -> Option<u64> {
    let end = size
        .find(|one: char| !one.is_ascii_digit() && one != '.')
        .unwrap_or(size.len());
    let (number, unit) = size.split_at(end);
    let exponent = match unit.trim_start().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "KB" => 1,
        "MB" => 2,
        "GB" => 3,
        "TB" => 4,
        _ => return None,
    };
    let factor = 1024_u64.checked_pow(exponent)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 3 {
        return None;
    }
    let part = fraction.parse::<u64>().ok()?.checked_mul(factor)?;
    let part = part / 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(factor)?
        .checked_add(part)
}

impl fmt::Display for QuotaLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Unlimited => f.write_str("none"),
            Self::Bytes(bytes) => write!(f, "{bytes}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_strictly() {
        const GB: u64 = 1024 * 1024 * 1024;
        for (text, limit) in [
            ("1 GB", Some(QuotaLimit::Bytes(GB))),
            ("5gb", Some(QuotaLimit::Bytes(5 * GB))),
            ("1.5 GB", Some(QuotaLimit::Bytes(GB + GB / 2))),
            ("500 MB", Some(QuotaLimit::Bytes(500 * 1024 * 1024))),
            ("1048576", Some(QuotaLimit::Bytes(1_048_576))),
            ("none", Some(QuotaLimit::Unlimited)),
            ("default", Some(QuotaLimit::Default)),
            ("1 GiB", None),
            ("a lot", None),
            ("1,5 GB", None),
            ("10 XB", None),
            ("", None),
            ("GB", None),
            ("-3", None),
            ("1..5 GB", None),
            ("1 GB 2", None),
            ("99999999999 TB", None),
        ] {
            assert_eq!(text.parse().ok(), limit, "{text}");
        }
        let error = "a lot".parse::<QuotaLimit>().unwrap_err();
        assert!(error.to_string().contains("`a lot` is no size"), "{error}");
        assert_eq!(QuotaLimit::Bytes(GB).to_string(), "1073741824");
    }
}
