//! Quoted-printable values (RFC 2045, section 6.7), which vCard 2.1 and vCalendar 1.0 use for what is not ASCII.

/// A physical line holds at most this many octets, the soft break counted.
const WIDTH: usize = 76;

/// The text that a value stands for, in the form of later versions: line ends are `\n`, and a semicolon that was
/// encoded is text, not a separator. `None` if the charset is not known: then nothing is guessed.
pub(super) fn decode(value: &str, charset: Option<&str>) -> Option<String> {
    // ASCII unless told; those who leave it out write UTF-8.
    let label = charset.unwrap_or("utf-8");
    let encoding = encoding_rs::Encoding::for_label(label.trim().as_bytes())?;
    let part = |part: &str| {
        let bytes = octets(part);
        let (text, _, is_damaged) = encoding.decode(&bytes);
        let text = if is_damaged && charset.is_none() {
            encoding_rs::WINDOWS_1252.decode(&bytes).0
        } else {
            text
        };
        tidy(&text)
    };
    // What is between semicolons that stand there as such is decoded alone.
    Some(
        super::text::split_values(value, ';')
            .map(part)
            .collect::<Vec<_>>()
            .join(";"),
    )
}

fn octets(text: &str) -> Vec<u8> {
    let mut found = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        let encoded = match (first, more) {
            (b'=', [high, low, ..]) => hexadecimal(*high)
                .zip(hexadecimal(*low))
                .map(|(high, low)| high * 16 + low),
            _ => None,
        };
        match encoded {
            Some(octet) => {
                found.push(octet);
                rest = more.get(2..).unwrap_or_default();
            }
            // A soft break at the end means nothing; what is no sequence stays (RFC 2045, section 6.7).
            None if *first == b'=' && more.is_empty() => {}
            None => found.push(*first),
        }
    }
    found
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut is_escaped = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                characters.next_if_eq(&'\n');
                tidy.push_str("\\n");
            }
            '\n' => tidy.push_str("\\n"),
            ';' if !is_escaped => tidy.push_str("\\;"),
            '\t' => tidy.push('\t'),
            other if other.is_control() => {}
            other => tidy.push(other),
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    tidy
}

/// Appends a line whose value is quoted-printable, with soft breaks. What would be taken for a fold, or for the border
/// of a component, is encoded where a physical line begins with it.
pub(super) fn wrap_into(out: &mut String, line: &str) {
    use std::fmt::Write as _;
    let head = line.find(':').map_or(0, |at| at + 1);
    out.push_str(line.get(..head).unwrap_or_default());
    let mut used = head;
    let mut rest = line.get(head..).unwrap_or_default().trim_end_matches('=');
    let mut is_first = false;
    while let Some(character) = rest.chars().next() {
        let is_sequence = character == '='
            && rest
                .get(1..3)
                .is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let length = if is_sequence { 3 } else { character.len_utf8() };
        if used + length >= WIDTH && !is_first {
            out.push_str("=\r\n");
            (used, is_first) = (0, true);
            continue;
        }
        let piece = rest.get(..length).unwrap_or_default();
        if is_first && matches!(character, ' ' | '\t' | 'B' | 'b' | 'E' | 'e') {
            // Writing to a string cannot fail.
            let _infallible = write!(out, "={:02X}", u32::from(character));
            used += 3;
        } else {
            out.push_str(piece);
            used += length;
        }
        is_first = false;
        rest = rest.get(length..).unwrap_or_default();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn charsets_and_separators_are_respected() {
        assert_eq!(decode("J=C3=B6rg=0D=0Ax=", None).unwrap(), "Jörg\\nx");
        assert_eq!(decode("a=3Bb;c", Some("UTF-8")).unwrap(), "a\\;b;c");
        assert_eq!(decode("J=F6rg", Some("ISO-8859-1")).unwrap(), "Jörg");
        assert_eq!(decode("J=F6rg", None).unwrap(), "Jörg");
        assert_eq!(decode("100 = 100=ZZ", None).unwrap(), "100 = 100=ZZ");
        assert_eq!(decode("x", Some("no such")), None);
    }

    proptest! {
        #[test]
        fn fuzz_decoding_adds_little_and_no_line(value in "(=[0-9A-F]{2}|=|;|\\\\|[^\r\n]){0,60}") {
            let decoded = decode(&value, None).unwrap();
            prop_assert!(!decoded.contains(['\r', '\n']));
            prop_assert!(decoded.len() <= value.len() * 3);
        }

        #[test]
        fn fuzz_a_wrapped_value_is_the_same(value in "(=[0-9A-F]{2}|[ -~é]){0,200}") {
            let line = format!("N;ENCODING=QUOTED-PRINTABLE:{}", value.trim_end_matches('='));
            let mut wrapped = String::new();
            wrap_into(&mut wrapped, &line);
            prop_assert!(wrapped.split("\r\n").all(|piece| piece.len() <= WIDTH));
            let lines: Vec<Vec<u8>> = super::super::unfold(wrapped.as_bytes()).collect();
            prop_assert_eq!(lines.len(), 1);
            let again = std::str::from_utf8(&lines[0]).unwrap();
            let value = |line: &str| decode(line.split_once(':').unwrap().1, None).unwrap();
            prop_assert_eq!(value(again), value(&line));
        }
    }
}
