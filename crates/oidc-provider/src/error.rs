//! Refusals, in the words of RFC 6749, and failures.

/// The result of what can fail but not be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of this installation; nobody who sent the request is to blame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database failed.
    #[error("a failure of the database")]
    Database(#[from] bheem_persistence::Error),
    /// A key or seal failed.
    #[error("a failure of the vault")]
    Vault(#[from] bheem_vault::Error),
    /// Accounts, sessions or keys failed.
    #[error("a failure of identity")]
    Identity(#[from] bheem_identity::Error),
    /// Something that this program wrote itself cannot be written or read.
    #[error("an unreadable value: {0}")]
    Inconsistent(&'static str),
}

/// A refusal: `error` and `error_description` of RFC 6749 section 5.2 and of its extensions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {description}")]
pub struct OAuthError {
    /// The registered word, such as `invalid_grant`.
    pub code: &'static str,
    /// What was wrong; never a secret, and no text that a stranger sent.
    pub description: String,
}

impl OAuthError {
    /// A refusal.
    pub fn new(code: &'static str, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
        }
    }
}
