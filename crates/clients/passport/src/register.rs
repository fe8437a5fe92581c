//! Making accounts.

use bheem_http_kit::{Method, Response, SecretString};
use serde_json::{Value, json};

use crate::client::bare;
use crate::{Client, Error, User};

/// The role of somebody who has no other.
const DEFAULT_ROLE: &str = "Customer";

/// An account that is to be made. Its natural key is the name.
#[derive(Debug, Clone)]
pub struct NewUser {
    username: String,
    password: SecretString,
    company_code: String,
    role: String,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum Registered {
    /// It was made; Passport's view of it when it tells.
    Created(Option<Box<User>>),
    /// The name is taken.
    AlreadyExists,
}

impl NewUser {
    /// An account of a company.
    pub fn new(
        username: impl Into<String>,
        password: SecretString,
        company_code: impl Into<String>,
    ) -> Self {
        Self {
            username: username.into(),
            password,
            company_code: company_code.into(),
            role: DEFAULT_ROLE.to_owned(),
        }
    }

    /// Another role.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = role.into();
        self
    }
}

impl Client {
    /// Makes an account; sent once. When the effect is unknown, sign in with the same name and password to find out.
    ///
    /// # Errors
    /// [`bheem_http_kit::ErrorKind::Invalid`] when Passport does not like a field; when it cannot be reached or understood.
    pub async fn register(&self, new: &NewUser) -> Result<Registered, Error> {
        const OPERATION: &str = "register";
        let work = async {
            let body = json!({
                "username": new.username,
                "password": bare(&new.password),
                "role": new.role,
                "company_code": new.company_code,
            });
            let request = self.request(OPERATION, Method::POST, &["register"]);
            let answer = request.json(&body).send().await?;
            if is_duplicate(&answer) {
                return Ok(Registered::AlreadyExists);
            }
            let answer = answer.checked()?;
            let body: Value = answer.json()?;
            if !body.is_object() {
                return Err(Error::Protocol {
                    operation: OPERATION,
                });
            }
            let user = body.get("user").cloned().unwrap_or(body);
            Ok(Registered::Created(
                serde_json::from_value(user).ok().map(Box::new),
            ))
        };
        self.http.observe(OPERATION, work).await
    }
}

/// 409, or 400 that says so in words.
fn is_duplicate(answer: &Response) -> bool {
    match answer.status().as_u16() {
        409 => true,
        400 => answer
            .json::<Value>()
            .ok()
            .and_then(|body| {
                body.get("detail")
                    .and_then(Value::as_str)
                    .map(str::to_lowercase)
            })
            .is_some_and(|detail| detail.contains("exists") || detail.contains("registered")),
        _ => false,
    }
}
