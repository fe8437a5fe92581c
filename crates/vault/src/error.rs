//! What can go wrong. Never says more than that it went wrong.

/// A failed use of the vault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ring is empty, a key has the wrong length, or two keys bear one id.
    #[error("the key ring is not usable: {0}")]
    KeyRing(&'static str),
    /// The secret was sealed under a key which the ring does not hold.
    #[error("sealed under the unknown key {key_id}")]
    UnknownKey {
        /// Id of the missing key.
        key_id: String,
    },
    /// The bytes were changed, or belong to another owner or purpose.
    #[error("the sealed secret does not open")]
    DoesNotOpen,
    /// The operating system gave no random bytes, or the cipher refused.
    #[error("the cryptographic library failed")]
    Crypto,
}
