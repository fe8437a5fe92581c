//! How a user proves to be one.
//!
//! Invariant: a secret is in a [`SecretString`] until it is written to an encrypted connection (or to loopback), and no
//! `Debug` shows it.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bheem_http_kit::{ExposeSecret as _, SecretString, SourceError};
use futures::future::BoxFuture;
use subtle::ConstantTimeEq as _;

use crate::Error;

/// Gives the access token for a user whenever a connection is made.
pub trait TokenSource: Send + Sync {
    /// A token. `is_refused` says that the server has just refused the one given before.
    fn token<'a>(
        &'a self,
        user: &'a str,
        is_refused: bool,
    ) -> BoxFuture<'a, Result<SecretString, SourceError>>;
}

/// Always the same token.
impl TokenSource for SecretString {
    fn token<'a>(
        &'a self,
        _user: &'a str,
        _is_refused: bool,
    ) -> BoxFuture<'a, Result<SecretString, SourceError>> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

/// What a user proves himself with.
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// A password or app password (SASL `PLAIN`, RFC 4616).
    Password(SecretString),
    /// An access token (SASL `OAUTHBEARER`, RFC 7628).
    OAuthBearer(Arc<dyn TokenSource>),
    /// An access token, in the older form (SASL `XOAUTH2`).
    XOAuth2(Arc<dyn TokenSource>),
}

impl Credentials {
    /// A password or app password.
    pub fn password(password: impl Into<SecretString>) -> Self {
        Self::Password(password.into())
    }

    /// Tokens from a source. A [`SecretString`] is one.
    pub fn oauth_bearer(source: impl TokenSource + 'static) -> Self {
        Self::OAuthBearer(Arc::new(source))
    }

    /// Tokens from a source, for servers that know only the older form.
    pub fn xoauth2(source: impl TokenSource + 'static) -> Self {
        Self::XOAuth2(Arc::new(source))
    }

    /// May a connection made with those be used by who has these? Both have the same secret, or ask the same source.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Password(one), Self::Password(two)) => is_same_secret(one, two),
            (Self::OAuthBearer(one), Self::OAuthBearer(two))
            | (Self::XOAuth2(one), Self::XOAuth2(two)) => Arc::ptr_eq(one, two),
            _ => false,
        }
    }

    pub(crate) fn mechanism(&self) -> &'static str {
        match self {
            Self::Password(_) => "PLAIN",
            Self::OAuthBearer(_) => "OAUTHBEARER",
            Self::XOAuth2(_) => "XOAUTH2",
        }
    }

    /// What another attempt would send, if that is something else: the same again would be refused again, and count as
    /// one more attempt of a stranger's.
    pub(crate) async fn renewed_response(
        &self,
        operation: &'static str,
        user: &str,
        host: &str,
        port: u16,
        refused: &SecretString,
    ) -> Result<Option<SecretString>, Error> {
        if matches!(self, Self::Password(_)) {
            return Ok(None);
        }
        let renewed = self
            .initial_response(operation, user, host, port, true)
            .await?;
        Ok((!is_same_secret(&renewed, refused)).then_some(renewed))
    }

    /// What is sent, encoded, in one go.
    pub(crate) async fn initial_response(
        &self,
        operation: &'static str,
        user: &str,
        host: &str,
        port: u16,
        is_refused: bool,
    ) -> Result<SecretString, Error> {
        let invalid = |reason| Error::Invalid { operation, reason };
        if user.is_empty() || user.chars().any(char::is_control) {
            return Err(invalid("the user's name has characters no name has"));
        }
        let token = |source: Arc<dyn TokenSource>| async move {
            let token = source
                .token(user, is_refused)
                .await
                .map_err(|source| Error::Credentials { operation, source })?;
            if !token.expose_secret().bytes().all(|b| b.is_ascii_graphic()) {
                return Err(invalid("the token has characters no token has"));
            }
            Ok(token)
        };
        let text = match self {
            Self::Password(password) => {
                let password = password.expose_secret();
                if password.contains('\0') {
                    return Err(invalid("the password has characters no password has"));
                }
                format!("\0{user}\0{password}")
            }
            Self::OAuthBearer(source) => {
                let token = token(Arc::clone(source)).await?;
                // RFC 5801, section 4: the name is escaped.
                let user = user.replace('=', "=3D").replace(',', "=2C");
                let token = token.expose_secret();
                format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01")
            }
            Self::XOAuth2(source) => {
                let token = token(Arc::clone(source)).await?;
                let token = token.expose_secret();
                format!("user={user}\x01auth=Bearer {token}\x01\x01")
            }
        };
        Ok(SecretString::from(STANDARD.encode(text)))
    }

    /// What is sent when the server explains a refusal as a challenge, so that it goes on to say no (RFC 7628, section
    /// 3.2.3).
    pub(crate) fn acknowledgement(&self) -> &'static str {
        match self {
            Self::OAuthBearer(_) => "AQ==",
            Self::Password(_) | Self::XOAuth2(_) => "",
        }
    }
}

fn is_same_secret(one: &SecretString, two: &SecretString) -> bool {
    let (one, two) = (one.expose_secret(), two.expose_secret());
    one.as_bytes().ct_eq(two.as_bytes()).into()
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials::{}([REDACTED])", self.mechanism())
    }
}
