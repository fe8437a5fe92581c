//! How records of one owner are known again.

use crate::Record;

const PREFIX: &str = "workspace:";
/// Comments hold 100 characters, and there is to be room for more than the mark.
const ID_LIMIT: usize = 64;

/// The mark of an owner, `workspace:<id>`, which is how the comment of each record of theirs begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Marker(String);

/// The id cannot be part of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an owner's id has 1 to 64 letters, digits, hyphens or underscores")]
pub struct MarkerError;

impl Marker {
    /// The mark of the owner with this id.
    ///
    /// # Errors
    /// Unless the id has 1 to 64 letters, digits, hyphens or underscores.
    pub fn new(id: &str) -> Result<Self, MarkerError> {
        let is_plain = |one: u8| one.is_ascii_alphanumeric() || matches!(one, b'-' | b'_');
        if (1..=ID_LIMIT).contains(&id.len()) && id.bytes().all(is_plain) {
            Ok(Self(format!("{PREFIX}{id}")))
        } else {
            Err(MarkerError)
        }
    }

    /// The mark.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is this one of the owner's records? Whoever adds to the comment does not take it away from them.
    #[must_use]
    pub fn owns(&self, record: &Record) -> bool {
        let comment = record.comment.as_deref().unwrap_or_default();
        comment
            .strip_prefix(&self.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }

    /// A comment with the mark, and as much of the rest as there is room for.
    pub(super) fn comment(&self, rest: Option<&str>) -> String {
        let rest = rest.unwrap_or_default().trim();
        let text = format!("{} {rest}", self.0);
        text.trim_end().chars().take(100).collect()
    }
}
