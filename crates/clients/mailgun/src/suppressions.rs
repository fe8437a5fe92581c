//! Addresses that Mailgun does not send to any more (<https://documentation.mailgun.com/docs/mailgun/user-manual/suppressions/>).

use bheem_http_kit::{Deleted, Method, Page, lenient, stream_pages};
use futures::Stream;
use serde::Deserialize;

use crate::cursor::{self, Paged};
use crate::{Client, Cursor, Error, date};

/// Why nothing is sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SuppressionList {
    /// Its server has refused for good.
    Bounces,
    /// Somebody wants no more.
    Unsubscribes,
    /// Somebody says that it is spam.
    Complaints,
}

impl SuppressionList {
    fn path(self) -> &'static str {
        match self {
            Self::Bounces => "bounces",
            Self::Unsubscribes => "unsubscribes",
            Self::Complaints => "complaints",
        }
    }
}

/// An address that nothing is sent to.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Suppression {
    /// The address.
    pub address: String,
    /// The reply code of its server.
    #[serde(default, deserialize_with = "lenient::text")]
    pub code: Option<String>,
    /// What its server said.
    #[serde(default, deserialize_with = "lenient::text")]
    pub error: Option<String>,
    /// Since when, in seconds since 1970.
    #[serde(default, deserialize_with = "date::seconds")]
    pub created_at: Option<i64>,
}

/// Suppressions of one domain.
#[derive(Debug, Clone, Copy)]
pub struct Suppressions<'a> {
    pub(crate) client: &'a Client,
    pub(crate) domain: &'a str,
}

impl Suppressions<'_> {
    /// One page of a list, which ends with a page that is empty.
    ///
    /// # Errors
    /// [`Error::ForeignPage`] when the next page is said to be on another server, else as the client's.
    pub async fn page(
        &self,
        list: SuppressionList,
        cursor: &Cursor,
    ) -> Result<Page<Suppression, Cursor>, Error> {
        const OPERATION: &str = "list_suppressions";
        let path = ["v3", self.domain, list.path()];
        let first = self.client.request(OPERATION, Method::GET, &path);
        let first = first.query("limit", "1000");
        let request = cursor::request(self.client, OPERATION, cursor, first);
        let found: Paged<Suppression> = self.client.fetch(OPERATION, request).await?;
        cursor::page(self.client, OPERATION, found)
    }

    /// A whole list, page by page.
    pub fn stream(
        &self,
        list: SuppressionList,
    ) -> impl Stream<Item = Result<Suppression, Error>> + use<> {
        let (client, domain) = (self.client.clone(), self.domain.to_owned());
        stream_pages(Cursor::start(), move |cursor| {
            let (client, domain) = (client.clone(), domain.clone());
            async move { client.suppressions(&domain).page(list, &cursor).await }
        })
    }

    /// Whether an address is on a list.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find(
        &self,
        list: SuppressionList,
        address: &str,
    ) -> Result<Option<Suppression>, Error> {
        const OPERATION: &str = "find_suppression";
        let path = ["v3", self.domain, list.path(), address];
        let request = self.client.request(OPERATION, Method::GET, &path);
        self.client.fetch_one(OPERATION, request).await
    }

    /// Has Mailgun send to an address again.
    ///
    /// # Errors
    /// As the client's.
    pub async fn delete(&self, list: SuppressionList, address: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_suppression";
        let path = ["v3", self.domain, list.path(), address];
        let request = self.client.request(OPERATION, Method::DELETE, &path);
        self.client.remove(OPERATION, request).await
    }
}
