//! The values IMAP's answers are made of (RFC 3501, section 9), from bytes nobody vouches for.
//!
//! Work is linear in the bytes and depth is bounded. A literal is not in the text: a NUL stands for it, which no line
//! contains.

use std::collections::VecDeque;

/// Structures of messages nest; this deep no honest one does.
const DEEPEST: usize = 100;

/// One answer: its lines joined, and the literals that were between them.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) text: Vec<u8>,
    pub(super) literals: VecDeque<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Nil,
    /// A word: a number, a flag, a name.
    Atom(String),
    /// A quoted string or a literal.
    Text(Vec<u8>),
    List(Vec<Value>),
}

impl Value {
    /// The bytes of a word or a string.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Atom(text) => Some(text.as_bytes()),
            Self::Text(bytes) => Some(bytes),
            Self::Nil | Self::List(_) => None,
        }
    }

    /// The same as text, whatever the bytes.
    pub(super) fn text(&self) -> Option<String> {
        self.bytes()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    pub(super) fn number(&self) -> Option<u64> {
        std::str::from_utf8(self.bytes()?).ok()?.parse().ok()
    }

    pub(super) fn uid(&self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    pub(super) fn list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Atom(text) if text.eq_ignore_ascii_case(word))
    }
}

/// Reads values one after the other; `None` is "this is not IMAP".
#[derive(Debug)]
pub(super) struct Parser {
    text: Vec<u8>,
    literals: VecDeque<Vec<u8>>,
    at: usize,
}

impl Parser {
    pub(super) fn new(raw: Raw) -> Self {
        Self {
            text: raw.text,
            literals: raw.literals,
            at: 0,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at = self.at.saturating_add(1);
        }
    }

    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_spaces();
        self.peek().is_none()
    }

    /// What is left, as text for people.
    pub(super) fn rest(&mut self) -> String {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let text = String::from_utf8_lossy(rest).trim().to_owned();
        self.at = self.text.len();
        text
    }

    /// Up to the next space.
    pub(super) fn word(&mut self) -> Option<String> {
        self.skip_spaces();
        let from = self.at;
        while self.peek().is_some_and(|byte| byte != b' ') {
            self.at = self.at.saturating_add(1);
        }
        let word = self.text.get(from..self.at)?;
        (!word.is_empty()).then(|| String::from_utf8_lossy(word).into_owned())
    }

    /// `[…]`, if that is what comes.
    pub(super) fn bracketed(&mut self) -> Option<String> {
        self.skip_spaces();
        if self.peek() != Some(b'[') {
            return None;
        }
        let rest = self.text.get(self.at..)?;
        let length = rest.iter().position(|byte| *byte == b']')?;
        let inside = String::from_utf8_lossy(rest.get(1..length)?).into_owned();
        self.at = self.at.saturating_add(length).saturating_add(1);
        Some(inside)
    }

    /// All values to the end.
    pub(super) fn values(&mut self) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        while !self.is_at_end() {
            values.push(self.value(0)?);
        }
        Some(values)
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_spaces();
        match self.peek()? {
            b'(' => self.list(depth),
            b'"' => self.quoted(),
            0 => {
                self.next();
                self.literals.pop_front().map(Value::Text)
            }
            _ => self.atom(depth),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        if depth >= DEEPEST {
            return None;
        }
        self.next();
        let mut items = Vec::new();
        loop {
            self.skip_spaces();
            if self.peek()? == b')' {
                self.next();
                return Some(Value::List(items));
            }
            items.push(self.value(depth.saturating_add(1))?);
        }
    }

    fn quoted(&mut self) -> Option<Value> {
        self.next();
        let mut text = Vec::new();
        loop {
            match self.next()? {
                b'"' => return Some(Value::Text(text)),
                b'\\' => text.push(self.next()?),
                0 => return None,
                byte => text.push(byte),
            }
        }
    }

    /// A word. Brackets are letters of it like others (RFC 3501, section 9, `ATOM-CHAR`), but for those of
    /// `BODY[HEADER.FIELDS (DATE)]`, which may hold anything and stand in a list of names and values.
    fn atom(&mut self, depth: usize) -> Option<Value> {
        let from = self.at;
        let mut is_inside = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'[' if depth == 1 => is_inside |= is_section(self.text.get(from..self.at)?),
                b']' => is_inside = false,
                0 => break,
                b' ' | b'(' | b')' | b'"' if !is_inside => break,
                _ => {}
            }
            self.at = self.at.saturating_add(1);
        }
        let word = self.text.get(from..self.at)?;
        if word.is_empty() {
            return None;
        }
        if word.eq_ignore_ascii_case(b"NIL") {
            return Some(Value::Nil);
        }
        Some(Value::Atom(String::from_utf8_lossy(word).into_owned()))
    }
}

