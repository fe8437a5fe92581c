//! What a peer says in its own words.
//!
//! It may repeat what it was sent, so it is kept out of `Debug`; to show it to a person is a decision of the caller.

use std::fmt;

/// Text from a peer's answer.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PeerText(String);

impl PeerText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for PeerText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for PeerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerText({} bytes)", self.0.len())
    }
}
