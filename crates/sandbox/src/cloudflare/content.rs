//! Names and texts in the form in which they are stored.

use hickory_proto::rr::Name;

/// ASCII, lower case, no dot at the end.
pub(super) fn name(text: &str) -> String {
    let text = text.trim_end_matches('.');
    Name::from_utf8(text).map_or_else(
        |_invalid| text.to_lowercase(),
        |name| {
            name.to_lowercase()
                .to_ascii()
                .trim_end_matches('.')
                .to_owned()
        },
    )
}

pub(super) fn is_name(text: &str) -> bool {
    let text = text.strip_prefix("*.").unwrap_or(text);
    let is_plain = |one: char| one.is_alphanumeric() || matches!(one, '-' | '_' | '.');
    !text.is_empty() && text.chars().all(is_plain) && Name::from_utf8(text).is_ok()
}

/// A name in its zone: `@` and names that do not end with the zone's are completed.
pub(super) fn in_zone(text: &str, zone: &str) -> String {
    let name = name(text);
    if text == "@" || name == zone {
        zone.to_owned()
    } else if name.ends_with(&format!(".{zone}")) {
        name
    } else {
        format!("{name}.{zone}")
    }
}

/// A text as it is told: in quotes, whether or not it came in them.
pub(super) fn quoted(text: &str) -> String {
    let text = text.trim();
    if text.starts_with('"') && text.ends_with('"') && text.len() > 1 {
        return text.to_owned();
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// The text that a content in quotes stands for.
pub(super) fn plain(content: &str) -> String {
    let mut joined = Vec::new();
    let mut is_inside = false;
    let mut bytes = content.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_inside = !is_inside,
            b'\\' => {
                let digits: Vec<u8> = bytes
                    .clone()
                    .take(3)
                    .take_while(u8::is_ascii_digit)
                    .collect();
                let code = std::str::from_utf8(&digits).unwrap_or_default().parse();
                match (digits.len(), code) {
                    (3, Ok(code)) => {
                        joined.push(code);
                        bytes.nth(2);
                    }
                    _ => joined.extend(bytes.next()),
                }
            }
            other if is_inside => joined.push(other),
            _ => {}
        }
    }
    String::from_utf8_lossy(&joined).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_in_quotes_and_understood_without() {
        assert_eq!(quoted("v=spf1 -all"), "\"v=spf1 -all\"");
        assert_eq!(quoted("\"a\" \"b\""), "\"a\" \"b\"");
        assert_eq!(plain("\"a\" \"b\\\"\\195\\188\""), "ab\"ü");
        assert_eq!(plain(&quoted("say \"no\"")), "say \"no\"");
    }

    #[test]
    fn names_are_completed_by_their_zone() {
        assert_eq!(in_zone("@", "a.test"), "a.test");
        assert_eq!(in_zone("WWW", "a.test"), "www.a.test");
        assert_eq!(in_zone("x.A.test.", "a.test"), "x.a.test");
    }
}
