//! Quotas: set in words, read back in bytes.

/// The form in which a quota is kept: `none`, `default`, or bytes; `None` if it makes no sense.
pub(super) fn parse(text: &str) -> Option<String> {
    let text = text.trim();
    match text {
        "" | "default" => return Some("default".to_owned()),
        "none" | "unlimited" | "-3" => return Some("none".to_owned()),
        _ => {}
    }
    let split = text.find(|one: char| !one.is_ascii_digit() && one != '.');
    let (number, unit) = text.split_at(split.unwrap_or(text.len()));
    let exponent: u32 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" => 1,
        "m" | "mb" => 2,
        "g" | "gb" => 3,
        "t" | "tb" => 4,
        "p" | "pb" => 5,
        _ => return None,
    };
    let factor = 1024_u64.checked_pow(exponent)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let tenths = fraction.get(..1).unwrap_or("0").parse::<u64>().ok()?;
    let whole = whole.parse::<u64>().ok()?.checked_mul(factor)?;
    Some((whole + tenths * factor / 10).to_string())
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
            ("a lot", None),
            ("1 XB", None),
        ] {
            assert_eq!(parse(text).as_deref(), kept, "{text}");
        }
    }
}
