//! What comes over the wire to the endpoints that programs call, and what goes back.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{Error, OAuthError};

/// A request to an endpoint.
#[derive(Clone, Copy, Default)]
pub struct Incoming<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path of the endpoint, below the issuer.
    pub path: &'a str,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The `DPoP` header (RFC 9449).
    pub dpop: Option<&'a str>,
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// The form or JSON that was sent.
    pub body: &'a [u8],
}

impl std::fmt::Debug for Incoming<'_> {
    /// Without what may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// An answer of an endpoint.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers, beside the length.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent.
    pub body: Bytes,
}

const JSON: &str = "application/json";

impl Answer {
    /// JSON that nobody may keep (RFC 6749 section 5.1).
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![
                ("content-type", JSON.to_owned()),
                ("cache-control", "no-store".to_owned()),
                ("pragma", "no-cache".to_owned()),
            ],
            body: body.to_string().into(),
        }
    }

    /// Nothing but a status.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: vec![("cache-control", "no-store".to_owned())],
            body: Bytes::new(),
        }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a header, if there is a value for it.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// Why there is no answer of the kind that was wanted.
#[derive(Debug)]
pub enum Refusal {
    /// It was refused.
    Refused(Box<Refused>),
    /// It failed, and nobody who sent the request is to blame.
    Failed(Error),
}

/// A refusal with what HTTP says beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The words of RFC 6749.
    pub error: OAuthError,
    /// The HTTP status.
    pub status: u16,
    /// How to authenticate instead.
    pub challenge: Option<String>,
    /// A nonce to use in the next proof (RFC 9449 section 8).
    pub dpop_nonce: Option<String>,
}

impl Refusal {
    /// A refusal with status 400.
    pub fn new(code: &'static str, description: impl Into<String>) -> Self {
        OAuthError::new(code, description).into()
    }

    /// With another status.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.change(|refused| refused.status = status)
    }

    /// With a `WWW-Authenticate` header.
    #[must_use]
    pub fn challenge(self, challenge: impl Into<String>) -> Self {
        let challenge = challenge.into();
        self.change(|refused| refused.challenge = Some(challenge))
    }

    /// With a nonce for the next proof.
    #[must_use]
    pub fn dpop_nonce(self, nonce: impl Into<String>) -> Self {
        let nonce = nonce.into();
        self.change(|refused| refused.dpop_nonce = Some(nonce))
    }

    fn change(mut self, change: impl FnOnce(&mut Refused)) -> Self {
        if let Self::Refused(refused) = &mut self {
            change(refused);
        }
        self
    }

    /// The answer in the form of RFC 6749 section 5.2. A failure is logged, and not told.
    #[must_use]
    pub fn into_answer(self) -> Answer {
        match self {
            Self::Refused(refused) => Answer::json(
                refused.status,
                &json!({
                    "error": refused.error.code,
                    "error_description": refused.error.description,
                }),
            )
            .with_some("www-authenticate", refused.challenge)
            .with_some("dpop-nonce", refused.dpop_nonce),
            Self::Failed(error) => failed(&error),
        }
    }
}

/// The answer when something of ours failed.
fn failed(error: &Error) -> Answer {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error = %text, "an endpoint of the provider failed");
    let unavailable = matches!(
        error,
        Error::Database(bheem_persistence::Error::Unavailable(_))
    );
    let (status, code) = if unavailable {
        (503, "temporarily_unavailable")
    } else {
        (500, "server_error")
    };
    Answer::json(status, &json!({ "error": code }))
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self::Refused(Box::new(Refused {
            error,
            status: 400,
            challenge: None,
            dpop_nonce: None,
        }))
    }
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The result of an endpoint.
pub type Outcome<T> = std::result::Result<T, Refusal>;

/// The answer, whatever came of it.
pub(crate) fn answer(outcome: Outcome<Answer>) -> Answer {
    outcome.unwrap_or_else(Refusal::into_answer)
}

/// Whether a NUL is in any text of a JSON value. PostgreSQL keeps none.
pub(crate) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Sets a member of an object.
pub(crate) fn put(body: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(members) = body {
        members.insert(name.to_owned(), value.into());
    }
}
