//! Signing in and being signed in.

use std::fmt;

use bheem_http_kit::{Auth, BuildError, ExposeSecret as _, Listed, Method, SecretString};
use serde::{Deserialize, Serialize};

use crate::client::read;
use crate::wire::or_default;
use crate::{Client, Error, SessionId, User, UserId};

/// A session, without its token.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When it began, in milliseconds since 1970.
    #[serde(default)]
    pub create_at: i64,
    /// When it ends, in milliseconds since 1970; 0 for never.
    #[serde(default)]
    pub expires_at: i64,
    /// When it was last used, in milliseconds since 1970.
    #[serde(default)]
    pub last_activity_at: i64,
    /// The kind of device, if it is one.
    #[serde(default, deserialize_with = "or_default")]
    pub device_id: String,
}

/// What signing in gives.
pub struct SignedIn {
    /// Who signed in.
    pub user: User,
    /// The session's token, for [`Client::with_token`].
    pub token: SecretString,
}

/// The token is left out.
impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct SignIn<'a> {
    login_id: &'a str,
    password: &'a str,
}

/// Sessions of users.
#[derive(Debug, Clone, Copy)]
pub struct Sessions<'a> {
    pub(crate) client: &'a Client,
}

impl Sessions<'_> {
    /// Signs in with an address or user name and its password. Sent once, and without the client's own token.
    ///
    /// # Errors
    /// [`crate::ErrorId::InvalidCredentials`] and the like, else as the client's.
    pub async fn sign_in(
        &self,
        login_id: &str,
        password: &SecretString,
    ) -> Result<SignedIn, Error> {
        const OPERATION: &str = "sign_in";
        const NO_TOKEN: Error = Error::Incomplete {
            operation: OPERATION,
            what: "token",
        };
        let nobody = self.client.http.with_auth(&Auth::None);
        let nobody = Client {
            http: nobody.map_err(|source: BuildError| bheem_http_kit::Error::Request {
                operation: OPERATION,
                source: Box::new(source),
            })?,
        };
        let body = SignIn {
            login_id,
            password: password.expose_secret(),
        };
        let path = ["users", "login"];
        let request = nobody.request(OPERATION, Method::POST, &path).json(&body);
        let work = async {
            let answer = request.send().await?;
            let user: User = read(&answer)?;
            let token = answer.header("token").filter(|token| !token.is_empty());
            let token = SecretString::from(token.ok_or(NO_TOKEN)?.to_owned());
            Ok(SignedIn { user, token })
        };
        self.client.http.observe(OPERATION, work).await
    }

    /// The sessions of a user.
    ///
    /// # Errors
    /// As the client's.
    pub async fn list(&self, user: &UserId) -> Result<Listed<Session>, Error> {
        const OPERATION: &str = "list_sessions";
        let path = ["users", user.as_str(), "sessions"];
        let request = self.client.request(OPERATION, Method::GET, &path);
        self.client.fetch_list(OPERATION, request).await
    }

    /// Ends all sessions of a user. A personal access token begins another one when it is next used: revoke it, too.
    ///
    /// # Errors
    /// As the client's.
    pub async fn revoke_all(&self, user: &UserId) -> Result<(), Error> {
        const OPERATION: &str = "revoke_sessions";
        let path = ["users", user.as_str(), "sessions", "revoke", "all"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        self.client.perform(OPERATION, request.repeatable()).await
    }
}
