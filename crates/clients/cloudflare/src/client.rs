//! The client, and how every operation is sent.

use bheem_http_kit::{
    Auth, ClientBuilder, Deleted, HttpClient, Method, Page, Request, SecretString,
};
use serde::de::DeserializeOwned;

use crate::{Error, Reason, Records, Tokens, Zones, envelope, page};

/// A client with one API token. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: HttpClient,
}

impl Client {
    /// Begins a client; `base_url` is the part before `/client/v4`, `https://api.cloudflare.com` for Cloudflare itself.
    /// The token needs Zone:Read and DNS:Edit.
    pub fn builder(base_url: impl Into<String>, token: SecretString) -> ClientBuilder<Self> {
        ClientBuilder::new("cloudflare", base_url, Auth::bearer(token), |http| Self {
            http,
        })
    }

    /// Zones.
    #[must_use]
    pub fn zones(&self) -> Zones<'_> {
        Zones { client: self }
    }

    /// The DNS records of the zone with this id.
    #[must_use]
    pub fn records<'a>(&'a self, zone_id: &'a str) -> Records<'a> {
        Records {
            client: self,
            zone_id,
        }
    }

    /// The token itself.
    #[must_use]
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens { client: self }
    }

    pub(crate) fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Request {
        let segments: Vec<&str> = ["client", "v4"].iter().chain(path).copied().collect();
        self.http.request(operation, method, &segments)
    }

    /// Sends a request and reads the result.
    pub(crate) async fn fetch<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<T, Error> {
        let work = async { Ok(envelope::read(&request.send().await?)?.0) };
        self.http.observe(operation, work).await
    }

    /// Sends a request for one thing, which may not be there.
    pub(crate) async fn fetch_one<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Option<T>, Error> {
        let work = async {
            match envelope::read(&request.send().await?) {
                Err(error) if error.reason() == Some(Reason::NotFound) => Ok(None),
                other => other.map(|(found, _)| Some(found)),
            }
        };
        self.http.observe(operation, work).await
    }

    /// Sends the removal of a thing, which may not be there.
    pub(crate) async fn remove(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Deleted, Error> {
        let found: Option<serde_json::Value> = self.fetch_one(operation, request).await?;
        Ok(if found.is_some() {
            Deleted::Removed
        } else {
            Deleted::Absent
        })
    }

    /// Sends a request for a page.
    pub(crate) async fn fetch_page<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request,
        number: u64,
        size: u16,
    ) -> Result<Page<T>, Error> {
        let request = page::ask(request, number, size);
        let work = async {
            let (items, info): (Vec<T>, _) = envelope::read(&request.send().await?)?;
            Ok(page::page(items, &info, number.max(1), size))
        };
        self.http.observe(operation, work).await
    }
}
