//! Signing in, and tokens.

use std::time::Duration;

use bheem_http_kit::{Method, Response, SecretString};
use serde::Deserialize;
use serde_json::json;

use crate::client::{COMPANY, bare, form};
use crate::{Client, Error, User};

/// What Passport gives who signed in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tokens {
    /// For requests.
    pub access_token: SecretString,
    /// For the next pair.
    pub refresh_token: Option<SecretString>,
    /// How long the access token lives, when Passport tells.
    pub expires_in: Option<Duration>,
}

/// What came of a sign-in.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// Name and password are right.
    Tokens(Tokens),
    /// They are not, or the account may not sign in.
    Refused,
}

/// What Passport says of a token.
#[derive(Debug, Clone)]
pub enum Validation {
    /// It is good, and whose it is if Passport tells.
    Valid(Option<Box<User>>),
    /// It is not.
    Invalid,
}

#[derive(Deserialize)]
struct TokensBody {
    access_token: SecretString,
    #[serde(default)]
    refresh_token: Option<SecretString>,
    #[serde(default)]
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct ValidationBody {
    #[serde(default, alias = "is_valid", alias = "active")]
    valid: Option<bool>,
    #[serde(default)]
    user: Option<User>,
}

impl From<TokensBody> for Tokens {
    fn from(body: TokensBody) -> Self {
        Self {
            access_token: body.access_token,
            refresh_token: body.refresh_token,
            expires_in: body.expires_in.map(Duration::from_secs),
        }
    }
}

impl Client {
    /// Signs somebody in; `POST /auth/login` with a form, sent once.
    ///
    /// # Errors
    /// When Passport cannot be reached or understood; then nobody knows whether the password is right.
    pub async fn sign_in(
        &self,
        username: &str,
        password: SecretString,
        company_code: &str,
    ) -> Result<SignIn, Error> {
        const OPERATION: &str = "sign_in";
        let work = async {
            let request = self
                .request(OPERATION, Method::POST, &["login"])
                .header(COMPANY, company_code);
            let fields = [("username", username), ("password", bare(&password))];
            let answer = form(request, &fields).send().await?;
            Ok(tokens(answer)?.map_or(SignIn::Refused, SignIn::Tokens))
        };
        self.http.observe(OPERATION, work).await
    }

    /// Takes a refresh token for a new pair; `None` when Passport does not take it. Sent once: whether
    /// Passport takes the same token twice is not known.
    ///
    /// # Errors
    /// When Passport cannot be reached or understood.
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<Option<Tokens>, Error> {
        const OPERATION: &str = "refresh";
        let work = async {
            let request = self
                .request(OPERATION, Method::POST, &["refresh"])
                .query("refresh_token", bare(refresh_token));
            tokens(request.send().await?)
        };
        self.http.observe(OPERATION, work).await
    }

    /// Asks whether an access token is good.
    ///
    /// # Errors
    /// When Passport cannot be reached or understood.
    pub async fn validate(&self, access_token: &SecretString) -> Result<Validation, Error> {
        const OPERATION: &str = "validate";
        let work = async {
            let body = json!({"token": bare(access_token)});
            let request = self.request(OPERATION, Method::POST, &["validate"]);
            let answer = request.json(&body).repeatable().send().await?;
            if is_refusal(&answer) {
                return Ok(Validation::Invalid);
            }
            let body: ValidationBody = answer.checked()?.json()?;
            match body.valid {
                Some(true) => Ok(Validation::Valid(body.user.map(Box::new))),
                Some(false) => Ok(Validation::Invalid),
                None => Err(Error::Protocol {
                    operation: OPERATION,
                }),
            }
        };
        self.http.observe(OPERATION, work).await
    }
}

fn tokens(answer: Response) -> Result<Option<Tokens>, Error> {
    if is_refusal(&answer) {
        return Ok(None);
    }
    let body: TokensBody = answer.checked()?.json()?;
    Ok(Some(body.into()))
}

/// 401 for a wrong password, 403 for an account that may not sign in.
fn is_refusal(answer: &Response) -> bool {
    matches!(answer.status().as_u16(), 401 | 403)
}
