//! The one error of parsing: which field, and what is wrong with it.

/// A value that was refused, in words a person can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Invalid {
    /// Name of the field as the caller of the API knows it.
    pub field: &'static str,
    /// What is wrong, as a sentence without a full stop. Never repeats a secret.
    pub reason: String,
}

impl Invalid {
    /// Names `field` and says what is wrong with it.
    pub fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self {
            field,
            reason: reason.into(),
        }
    }

    /// The same reason under the name which the outer request uses.
    #[must_use]
    pub fn in_field(self, field: &'static str) -> Self {
        Self { field, ..self }
    }
}