/// Names of data of which a section follows between brackets (RFC 3501 and RFC 3516).
fn is_section(word: &[u8]) -> bool {
    ["BODY", "BODY.PEEK", "BINARY", "BINARY.PEEK", "BINARY.SIZE"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &[u8], literals: &[&[u8]]) -> Option<Vec<Value>> {
        let literals = literals.iter().map(|one| one.to_vec()).collect();
        let text = text.to_vec();
        Parser::new(Raw { text, literals }).values()
    }

    #[test]
    fn values_of_all_kinds_are_read() {
        let read = parse(
            b"(UID 7 BODY[HEADER.FIELDS (A B)] \0 X \"a\\\"b\"(NIL)())",
            &[b"hi"],
        );
        let atom = |text: &str| Value::Atom(text.to_owned());
        let wanted = Value::List(vec![
            atom("UID"),
            atom("7"),
            atom("BODY[HEADER.FIELDS (A B)]"),
            Value::Text(b"hi".to_vec()),
            atom("X"),
            Value::Text(b"a\"b".to_vec()),
            Value::List(vec![Value::Nil]),
            Value::List(vec![]),
        ]);
        assert_eq!(read, Some(vec![wanted]));
    }

    #[test]
    fn brackets_are_letters_of_words() {
        // RFC 3501, section 9: of the two, `]` alone is special in atoms, and only for writers.
        for word in [
            "foo[bar",
            "[x",
            "]do",
            "a]b",
            "[css3-page]",
            "Seen-[Gmail]/All",
            "css3[",
        ] {
            let read = parse(format!("(FLAGS ({word} next) UID 5)").as_bytes(), &[]);
            let atom = |text: &str| Value::Atom(text.to_owned());
            let flags = Value::List(vec![atom(word), atom("next")]);
            let wanted = Value::List(vec![atom("FLAGS"), flags, atom("UID"), atom("5")]);
            assert_eq!(read, Some(vec![wanted]), "{word}");
            assert_eq!(
                parse(format!("{word} x").as_bytes(), &[]),
                Some(vec![atom(word), atom("x")])
            );
        }
    }

    #[test]
    fn what_is_not_imap_is_refused() {
        for text in ["(", "\"a", "(a", ")", "\0", "\"\0\""] {
            assert_eq!(parse(text.as_bytes(), &[]), None, "{text:?}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = vec![b'('; 1_000_000];
        assert_eq!(parse(&deep, &[]), None);
    }

    proptest! {
        #[test]
        fn fuzz_any_bytes_are_read_without_panic(text in prop::collection::vec(any::<u8>(), 0..300), literal in any::<Vec<u8>>()) {
            parse(&text, &[&literal]);
        }

        #[test]
        fn fuzz_near_imap_is_read_without_panic(text in "[()\" \\\\a\\[\\]{}\\x00]{0,200}") {
            if let Some(values) = parse(text.as_bytes(), &[b"x"]) {
                prop_assert!(values.len() <= text.len());
            }
        }
    }
}
