//! The client, and how every operation is sent.

use bheem_http_kit::{Auth, ClientBuilder, HttpClient, Method, Request, Response, SecretString};
use serde::de::DeserializeOwned;

use crate::{Error, Orders, Payments, error};

/// A client of one Razorpay account. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: HttpClient,
}

impl Client {
    /// Begins a client; `base_url` is the part before `/v1`, `https://api.razorpay.com` for Razorpay itself.
    pub fn builder(
        base_url: impl Into<String>,
        key_id: impl Into<String>,
        key_secret: SecretString,
    ) -> ClientBuilder<Self> {
        let auth = Auth::basic(key_id, key_secret);
        ClientBuilder::new("razorpay", base_url, auth, |http| Self { http })
    }

    /// Orders: what is to be paid.
    #[must_use]
    pub fn orders(&self) -> Orders<'_> {
        Orders { client: self }
    }

    /// Payments and their refunds.
    #[must_use]
    pub fn payments(&self) -> Payments<'_> {
        Payments { client: self }
    }

    pub(crate) fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Request {
        let segments: Vec<&str> = ["v1"].iter().chain(path).copied().collect();
        self.http.request(operation, method, &segments)
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn fetch<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<T, Error> {
        let work = async { read(&request.send().await?) };
        self.http.observe(operation, work).await
    }

    /// Sends a request for one thing, which may not be there.
    pub(crate) async fn fetch_one<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Option<T>, Error> {
        let work = async {
            match read(&request.send().await?) {
                Err(Error::Refused {
                    reason: crate::Reason::NotFound,
                    ..
                }) => Ok(None),
                other => other.map(Some),
            }
        };
        self.http.observe(operation, work).await
    }
}

fn read<T: DeserializeOwned>(answer: &Response) -> Result<T, Error> {
    if answer.status().is_success() {
        return Ok(answer.json()?);
    }
    Err(error::of(answer))
}
