//! Typed questions. Aliases are followed.

use std::net::IpAddr;

use hickory_resolver::proto::rr::RData;

use crate::observe::observe;
use crate::{Answer, Error, RecordType, Resolver, name};

/// A mail exchanger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Mx {
    /// Lower ones are tried first.
    pub preference: u16,
    /// The host; empty for the "null MX" of a domain that takes no mail (RFC 7505).
    pub exchange: String,
}

impl Mx {
    /// Does it say that the domain takes no mail?
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.exchange.is_empty()
    }
}

impl Resolver {
    /// The texts of a name, each with its strings joined (RFC 7208, section 3.3). Bytes that are no UTF-8 become the
    /// replacement character.
    ///
    /// # Errors
    /// If no server could find out.
    pub async fn txt(&self, name: &str) -> Result<Answer<String>, Error> {
        let found = observe("txt", self.resolve(name, RecordType::TXT)).await?;
        Ok(found.map(|data| match data {
            RData::TXT(txt) => {
                let joined: Vec<u8> = txt.txt_data.iter().flatten().copied().collect();
                String::from_utf8_lossy(&joined).into_owned()
            }
            _ => String::new(),
        }))
    }

    /// Is one of a name's texts exactly this? A text that merely contains it proves nothing.
    ///
    /// # Errors
    /// As [`Resolver::txt`].
    pub async fn has_txt(&self, name: &str, text: &str) -> Result<bool, Error> {
        let texts = self.txt(name).await?.into_records();
        Ok(texts.iter().any(|found| found == text))
    }

    /// The mail exchangers of a domain, in the order in which they are tried.
    ///
    /// # Errors
    /// As [`Resolver::txt`].
    pub async fn mx(&self, domain: &str) -> Result<Answer<Mx>, Error> {
        let found = observe("mx", self.resolve(domain, RecordType::MX)).await?;
        let mut answer = found.map(|data| match data {
            RData::MX(mx) => Mx {
                preference: mx.preference,
                exchange: name::show(&mx.exchange),
            },
            _ => Mx {
                preference: u16::MAX,
                exchange: String::new(),
            },
        });
        if let Answer::Records(exchangers) = &mut answer {
            exchangers.sort();
        }
        Ok(answer)
    }

    /// The IPv4 addresses of a host.
    ///
    /// # Errors
    /// As [`Resolver::txt`].
    pub async fn a(&self, host: &str) -> Result<Answer<IpAddr>, Error> {
        let found = observe("a", self.resolve(host, RecordType::A)).await?;
        Ok(addresses(found))
    }

    /// The IPv6 addresses of a host.
    ///
    /// # Errors
    /// As [`Resolver::txt`].
    pub async fn aaaa(&self, host: &str) -> Result<Answer<IpAddr>, Error> {
        let found = observe("aaaa", self.resolve(host, RecordType::AAAA)).await?;
        Ok(addresses(found))
    }

    /// All addresses of a host.
    ///
    /// # Errors
    /// As [`Resolver::txt`].
    pub async fn addresses(&self, host: &str) -> Result<Answer<IpAddr>, Error> {
        let old = self.a(host).await?;
        if old == Answer::NoSuchName {
            return Ok(old);
        }
        let new = self.aaaa(host).await?;
        let all: Vec<IpAddr> = old
            .into_records()
            .into_iter()
            .chain(new.into_records())
            .collect();
        Ok(if all.is_empty() {
            Answer::NoData
        } else {
            Answer::Records(all)
        })
    }

    /// The name servers of a zone.
    ///
    /// # Errors
    /// As [`Resolver::txt`].
    pub async fn ns(&self, zone: &str) -> Result<Answer<String>, Error> {
        let found = observe("ns", self.resolve(zone, RecordType::NS)).await?;
        Ok(found.map(|data| match data {
            RData::NS(host) => name::show(&host.0),
            _ => String::new(),
        }))
    }
}

fn addresses(found: Answer<RData>) -> Answer<IpAddr> {
    let ips = |records: Vec<RData>| -> Vec<IpAddr> {
        records.iter().filter_map(RData::ip_addr).collect()
    };
    match found {
        Answer::Records(records) => Answer::Records(ips(records)),
        Answer::NoData => Answer::NoData,
        Answer::NoSuchName => Answer::NoSuchName,
    }
}
