//! The server itself.

use bheem_http_kit::Method;
use serde::Deserialize;

use crate::wire::{Done, or_default};
use crate::{Client, Error};

/// What runs there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ServerVersion {
    /// Such as `10.11.4`.
    #[serde(rename = "Version")]
    pub version: String,
    /// The build.
    #[serde(default, rename = "BuildNumber", deserialize_with = "or_default")]
    pub build: String,
    /// `true` for the editions with a licence.
    #[serde(
        default,
        rename = "BuildEnterpriseReady",
        deserialize_with = "or_default"
    )]
    pub enterprise: String,
}

impl ServerVersion {
    /// The first number of the version: names of users may have 64 characters since 5, tokens end since 11.
    #[must_use]
    pub fn major(&self) -> Option<u32> {
        self.version.split('.').next()?.parse().ok()
    }
}

/// One server.
#[derive(Debug, Clone, Copy)]
pub struct System<'a> {
    pub(crate) client: &'a Client,
}

impl System<'_> {
    /// Whether the server and what it needs are well.
    ///
    /// # Errors
    /// As the client's; a server whose database is away answers 500.
    pub async fn ping(&self) -> Result<(), Error> {
        const OPERATION: &str = "ping";
        let path = ["system", "ping"];
        let request = self.client.request(OPERATION, Method::GET, &path);
        self.client
            .fetch::<Done>(OPERATION, request)
            .await
            .map(drop)
    }

    /// What runs there.
    ///
    /// # Errors
    /// As the client's.
    pub async fn version(&self) -> Result<ServerVersion, Error> {
        const OPERATION: &str = "version";
        let path = ["config", "client"];
        let request = self.client.request(OPERATION, Method::GET, &path);
        // The only format there is.
        let request = request.query("format", "old");
        self.client.fetch(OPERATION, request).await
    }
}
