//! Personal access tokens: keys of a user for programs. The server must have them switched on, and only an administrator
//! or a user whose role allows it may have one.

use std::fmt;

use bheem_http_kit::{Deleted, Method, Page, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::wire::or_default;
use crate::{Client, Error, PageSize, TokenId, UserId};

/// A token that is to be made.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct NewAccessToken {
    /// What it is for; choose it so that [`Tokens::find_by_description`] finds it again: its natural key.
    pub description: String,
    /// When it ends, in milliseconds since 1970. Servers before version 11 do not know this and never end it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

impl NewAccessToken {
    /// A token without an end.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            expires_at: None,
        }
    }

    /// When it ends, in milliseconds since 1970.
    #[must_use]
    pub fn expires_at(mut self, at: i64) -> Self {
        self.expires_at = Some(at);
        self
    }
}

/// A token that is there; the token itself is never told again.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct AccessToken {
    /// Its id, which lets nobody in.
    pub id: TokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is for.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// Whether it lets anybody in.
    #[serde(default, deserialize_with = "or_default")]
    pub is_active: bool,
    /// When it ends, in milliseconds since 1970; 0 for never.
    #[serde(default, deserialize_with = "or_default")]
    pub expires_at: i64,
}

/// A token that was just made.
#[derive(Deserialize)]
#[non_exhaustive]
pub struct NewlyMadeToken {
    /// Its id, with which it is revoked.
    pub id: TokenId,
    /// The token, for [`Client::with_token`]. Told this once.
    pub token: SecretString,
}

/// The token is left out.
impl fmt::Debug for NewlyMadeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewlyMadeToken")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Personal access tokens.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    pub(crate) client: &'a Client,
}

impl Tokens<'_> {
    /// Makes a token; sent once. After an unknown outcome look at [`Self::find_by_description`] and revoke what is there:
    /// nobody knows its token.
    ///
    /// # Errors
    /// [`crate::ErrorId::TokensDisabled`], else as the client's.
    pub async fn create(
        &self,
        user: &UserId,
        new: &NewAccessToken,
    ) -> Result<NewlyMadeToken, Error> {
        const OPERATION: &str = "create_access_token";
        let path = ["users", user.as_str(), "tokens"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        self.client.fetch(OPERATION, request.json(new)).await
    }

    /// One page of a user's tokens, counted from 0.
    ///
    /// # Errors
    /// As the client's.
    pub async fn page(
        &self,
        user: &UserId,
        size: PageSize,
        page: u64,
    ) -> Result<Page<AccessToken>, Error> {
        const OPERATION: &str = "list_access_tokens";
        let path = ["users", user.as_str(), "tokens"];
        let request = self.client.request(OPERATION, Method::GET, &path);
        let request = size.apply(request, page);
        Ok(size.page(page, self.client.fetch_list(OPERATION, request).await?))
    }

    /// The tokens of a user with this description; there may be several.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_by_description(
        &self,
        user: &UserId,
        description: &str,
    ) -> Result<Vec<AccessToken>, Error> {
        let mut found = Vec::new();
        let mut next = Some(0);
        while let Some(page) = next {
            let part = self.page(user, PageSize::default(), page).await?;
            let is_it = |token: &AccessToken| token.description == description;
            found.extend(part.items.into_iter().filter(is_it));
            next = part.next;
        }
        Ok(found)
    }

    /// Ends a token, and the sessions it began.
    ///
    /// # Errors
    /// As the client's.
    pub async fn revoke(&self, id: &TokenId) -> Result<Deleted, Error> {
        const OPERATION: &str = "revoke_access_token";
        let path = ["users", "tokens", "revoke"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        let request = request.json(&json!({"token_id": id})).repeatable();
        self.client.remove(OPERATION, request).await
    }
}
