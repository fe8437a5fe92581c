//! Commands, written so that no argument can be read as anything but an argument.
//!
//! A string that a quoted string cannot carry (line ends, bytes beyond ASCII, NUL not at all) goes as a literal, whose
//! length the server knows before it sees a byte of it (RFC 3501, section 4.3).

use crate::Error;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(Vec<u8>),
    Literal(Vec<u8>),
}

/// A command without its tag.
#[derive(Clone, Debug, Default)]
pub(crate) struct Command {
    pieces: Vec<Piece>,
}

impl Command {
    /// Begins with words of ours.
    pub(super) fn new(words: &str) -> Self {
        Self::default().raw(words)
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Adds words of ours as they are.
    pub(super) fn raw(mut self, words: &str) -> Self {
        self.push(words.as_bytes());
        self
    }

    fn push(&mut self, bytes: &[u8]) {
        if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            text.extend_from_slice(bytes);
        } else {
            self.pieces.push(Piece::Text(bytes.to_vec()));
        }
    }

    /// Adds a space and a string of anybody's.
    ///
    /// # Errors
    /// If there is a NUL in it, which nothing can carry.
    pub(super) fn string(mut self, operation: &'static str, text: &str) -> Result<Self, Error> {
        self.push(b" ");
        if text.contains('\0') {
            return Err(Error::Invalid {
                operation,
                reason: "there is a NUL in a text",
            });
        }
        let is_quotable = text.len() < 1000 && text.bytes().all(|b| matches!(b, b' '..=b'~'));
        if is_quotable {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            self.push(format!("\"{escaped}\"").as_bytes());
        } else {
            self.pieces.push(Piece::Literal(text.as_bytes().to_vec()));
        }
        Ok(self)
    }

    /// Adds a space and a folder's name.
    ///
    /// # Errors
    /// If no folder can have that name.
    pub(super) fn folder(self, operation: &'static str, name: &str) -> Result<Self, Error> {
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(Error::Invalid {
                operation,
                reason: "no folder can have that name",
            });
        }
        self.string(operation, &super::utf7::wire_of(name))
    }

    /// Adds a space and bytes as a literal.
    pub(super) fn literal(mut self, bytes: Vec<u8>) -> Self {
        self.push(b" ");
        self.pieces.push(Piece::Literal(bytes));
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_are_escaped_and_line_ends_become_literals() {
        let quoted = Command::new("X").string("test", "a\"b\\").unwrap();
        assert_eq!(quoted.pieces(), [Piece::Text(b"X \"a\\\"b\\\\\"".to_vec())]);
        let evil = "a\r\nx LOGOUT";
        let literal = Command::new("X").string("test", evil).unwrap();
        assert_eq!(
            literal.pieces()[1],
            Piece::Literal(evil.as_bytes().to_vec())
        );
        assert!(Command::new("X").string("test", "\0").is_err());
        assert!(Command::new("X").folder("test", "a\r\nb").is_err());
    }

    proptest! {
        #[test]
        fn fuzz_no_string_leaves_its_quotes(text in any::<String>()) {
            prop_assume!(!text.contains('\0'));
            let command = Command::new("X").string("test", &text).unwrap();
            match command.pieces() {
                [Piece::Text(whole)] => {
                    let inside = &whole[3..whole.len() - 1];
                    prop_assert!(whole.iter().all(|b| (b' '..=b'~').contains(b)));
                    let mut escaped = false;
                    for byte in inside {
                        prop_assert!(escaped || *byte != b'"');
                        escaped = !escaped && *byte == b'\\';
                    }
                    prop_assert!(!escaped);
                }
                [Piece::Text(_), Piece::Literal(bytes)] => prop_assert_eq!(bytes.as_slice(), text.as_bytes()),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
