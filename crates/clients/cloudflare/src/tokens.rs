//! The token itself (<https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/>).

use bheem_http_kit::{Method, lenient};
use serde::Deserialize;

use crate::{Client, Error, TokenStatus};

/// What Cloudflare knows of a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Token {
    /// Its id, which is no secret.
    pub id: String,
    /// Whether it is good.
    pub status: TokenStatus,
    /// When it ends (RFC 3339).
    #[serde(default, deserialize_with = "lenient::text")]
    pub expires_on: Option<String>,
    /// When it begins (RFC 3339).
    #[serde(default, deserialize_with = "lenient::text")]
    pub not_before: Option<String>,
}

impl Token {
    /// Is it good?
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == TokenStatus::Active
    }
}

/// The token that the client was made with.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    pub(crate) client: &'a Client,
}

impl Tokens<'_> {
    /// Asks about a token of a user. What it may do is not told; only trying shows that.
    ///
    /// # Errors
    /// [`crate::Reason::Unauthorized`] for a token that is none, else as the client's.
    pub async fn verify(&self) -> Result<Token, Error> {
        self.ask("verify_token", &["user", "tokens", "verify"])
            .await
    }

    /// Asks about a token of an account.
    ///
    /// # Errors
    /// As [`Tokens::verify`].
    pub async fn verify_for_account(&self, account_id: &str) -> Result<Token, Error> {
        let path = ["accounts", account_id, "tokens", "verify"];
        self.ask("verify_account_token", &path).await
    }

    async fn ask(&self, operation: &'static str, path: &[&str]) -> Result<Token, Error> {
        let request = self.client.request(operation, Method::GET, path);
        self.client.fetch(operation, request).await
    }
}
