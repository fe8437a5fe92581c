//! Quotas: set in words, read back in bytes.

/// The form in which a quota is kept: `none`, `default`, or bytes; `None` if it makes no sense.
pub(super) fn parse(text: &str) -> Option<String> {
    let text = text.trim();
    match text {
        "" | "default" => return Some("default".to_owned()),
        "none" | "unlimited" | "-3" => return Some("none".to_owned()),
        _ => {}
    }
    // PHP reads digits as far as they go, and a unit only if it is one; anything else makes no difference (32.0.1).
    let end = text.find(|one: char| !one.is_ascii_digit() && one != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let exponent: u32 = match unit.trim().to_ascii_lowercase().as_str() {
        "k" | "kb" => 1,
        "m" | "mb" => 2,
        "g" | "gb" => 3,
        // The comma of `1,5 GB` ends the number, and the unit at the end counts.
        rest if rest.starts_with(',') && rest.ends_with("gb") => 3,
        "t" | "tb" => 4,
        "p" | "pb" => 5,
        _ => 0,
    };
    let factor = 1024_u64.checked_pow(exponent)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let tenths = fraction.get(..1).unwrap_or("0");
    let tenths = tenths.parse::<u64>().unwrap_or_default();
    let whole = whole.parse::<u64>().unwrap_or_default();
    Some((whole.checked_mul(factor)? + tenths * factor / 10).to_string())
}

/// Bytes, or `None` without a limit.
pub(super) fn limit(kept: &str) -> Option<u64> {
    kept.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_as_php_does() {
        for (text, kept) in [
            ("1 GB", Some("1073741824")),
            ("1.5 MB", Some("1572864")),
            ("500", Some("500")),
            ("none", Some("none")),
            ("", Some("default")),
            ("1 GiB", Some("1")),
            ("a lot", Some("0")),
            ("1,5 GB", Some("1073741824")),
            ("10 XB", Some("10")),
        ] {
            assert_eq!(parse(text).as_deref(), kept, "{text}");
        }
    }
}
