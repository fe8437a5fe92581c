//! Domains (<https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/domains>).

use bheem_http_kit::{Deleted, Method, Page, PeerText, stream_pages};
use futures::Stream;
use serde::Deserialize;

use crate::{Client, Domain, DomainDetails, Error, NewDomain, UpdateDomain};

/// Words of sentences about a request that is wrong in itself, whoever has the domain.
const ABOUT_THE_REQUEST: [&str; 8] = [
    "invalid",
    "not valid",
    "not a valid",
    "required",
    "must ",
    "limit",
    "parameter",
    "password",
];

#[derive(Deserialize)]
struct Listed {
    #[serde(default = "Vec::new")]
    items: Vec<Domain>,
}

/// Domains of an account.
#[derive(Debug, Clone, Copy)]
pub struct Domains<'a> {
    pub(crate) client: &'a Client,
}

impl Domains<'_> {
    /// Adds a domain; sent once. After an unknown outcome look at [`Self::find`].
    ///
    /// # Errors
    /// [`Error::DomainExists`] when the account has it, [`Error::DomainTaken`] when another has: Mailgun answers both,
    /// and much else, with 400, so that a refusal is followed by a look; if that fails, its error is told. Else as the
    /// client's.
    pub async fn create(&self, new: &NewDomain) -> Result<DomainDetails, Error> {
        const OPERATION: &str = "create_domain";
        let path = ["v4", "domains"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        let request = new.form().into_request(request);
        let refused: Result<DomainDetails, Error> = self.client.fetch(OPERATION, request).await;
        match refused {
            Err(Error::Refused {
                operation,
                status: 400,
                message,
            }) => Err(self.explain(new, operation, message).await?),
            other => other,
        }
    }

    /// Why a domain was refused.
    async fn explain(
        &self,
        new: &NewDomain,
        operation: &'static str,
        message: PeerText,
    ) -> Result<Error, Error> {
        if self.find(&new.name).await?.is_some() {
            return Ok(Error::DomainExists { operation });
        }
        let words = message.as_str().to_ascii_lowercase();
        let is_about_it = ABOUT_THE_REQUEST.iter().any(|part| words.contains(part));
        Ok(if is_about_it {
            Error::Refused {
                operation,
                status: 400,
                message,
            }
        } else {
            Error::DomainTaken { operation, message }
        })
    }

    /// The domain of this name, added now unless the account has it.
    ///
    /// # Errors
    /// [`Error::DomainTaken`] when another account has it, else as the client's.
    pub async fn ensure(&self, new: &NewDomain) -> Result<DomainDetails, Error> {
        if let Some(found) = self.find(&new.name).await? {
            return Ok(found);
        }
        match self.create(new).await {
            // Somebody else was faster.
            Err(exists @ Error::DomainExists { .. }) => self.find(&new.name).await?.ok_or(exists),
            other => other,
        }
    }

    /// The domain of this name with its records, as Mailgun last saw them.
    ///
    /// # Errors
    /// As the client's. A domain of the other region is not found, or the key is refused.
    pub async fn find(&self, name: &str) -> Result<Option<DomainDetails>, Error> {
        const OPERATION: &str = "find_domain";
        let path = ["v4", "domains", name];
        let request = self.client.request(OPERATION, Method::GET, &path);
        self.client.fetch_one(OPERATION, request).await
    }

    /// At most `limit` domains (1 to 1000), after leaving out `skip`.
    ///
    /// # Errors
    /// As the client's.
    pub async fn page(&self, limit: u16, skip: u64) -> Result<Page<Domain>, Error> {
        const OPERATION: &str = "list_domains";
        let limit = limit.clamp(1, 1000);
        let path = ["v4", "domains"];
        let request = self.client.request(OPERATION, Method::GET, &path);
        let request = request
            .query("limit", &limit.to_string())
            .query("skip", &skip.to_string());
        let found: Listed = self.client.fetch(OPERATION, request).await?;
        let is_full = found.items.len() >= usize::from(limit);
        Ok(Page {
            items: found.items,
            next: is_full.then(|| skip.saturating_add(u64::from(limit))),
        })
    }

    /// All domains, `limit` (1 to 1000) at once.
    pub fn stream(&self, limit: u16) -> impl Stream<Item = Result<Domain, Error>> + use<> {
        let client = self.client.clone();
        stream_pages(0, move |skip| {
            let client = client.clone();
            async move { client.domains().page(limit, skip).await }
        })
    }

    /// Changes a domain.
    ///
    /// # Errors
    /// As the client's.
    pub async fn update(&self, name: &str, change: &UpdateDomain) -> Result<DomainDetails, Error> {
        const OPERATION: &str = "update_domain";
        let path = ["v4", "domains", name];
        let request = self.client.request(OPERATION, Method::PUT, &path);
        let request = change.form().into_request(request);
        self.client.fetch(OPERATION, request).await
    }

    /// Has Mailgun look at a domain's records. What it finds may be what it found some time ago: ask again later.
    ///
    /// # Errors
    /// As the client's.
    pub async fn verify(&self, name: &str) -> Result<DomainDetails, Error> {
        const OPERATION: &str = "verify_domain";
        let path = ["v4", "domains", name, "verify"];
        let request = self.client.request(OPERATION, Method::PUT, &path);
        self.client.fetch(OPERATION, request).await
    }

    /// Takes a domain away.
    ///
    /// # Errors
    /// As the client's.
    pub async fn delete(&self, name: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_domain";
        let path = ["v3", "domains", name];
        let request = self.client.request(OPERATION, Method::DELETE, &path);
        self.client.remove(OPERATION, request).await
    }
}
