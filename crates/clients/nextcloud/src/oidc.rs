//! The app `user_oidc`: accounts made before the first login, and back-channel logout (`lib/Controller/OcsApiController`
//! and `LoginController` of the app, read 2026-11).
//!
//! An account made here is the one a login finds only if the app maps ids as they are (`--unique-uid=0`). It has no
//! password, hence no app passwords by Basic.

use bheem_http_kit::{Deleted, ExposeSecret as _, Method, SecretString, header, lenient};
use serde::{Deserialize, Serialize};

use crate::{Client, Error};

/// An account of the app.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "a request does nothing until it is sent"]
pub struct OidcUser {
    provider_id: u64,
    user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<String>,
}

impl OidcUser {
    /// The account of a user of the provider with this number.
    pub fn new(provider_id: u64, user_id: impl Into<String>) -> Self {
        Self {
            provider_id,
            user_id: user_id.into(),
            display_name: None,
            email: None,
            quota: None,
        }
    }

    /// The name others see.
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// The address for notifications.
    pub fn email(mut self, address: impl Into<String>) -> Self {
        self.email = Some(address.into());
        self
    }

    /// How much room, such as `5 GB`.
    pub fn quota(mut self, quota: impl Into<String>) -> Self {
        self.quota = Some(quota.into());
        self
    }
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default, deserialize_with = "lenient::text")]
    error_description: Option<String>,
}

/// Operations of the app `user_oidc`; from [`Client::oidc`].
#[derive(Clone, Copy, Debug)]
pub struct Oidc<'a>(pub(crate) &'a Client);

impl Oidc<'_> {
    /// Makes an account, or brings the one that is there up to date. The natural key is provider and user; asking
    /// again is harmless.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such provider, or the app is missing.
    pub async fn ensure_user(&self, user: &OidcUser) -> Result<(), Error> {
        const OPERATION: &str = "ensure_oidc_user";
        let work = async {
            let path = ["apps", "user_oidc", "api", "v1", "user"];
            let request = self.0.ocs(OPERATION, Method::POST, &path);
            let request = request.json(user).repeatable();
            self.0.call(request, &[]).await.map(drop)
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Deletes an account that the app made, with all its data.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn delete_user(&self, user_id: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_oidc_user";
        let work = async {
            let path = ["apps", "user_oidc", "api", "v1", "user", user_id];
            let request = self.0.ocs(OPERATION, Method::DELETE, &path);
            match self.0.call(request, &[]).await {
                Ok(_) => Ok(Deleted::Removed),
                Err(Error::NotFound { .. }) => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Ends a session at the provider's word (OpenID Connect Back-Channel Logout 1.0). The identifier is the name the
    /// provider was registered under; the token must have `iss`, `aud`, `iat`, `exp`, `jti`, `events` and `sid` or
    /// `sub`, and no `nonce`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the token is refused or its session is gone, [`Error::NotFound`] if there is no such
    /// provider.
    pub async fn back_channel_logout(
        &self,
        identifier: &str,
        logout_token: &SecretString,
    ) -> Result<(), Error> {
        const OPERATION: &str = "back_channel_logout";
        let work = async {
            let form = form_urlencoded::Serializer::new(String::new())
                .append_pair("logout_token", logout_token.expose_secret())
                .finish();
            let path = [
                "index.php",
                "apps",
                "user_oidc",
                "backchannel-logout",
                identifier,
            ];
            let request = self
                .0
                .http
                .request(OPERATION, Method::POST, &path)
                .header(header::ACCEPT, "application/json")
                .bytes("application/x-www-form-urlencoded", form);
            let answer = request.send().await?;
            match answer.status().as_u16() {
                200 | 204 => Ok(()),
                400 => {
                    let refusal: Refusal = answer.json().unwrap_or_default();
                    Err(Error::Invalid {
                        operation: OPERATION,
                        code: 400,
                        message: refusal.error_description.unwrap_or_default().into(),
                    })
                }
                404 => Err(Error::NotFound {
                    operation: OPERATION,
                    code: 404,
                }),
                _ => {
                    answer.checked()?;
                    Err(Error::Protocol {
                        operation: OPERATION,
                    })
                }
            }
        };
        self.0.http.observe(OPERATION, work).await
    }
}
