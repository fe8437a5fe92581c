//! People as Passport knows them.

use bheem_http_kit::{Method, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::client::on_behalf;
use crate::{Client, Error};

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// Passport's own id, which never changes. Versions write it as a text or as a number.
    #[serde(deserialize_with = "text_or_number", alias = "user_id", alias = "sub")]
    pub id: String,
    /// Name to sign in with.
    pub username: String,
    /// Address.
    #[serde(default)]
    pub email: Option<String>,
    /// The person's name.
    #[serde(default, alias = "name")]
    pub full_name: Option<String>,
    /// Role in Passport. It opens nothing anywhere else.
    #[serde(default)]
    pub role: Option<String>,
    /// Company.
    #[serde(default)]
    pub company_id: Option<String>,
    /// Code of the company.
    #[serde(default)]
    pub company_code: Option<String>,
    /// Person of the company's ERP.
    #[serde(default)]
    pub person_id: Option<String>,
}

impl Client {
    /// Whose access token this is; `GET /auth/me`.
    ///
    /// # Errors
    /// [`bheem_http_kit::ErrorKind::Unauthorized`] when the token is not good; when Passport cannot be reached or understood.
    pub async fn current_user(&self, access_token: &SecretString) -> Result<User, Error> {
        const OPERATION: &str = "current_user";
        let work = async {
            let http = on_behalf(&self.http, OPERATION, access_token)?;
            let request = Self { http }.request(OPERATION, Method::GET, &["me"]);
            Ok(request.send().await?.checked()?.json()?)
        };
        self.http.observe(OPERATION, work).await
    }
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) if !text.is_empty() => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom("an id is a text or a number")),
    }
}
