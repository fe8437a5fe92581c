//! Questions to the DNS. Nothing is cached: somebody is waiting for a change they just made.

use std::{net::SocketAddr, time::Duration};

use bheem_domain::DomainName;
use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
    net::runtime::TokioRuntimeProvider,
    proto::rr::{RData, RecordType},
};

use crate::{Error, Result};

/// Asks name servers; cheap to clone.
#[derive(Clone)]
pub struct DnsLookup {
    resolver: TokioResolver,
}

impl std::fmt::Debug for DnsLookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DnsLookup").finish_non_exhaustive()
    }
}

/// An MX record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mx {
    pub(crate) preference: u16,
    /// Lower case, no final dot.
    pub(crate) exchange: String,
}

impl DnsLookup {
    /// Asks these servers; with none given, those of the system.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system's configuration cannot be read.
    pub fn new(servers: &[SocketAddr]) -> Result<Self> {
        let provider = TokioRuntimeProvider::default();
        let mut builder = if servers.is_empty() {
            Resolver::builder(provider).map_err(|error| Error::Internal(Box::new(error)))?
        } else {
            Resolver::builder_with_config(config(servers), provider)
        };
        *builder.options_mut() = options(builder.options_mut().clone());
        let resolver = builder
            .build()
            .map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(Self { resolver })
    }

    /// The TXT records at `name`, each with its strings joined (RFC 7208, 3.3). No answer, for
    /// whatever reason, is an empty list: what cannot be seen is not proven.
    pub(crate) async fn txt(&self, name: &str) -> Vec<String> {
        self.records(name, RecordType::TXT)
            .await
            .into_iter()
            .filter_map(|data| match data {
                RData::TXT(txt) => {
                    let joined: Vec<u8> = txt.txt_data.iter().flatten().copied().collect();
                    String::from_utf8(joined).ok()
                }
                _ => None,
            })
            .collect()
    }

    /// The MX records of a domain.
    pub(crate) async fn mx(&self, domain: &DomainName) -> Vec<Mx> {
        self.records(domain.as_str(), RecordType::MX)
            .await
            .into_iter()
            .filter_map(|data| match data {
                RData::MX(mx) => Some(Mx {
                    preference: mx.preference,
                    exchange: mx
                        .exchange
                        .to_utf8()
                        .trim_end_matches('.')
                        .to_ascii_lowercase(),
                }),
                _ => None,
            })
            .collect()
    }

    async fn records(&self, name: &str, kind: RecordType) -> Vec<RData> {
        // The final dot keeps search domains of the machine out of it.
        match self.resolver.lookup(format!("{name}."), kind).await {
            Ok(lookup) => lookup
                .answers()
                .iter()
                .map(|record| record.data.clone())
                .collect(),
            Err(error) => {
                tracing::debug!(name, %kind, %error, "no DNS answer");
                Vec::new()
            }
        }
    }
}

fn config(servers: &[SocketAddr]) -> ResolverConfig {
    let servers = servers
        .iter()
        .map(|address| {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()]
                .into_iter()
                .map(|mut connection| {
                    connection.port = address.port();
                    connection
                })
                .collect();
            NameServerConfig::new(address.ip(), true, connections)
        })
        .collect();
    ResolverConfig::from_parts(None, Vec::new(), servers)
}

fn options(mut options: ResolverOpts) -> ResolverOpts {
    options.cache_size = 0;
    options.timeout = Duration::from_secs(3);
    options.attempts = 2;
    options.use_hosts_file = hickory_resolver::config::ResolveHosts::Never;
    options
}
