//! The client, and how every operation is sent.

use bheem_http_kit::{
    Auth, ClientBuilder, ExposeSecret as _, HeaderName, HttpClient, Method, Request, SecretString,
    header,
};

use crate::Error;

pub(crate) const COMPANY: HeaderName = HeaderName::from_static("x-company-code");
const FORM: &str = "application/x-www-form-urlencoded";

/// A client of one Passport. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: HttpClient,
}

impl Client {
    /// Begins a client for the Passport at `base_url`, which is the part before `/api/v1`.
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder<Self> {
        ClientBuilder::new("passport", base_url, Auth::None, |http| Self { http })
    }

    /// A request to `/api/v1/auth/…`.
    pub(crate) fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Request {
        let segments: Vec<&str> = ["api", "v1", "auth"].iter().chain(path).copied().collect();
        self.http.request(operation, method, &segments)
    }
}

/// Adds the token of a person.
///
/// # Errors
/// When the token is no text for a header.
pub(crate) fn on_behalf(
    http: &HttpClient,
    operation: &'static str,
    token: &SecretString,
) -> Result<HttpClient, Error> {
    http.with_auth(&Auth::bearer(token.clone()))
        .map_err(|_unusable| Error::Protocol { operation })
}

/// A form with secrets in it.
pub(crate) fn form(request: Request, fields: &[(&str, &str)]) -> Request {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(fields);
    request
        .bytes(FORM, text.finish())
        .header(header::ACCEPT, "application/json")
}

/// The text of a secret, for the wire alone.
pub(crate) fn bare(secret: &SecretString) -> &str {
    secret.expose_secret()
}
