//! Changing and resetting passwords.

use bheem_http_kit::{Method, SecretString};
use serde_json::json;

use crate::client::{bare, on_behalf};
use crate::{Client, Error};

impl Client {
    /// Changes the password of whom the token belongs to; `false` when the old one is wrong. Sent once.
    ///
    /// # Errors
    /// When Passport does not like the new one, or cannot be reached or understood.
    pub async fn change_password(
        &self,
        access_token: &SecretString,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<bool, Error> {
        const OPERATION: &str = "change_password";
        let work = async {
            let http = on_behalf(&self.http, OPERATION, access_token)?;
            let body = json!({"current_password": bare(old), "new_password": bare(new)});
            let request = Self { http }.request(OPERATION, Method::POST, &["change-password"]);
            let answer = request.json(&body).send().await?;
            if answer.status().as_u16() == 403 {
                return Ok(false);
            }
            answer.checked()?;
            Ok(true)
        };
        self.http.observe(OPERATION, work).await
    }

    /// Has Passport send a reset mail. The answer is the same whether or not it knows the address.
    ///
    /// # Errors
    /// When Passport cannot be reached or understood.
    pub async fn request_password_reset(
        &self,
        email: &str,
        company_code: &str,
    ) -> Result<(), Error> {
        const OPERATION: &str = "request_password_reset";
        let work = async {
            let body = json!({"email": email, "company_code": company_code});
            let path = ["password", "reset", "request"];
            let request = self.request(OPERATION, Method::POST, &path);
            request.json(&body).send().await?.checked()?;
            Ok(())
        };
        self.http.observe(OPERATION, work).await
    }
}
