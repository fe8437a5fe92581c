//! The words ManageSieve's lines are made of (RFC 5804, section 4).

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Outside quotes, upper case.
    Word(String),
    Text(String),
    /// `(…)`: the code of an answer.
    Code(String),
    /// Something else, of which the end is known.
    Unreadable,
}

/// The words of a line without literals. `None` if it is none.
pub(super) fn read(line: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        match first {
            '"' => {
                let (text, after) = quoted(rest.get(1..)?)?;
                tokens.push(Token::Text(text));
                rest = after;
            }
            '(' => {
                let (inside, after) = code(rest.get(1..)?)?;
                tokens.push(Token::Code(inside));
                rest = after;
            }
            _ => {
                let end = rest.find([' ', '"', '(']).unwrap_or(rest.len());
                let (word, after) = rest.split_at_checked(end)?;
                tokens.push(Token::Word(word.to_ascii_uppercase()));
                rest = after;
            }
        }
        rest = rest.trim_start();
    }
    Some(tokens)
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((out, text.get(at.saturating_add(1)..)?)),
            '\\' => out.push(letters.next()?.1),
            other => out.push(other),
        }
    }
    None
}

/// A code may hold a quoted string, which may hold a bracket.
fn code(text: &str) -> Option<(String, &str)> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ')' if !is_quoted => {
                let inside = text.get(..at)?.to_ascii_uppercase();
                return Some((inside, text.get(at.saturating_add(1)..)?));
            }
            _ => {}
        }
    }
    None
}

/// `…{12}` or `…{12+}` at the end of a line: what is before it, and the number.
pub(super) fn announcement(line: &str) -> Option<(&str, usize)> {
    let (before, inside) = line.strip_suffix('}')?.rsplit_once('{')?;
    let digits = inside.strip_suffix('+').unwrap_or(inside);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((before, digits.parse().unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_read() {
        let wanted = vec![
            Token::Word("NO".into()),
            Token::Code("QUOTA/MAXSIZE".into()),
            Token::Text("too \"large\"".into()),
        ];
        assert_eq!(
            read("no (QUOTA/MAXSIZE) \"too \\\"large\\\"\""),
            Some(wanted)
        );
        assert_eq!(read("\"open"), None);
        assert_eq!(announcement("OK {12+}"), Some(("OK ", 12)));
    }

    proptest! {
        #[test]
        fn fuzz_any_line_is_read_without_panic(line in any::<String>()) {
            read(&line);
            announcement(&line);
        }
    }
}
