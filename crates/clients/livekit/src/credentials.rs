//! The key and the secret that LiveKit and its clients share.

use std::fmt;

use bheem_http_kit::ExposeSecret as _;
use bheem_http_kit::SecretString;

/// Key and secret.
#[derive(Clone)]
pub struct Credentials {
    api_key: String,
    api_secret: SecretString,
}

/// Key and secret that LiveKit would not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// No key.
    #[error("the API key is empty")]
    NoKey,
    /// LiveKit does not start with a secret that can be guessed.
    #[error("the API secret is shorter than 32 characters")]
    ShortSecret,
}

impl Credentials {
    /// A key and its secret of at least 32 characters.
    ///
    /// # Errors
    /// [`CredentialsError`].
    pub fn new(
        api_key: impl Into<String>,
        api_secret: SecretString,
    ) -> Result<Self, CredentialsError> {
        let api_key = api_key.into();
        if api_key.is_empty() {
            return Err(CredentialsError::NoKey);
        }
        if api_secret.expose_secret().chars().count() < 32 {
            return Err(CredentialsError::ShortSecret);
        }
        Ok(Self {
            api_key,
            api_secret,
        })
    }

    /// The key, which is no secret.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    pub(crate) fn secret(&self) -> &[u8] {
        self.api_secret.expose_secret().as_bytes()
    }
}

/// The secret is left out.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("api_key", &self.api_key)
            .finish_non_exhaustive()
    }
}
