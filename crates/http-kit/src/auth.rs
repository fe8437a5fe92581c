//! How a client proves itself.
//!
//! Invariant: a credential never appears in `Debug`, and the header it becomes is marked sensitive.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::{BuildError, CredentialSource};

/// Credentials sent with every request of a client.
#[derive(Clone)]
#[non_exhaustive]
pub enum Auth {
    /// No credentials.
    None,
    /// HTTP Basic (RFC 7617).
    Basic {
        /// The user name; a colon in it is refused when the client is built.
        username: String,
        /// The password or app password.
        password: SecretString,
    },
    /// A bearer token (RFC 6750).
    Bearer(SecretString),
    /// A key in a header of the peer's own, such as `X-API-Key`. An empty key sends no header.
    Header {
        /// The header's name.
        name: String,
        /// The key.
        value: SecretString,
    },
    /// Credentials that are asked for each time a request is sent.
    Source(Arc<dyn CredentialSource>),
}

impl Auth {
    /// HTTP Basic with a user name and a password.
    pub fn basic(username: impl Into<String>, password: SecretString) -> Self {
        Self::Basic {
            username: username.into(),
            password,
        }
    }

    /// A bearer token.
    #[must_use]
    pub fn bearer(token: SecretString) -> Self {
        Self::Bearer(token)
    }

    /// A key in the named header.
    pub fn header(name: impl Into<String>, value: SecretString) -> Self {
        Self::Header {
            name: name.into(),
            value,
        }
    }

    /// The header to send, if any.
    pub(crate) fn to_header(&self) -> Result<Option<(HeaderName, HeaderValue)>, BuildError> {
        let (name, text) = match self {
            Self::None => return Ok(None),
            // One source inside another: nobody knows whom to ask.
            Self::Source(_) => return Err(BuildError::Credentials),
            Self::Basic { username, .. } if username.contains(':') => {
                return Err(BuildError::Credentials);
            }
            Self::Basic { username, password } => {
                let pair = format!("{username}:{}", password.expose_secret());
                (AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)))
            }
            Self::Bearer(token) => (AUTHORIZATION, format!("Bearer {}", token.expose_secret())),
            Self::Header { value, .. } if value.expose_secret().is_empty() => return Ok(None),
            Self::Header { name, value } => {
                let name = HeaderName::try_from(name.as_str())
                    .map_err(|_invalid| BuildError::Credentials)?;
                (name, value.expose_secret().to_owned())
            }
        };
        let mut value = HeaderValue::try_from(text).map_err(|_invalid| BuildError::Credentials)?;
        value.set_sensitive(true);
        Ok(Some((name, value)))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "Auth::None",
            Self::Basic { .. } => "Auth::Basic([REDACTED])",
            Self::Bearer(_) => "Auth::Bearer([REDACTED])",
            Self::Header { .. } => "Auth::Header([REDACTED])",
            Self::Source(_) => "Auth::Source",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_encoded_and_marked_sensitive() {
        let (name, value) = Auth::basic("a", "b".into()).to_header().unwrap().unwrap();
        assert_eq!(name, AUTHORIZATION);
        assert_eq!(value.to_str().unwrap(), "Basic YTpi");
        assert!(value.is_sensitive());
    }

    #[test]
    fn an_empty_key_sends_no_header() {
        assert!(
            Auth::header("x-api-key", "".into())
                .to_header()
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn what_a_header_cannot_carry_is_refused() {
        assert!(Auth::basic("a:b", "c".into()).to_header().is_err());
        assert!(Auth::bearer("a\nb".into()).to_header().is_err());
        assert!(Auth::header("not a name", "b".into()).to_header().is_err());
    }

    #[test]
    fn debug_shows_no_credential() {
        let shown = format!("{:?}", Auth::basic("someone", "correct horse".into()));
        assert!(
            !shown.contains("correct") && !shown.contains("someone"),
            "{shown}"
        );
    }
}
