//! The text of TXT records, in the form of a zone file: quoted strings of at most 255 bytes (RFC 1035, sections 3.3.14
//! and 5.1), which a reader joins without anything between them.
//!
//! Cloudflare stores and returns contents quoted, older records sometimes bare; so both are read, and compared only
//! after unquoting and joining.

/// A string holds no more bytes.
const CHUNK_BYTES: usize = 255;

/// Quotes a text, in as many strings as it needs. Other bytes than printable ASCII become `\DDD`.
#[must_use]
pub fn quote(text: &str) -> String {
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    let strings: Vec<String> = text.as_bytes().chunks(CHUNK_BYTES).map(string).collect();
    strings.join(" ")
}

fn string(bytes: &[u8]) -> String {
    let mut quoted = String::with_capacity(bytes.len().saturating_add(2));
    quoted.push('"');
    for byte in bytes {
        match byte {
            b'"' | b'\\' => {
                quoted.push('\\');
                quoted.push(char::from(*byte));
            }
            b' '..=b'~' => quoted.push(char::from(*byte)),
            _ => {
                let digits = [byte / 100, byte / 10 % 10, byte % 10];
                quoted.push('\\');
                quoted.extend(digits.map(|digit| char::from(b'0'.saturating_add(digit))));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// The text that a content stands for. A content without quotes is the text itself; bytes that are no UTF-8 become the
/// replacement character.
#[must_use]
pub fn unquote(content: &str) -> String {
    let content = content.trim();
    if !content.starts_with('"') {
        return content.to_owned();
    }
    let mut joined = Vec::with_capacity(content.len());
    let mut is_inside = false;
    let mut bytes = content.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_inside = !is_inside,
            b'\\' => {
                let mut ahead = bytes.clone();
                let digits = [ahead.next(), ahead.next(), ahead.next()];
                if let Some(code) = decimal(digits) {
                    joined.push(code);
                    bytes = ahead;
                } else if let Some(next) = bytes.next() {
                    joined.push(next);
                }
            }
            // Between strings there is space, and outside of them nothing counts but space.
            b' ' | b'\t' | b'\r' | b'\n' if !is_inside => {}
            other => joined.push(other),
        }
    }
    String::from_utf8_lossy(&joined).into_owned()
}

fn decimal(digits: [Option<u8>; 3]) -> Option<u8> {
    let mut number = 0_u16;
    for digit in digits {
        let digit = char::from(digit?).to_digit(10)?;
        number = number
            .checked_mul(10)?
            .checked_add(u16::try_from(digit).ok()?)?;
    }
    u8::try_from(number).ok()
}

/// Do two contents stand for the same text?
#[must_use]
pub fn equal(left: &str, right: &str) -> bool {
    unquote(left) == unquote(right)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bare_and_quoted_contents_are_the_same_text() {
        assert!(equal("v=spf1 -all", "\"v=spf1 -all\""));
        assert!(equal(
            "\"v=spf1 inc\" \"lude:a.test -all\"",
            "v=spf1 include:a.test -all"
        ));
        assert_eq!(unquote(r#""a\"b\\c\195\188""#), "a\"b\\cü");
        assert_eq!(quote(""), "\"\"");
    }

    #[test]
    fn a_long_key_is_cut_and_found_whole_again() {
        let key = format!("v=DKIM1; k=rsa; p={}", "A".repeat(600));
        let quoted = quote(&key);
        assert_eq!(quoted.matches("\" \"").count(), 2);
        assert_eq!(unquote(&quoted), key);
    }

    proptest! {
        #[test]
        fn fuzz_any_text_survives_quoting(text in "\\PC{0,600}|[\\x00-\\x7f]{0,600}") {
            prop_assume!(!text.is_empty());
            let quoted = quote(&text);
            prop_assert!(quoted.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(unquote(&quoted), text);
        }

        #[test]
        fn fuzz_any_content_is_read_without_panic_or_growth(content in "\\PC{0,600}|[\"\\\\0-9 a]{0,600}") {
            prop_assert!(unquote(&content).len() <= content.len().saturating_mul(3));
        }
    }
}
