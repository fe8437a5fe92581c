//! The client, and how every operation is sent.

use bheem_http_kit::{
    Auth, ClientBuilder, Deleted, HttpClient, Method, Request, Response, SecretString,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Domains, Error, Events, Messages, Suppressions, error};

/// Where Mailgun keeps an account's domains. A domain is in one region only; in the other it is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Region {
    /// The United States.
    Us,
    /// The European Union.
    Eu,
}

impl Region {
    /// Where its API is.
    #[must_use]
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Us => "https://api.mailgun.net",
            Self::Eu => "https://api.eu.mailgun.net",
        }
    }
}

/// What is answered to say that something was done.
#[derive(Deserialize)]
pub(crate) struct Done {
    #[serde(rename = "message")]
    _message: String,
}

/// A client of one account in one region. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: HttpClient,
}

impl Client {
    /// Begins a client; `base_url` is the part before the version, such as [`Region::base_url`].
    pub fn builder(base_url: impl Into<String>, api_key: SecretString) -> ClientBuilder<Self> {
        let auth = Auth::basic("api", api_key);
        ClientBuilder::new("mailgun", base_url, auth, |http| Self { http })
    }

    /// Begins a client of Mailgun itself.
    #[must_use]
    pub fn of_region(region: Region, api_key: SecretString) -> ClientBuilder<Self> {
        Self::builder(region.base_url(), api_key)
    }

    /// Domains.
    #[must_use]
    pub fn domains(&self) -> Domains<'_> {
        Domains { client: self }
    }

    /// Messages from a domain.
    #[must_use]
    pub fn messages<'a>(&'a self, domain: &'a str) -> Messages<'a> {
        Messages {
            client: self,
            domain,
        }
    }

    /// What happened to a domain's messages.
    #[must_use]
    pub fn events<'a>(&'a self, domain: &'a str) -> Events<'a> {
        Events {
            client: self,
            domain,
        }
    }

    /// Addresses that a domain's messages are not sent to any more.
    #[must_use]
    pub fn suppressions<'a>(&'a self, domain: &'a str) -> Suppressions<'a> {
        Suppressions {
            client: self,
            domain,
        }
    }

    pub(crate) fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Request {
        self.http.request(operation, method, path)
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
                Err(error) if error.is_missing() => Ok(None),
                other => other.map(Some),
            }
        };
        self.http.observe(operation, work).await
    }

    /// Sends a request that takes something away, which may be gone.
    pub(crate) async fn remove(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Deleted, Error> {
        let found = self.fetch_one::<Done>(operation, request).await?;
        Ok(found.map_or(Deleted::Absent, |_done| Deleted::Removed))
    }
}

fn read<T: DeserializeOwned>(answer: &Response) -> Result<T, Error> {
    if answer.status().is_success() {
        return Ok(answer.json()?);
    }
    Err(error::of(answer))
}
