//! App passwords of the calling account (Nextcloud server, `core/Controller/AppPasswordController.php`). There is no
//! way to make one for somebody else but the login flow. The client's `User-Agent` becomes the password's name.

use bheem_http_kit::{Method, RetryPolicy, SecretString};
use serde::Deserialize;

use crate::envelope::read;
use crate::{Client, Error};

#[derive(Deserialize)]
struct Made {
    apppassword: SecretString,
}

/// Operations on app passwords; from [`Client::app_passwords`].
#[derive(Clone, Copy, Debug)]
pub struct AppPasswords<'a>(pub(crate) &'a Client);

impl AppPasswords<'_> {
    /// Makes one. The caller must have come with the real password. There is no natural key: one whose answer got
    /// lost stays in the user's settings, where it can be removed.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the caller came with an app password or a token.
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
