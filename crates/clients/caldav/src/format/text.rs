//! Values of type TEXT (RFC 5545, section 3.3.11; RFC 6350, section 3.4).

/// Escapes a text as a value. Line ends become `\n`; other control characters, which no value may hold, are left
/// out, so that a text can never become a line of its own.
#[must_use]
pub fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\r' => {
                characters.next_if_eq(&'\n');
                escaped.push_str("\\n");
            }
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push('\t'),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// The text a value stands for.
#[must_use]
pub fn unescape_text(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('n' | 'N') => text.push('\n'),
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
    }
    text
}

/// The raw parts of a value between separators that are not escaped.
pub fn split_values(value: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut is_escaped = false;
        for (at, character) in text.char_indices() {
            if is_escaped {
                is_escaped = false;
            } else if character == '\\' {
                is_escaped = true;
            } else if character == separator {
                rest = text.get(at + character.len_utf8()..);
                return text.get(..at);
            }
        }
        rest = None;
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn fuzz_a_text_survives(text in "[^\\p{Cc}]{0,60}") {
            prop_assert_eq!(unescape_text(&escape_text(&text)), text);
        }

        #[test]
        fn fuzz_no_text_escapes_its_line(text in any::<String>()) {
            let escaped = escape_text(&text);
            prop_assert!(!escaped.contains(['\r', '\n']));
            prop_assert_eq!(split_values(&escaped, ',').count(), 1);
            prop_assert_eq!(split_values(&escaped, ';').count(), 1);
        }

        #[test]
        fn fuzz_lists_survive(list in prop::collection::vec("[^\\p{Cc}]{1,10}", 1..6)) {
            let value = list.iter().map(|one| escape_text(one)).collect::<Vec<_>>().join(",");
            let read: Vec<String> = split_values(&value, ',').map(unescape_text).collect();
            prop_assert_eq!(read, list);
        }
    }

    #[test]
    fn every_kind_of_line_end_becomes_one_escape() {
        assert_eq!(escape_text("a\r\nb\nc\rd\u{7}"), "a\\nb\\nc\\nd");
        assert_eq!(unescape_text("a\\Nb\\;\\\\ \\"), "a\nb;\\ \\");
    }
}
