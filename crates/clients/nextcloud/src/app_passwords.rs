//! App passwords of the calling account (Nextcloud server, `core/Controller/AppPasswordController.php`, and
//! `apps/settings/lib/Controller/AuthSettingsController.php` for those that bear a name and an id). There is no way to
//! make one for somebody else but the login flow.

use bheem_http_kit::{Deleted, Method, Request, RetryPolicy, SecretString, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::envelope::read;
use crate::{Client, Error};

#[derive(Deserialize)]
struct Made {
    apppassword: SecretString,
}

/// An app password that was just made. Its secret is told this once.
#[derive(Debug)]
#[non_exhaustive]
pub struct NamedAppPassword {
    /// Its id, by which it is removed.
    pub id: u64,
    /// The name to sign in with.
    pub login_name: String,
    /// The password.
    pub secret: SecretString,
}

#[derive(Serialize)]
struct NewToken<'a> {
    name: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MadeToken {
    token: SecretString,
    login_name: String,
    device_token: DeviceToken,
}

#[derive(Deserialize)]
struct DeviceToken {
    id: u64,
}

/// Operations on app passwords; from [`Client::app_passwords`].
#[derive(Clone, Copy, Debug)]
pub struct AppPasswords<'a>(pub(crate) &'a Client);

impl AppPasswords<'_> {
    /// Makes one that bears a name, as the account's own settings page does. The caller must have come with the real
    /// password. There is no natural key: one whose answer got lost stays in the user's settings.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] if the credentials do not suffice, as an app password does not.
    pub async fn create_named(&self, name: &str) -> Result<NamedAppPassword, Error> {
        const OPERATION: &str = "create_named_app_password";
        let work = async {
            let request = self
                .settings(OPERATION, Method::POST, None)
                .json(&NewToken { name });
            let answer = request.send().await?;
            if needs_real_password(answer.status()) {
                return Err(Error::Unauthorized {
                    operation: OPERATION,
                    code: None,
                });
            }
            let made: MadeToken = answer.checked()?.json()?;
            Ok(NamedAppPassword {
                id: made.device_token.id,
                login_name: made.login_name,
                secret: made.token,
            })
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Removes one of the calling account's by its id. The caller must have come with the real password.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] if the credentials do not suffice.
    pub async fn delete_by_id(&self, id: u64) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_app_password_by_id";
        let work = async {
            let id = id.to_string();
            let request = self.settings(OPERATION, Method::DELETE, Some(&id));
            let answer = request.send().await?;
            match answer.status() {
                StatusCode::NOT_FOUND => Ok(Deleted::Absent),
                status if needs_real_password(status) => Err(Error::Unauthorized {
                    operation: OPERATION,
                    code: None,
                }),
                _ => {
                    answer.checked()?;
                    Ok(Deleted::Removed)
                }
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// A request to the settings page; the header of OCS stands for the token against forged requests.
    fn settings(self, operation: &'static str, method: Method, id: Option<&str>) -> Request {
        let path = ["index.php", "settings", "personal", "authtokens"];
        let segments: Vec<&str> = path.into_iter().chain(id).collect();
        // Asking again would make another one.
        self.0
            .http
            .with_retry(RetryPolicy::none())
            .request(operation, method, &segments)
            .header(crate::client::OCS_HEADER, "true")
            .header(header::ACCEPT, "application/json")
    }

    /// Makes one. The caller must have come with the real password. The client's `User-Agent` becomes its name. There is no natural key: one whose answer got
    /// lost stays in the user's settings, where it can be removed.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the caller came with an app password.
    pub async fn create(&self) -> Result<SecretString, Error> {
        const OPERATION: &str = "create_app_password";
        let work = async {
            // Asking again makes another one, although the method is GET.
            let once = Client {
                http: self.0.http.with_retry(RetryPolicy::none()),
            };
            let request = once.ocs(OPERATION, Method::GET, &["core", "getapppassword"]);
            let made: Made = read(OPERATION, once.call(request, &[]).await?)?;
            Ok(made.apppassword)
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Replaces the app password the caller came with.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the caller came with another kind of credentials.
    pub async fn rotate(&self) -> Result<SecretString, Error> {
        const OPERATION: &str = "rotate_app_password";
        let work = async {
            let path = ["core", "apppassword", "rotate"];
            let request = self.0.ocs(OPERATION, Method::POST, &path);
            let made: Made = read(OPERATION, self.0.call(request, &[]).await?)?;
            Ok(made.apppassword)
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Removes the app password the caller came with, which is good for nothing afterwards.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the caller came with another kind of credentials, [`Error::Unauthorized`] if it was
    /// removed before.
    pub async fn delete(&self) -> Result<(), Error> {
        const OPERATION: &str = "delete_app_password";
        let work = async {
            let request = self
                .0
                .ocs(OPERATION, Method::DELETE, &["core", "apppassword"]);
            self.0.call(request, &[]).await.map(drop)
        };
        self.0.http.observe(OPERATION, work).await
    }
}

/// 400 and 503 are what an app password is answered, 403 one who has not proven who he is lately.
fn needs_real_password(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::SERVICE_UNAVAILABLE
    )
}
