//! The client, and how every operation is sent.

use bheem_http_kit::{Auth, ClientBuilder, Error, HeaderName, HttpClient, Method, Request};
use serde::de::DeserializeOwned;

const SOURCE: HeaderName = HeaderName::from_static("x-source");

/// A client of one ERP. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient,
}

impl Client {
    /// Begins a client; `base_url` is the part before `/api`. Tokens that end belong in a
    /// [`crate::CredentialSource`].
    pub fn builder(base_url: impl Into<String>, auth: Auth) -> ClientBuilder<Self> {
        ClientBuilder::new("erp", base_url, auth, |http| Self { http })
    }

    /// A request to `/api/…/`, with the slash at its end.
    pub(crate) fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Request {
        let segments: Vec<&str> = std::iter::once("api")
            .chain(path.iter().copied())
            .chain(std::iter::once(""))
            .collect();
        self.http
            .request(operation, method, &segments)
            .header(SOURCE, "workspace")
    }

    pub(crate) async fn fetch<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<T, Error> {
        let work = async { request.send().await?.checked()?.json() };
        self.http.observe(operation, work).await
    }

    /// As [`Self::fetch`] for what may not be there.
    pub(crate) async fn fetch_one<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Option<T>, Error> {
        let work = async {
            let answer = request.send().await?;
            if answer.status().as_u16() == 404 {
                return Ok(None);
            }
            answer.checked()?.json().map(Some)
        };
        self.http.observe(operation, work).await
    }
}
