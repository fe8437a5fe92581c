//! Zones (<https://developers.cloudflare.com/api/resources/zones/>).

use bheem_http_kit::{Method, Page, Request, lenient, stream_pages};
use futures::Stream;
use serde::Deserialize;

use crate::record::{text, texts};
use crate::{Client, Error, ZoneSearch, ZoneStatus, canonical_name, zone_candidates};

/// Of zones, Cloudflare answers no more at once.
const PAGE_SIZE: u16 = 50;

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Zone {
    /// 32 hexadecimal digits.
    #[serde(default, deserialize_with = "text")]
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    /// How far it is, an empty word if it does not say; see [`Zone::is_active`].
    #[serde(default = "no_status", deserialize_with = "status")]
    pub status: ZoneStatus,
    /// Whether Cloudflare serves its DNS only, without its other services.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub paused: bool,
    /// The name servers it has to be delegated to.
    #[serde(default, deserialize_with = "texts")]
    pub name_servers: Vec<String>,
    /// The name servers it was delegated to before.
    #[serde(default, deserialize_with = "texts")]
    pub original_name_servers: Vec<String>,
    /// Whose it is.
    #[serde(default)]
    pub account: Option<Account>,
}

/// An account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// 32 hexadecimal digits.
    #[serde(default, deserialize_with = "text")]
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "text")]
    pub name: String,
}

fn no_status() -> ZoneStatus {
    ZoneStatus::Other(String::new())
}

fn status<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ZoneStatus, D::Error> {
    Ok(ZoneStatus::from(text(deserializer)?.as_str()))
}

impl Zone {
    /// Is what is written into it what the world sees? Only then does having it mean to control the domain.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == ZoneStatus::Active && !self.id.is_empty()
    }
}

/// Which zones; all that the token may see unless something is set.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ZoneFilter {
    /// With exactly this name.
    pub name: Option<String>,
    /// With this status.
    pub status: Option<ZoneStatus>,
    /// Of this account.
    pub account_id: Option<String>,
    /// How many at once, 5 to 50; 50 unless set.
    pub per_page: Option<u16>,
}

impl ZoneFilter {
    fn size(&self) -> u16 {
        self.per_page.unwrap_or(PAGE_SIZE).clamp(5, PAGE_SIZE)
    }

    fn apply(&self, mut request: Request) -> Request {
        let parts = [
            ("name", self.name.as_deref()),
            ("status", self.status.as_ref().map(ZoneStatus::as_str)),
            ("account.id", self.account_id.as_deref()),
        ];
        for (name, value) in parts {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        request
    }
}

/// The zones that the token may see.
#[derive(Debug, Clone, Copy)]
pub struct Zones<'a> {
    pub(crate) client: &'a Client,
}

impl Zones<'_> {
    /// One page, from 1.
    ///
    /// # Errors
    /// As the client's.
    pub async fn page(&self, filter: &ZoneFilter, number: u64) -> Result<Page<Zone>, Error> {
        const OPERATION: &str = "list_zones";
        let request = self.client.request(OPERATION, Method::GET, &["zones"]);
        let request = filter.apply(request);
        self.client
            .fetch_page(OPERATION, request, number, filter.size())
            .await
    }

    /// All zones, page by page.
    pub fn stream(&self, filter: ZoneFilter) -> impl Stream<Item = Result<Zone, Error>> {
        let client = self.client.clone();
        stream_pages(1, move |number| {
            let (client, filter) = (client.clone(), filter.clone());
            async move { client.zones().page(&filter, number).await }
        })
    }

    /// The zone with this id.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find(&self, id: &str) -> Result<Option<Zone>, Error> {
        const OPERATION: &str = "find_zone";
        let request = self.client.request(OPERATION, Method::GET, &["zones", id]);
        self.client.fetch_one(OPERATION, request).await
    }

    /// The zone of exactly this name, its natural key within an account. Of several accounts' zones of one name the
    /// active one is answered: there is one at most.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_by_name(&self, name: &str) -> Result<Option<Zone>, Error> {
        let name = canonical_name(name);
        let filter = ZoneFilter {
            name: Some(name.clone()),
            ..ZoneFilter::default()
        };
        let page = self.page(&filter, 1).await?;
        let mut zones: Vec<Zone> = page.items;
        zones.retain(|zone| canonical_name(&zone.name) == name);
        zones.sort_by_key(|zone| !zone.is_active());
        Ok(zones.into_iter().next())
    }

    /// The zone that a name lies in: the first that exists, from the name itself up to the registrable domain, which the
    /// public suffix list tells (`example.co.uk`, not `co.uk`).
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_zone_for(&self, name: &str) -> Result<ZoneSearch, Error> {
        for candidate in zone_candidates(name) {
            if let Some(zone) = self.find_by_name(&candidate).await? {
                return Ok(if zone.is_active() {
                    ZoneSearch::Controlled(zone)
                } else {
                    ZoneSearch::Inactive(zone)
                });
            }
        }
        Ok(ZoneSearch::Absent)
    }
}
