//! Asking the servers of a zone itself, so that no cache between stands in the way of a change that was just made.

use std::net::SocketAddr;

use hickory_resolver::proto::rr::RData;

use crate::builder::SERVER_LIMIT;
use crate::observe::observe;
use crate::resolver::Reply;
use crate::{Cause, Error, RecordType, Resolver, address, name};

/// Names have no more labels than this (RFC 1035, section 3.1).
const LABEL_LIMIT: usize = 127;

impl Resolver {
    /// A resolver that asks the authoritative servers of the zone that a name lies in. They are found through this
    /// resolver: the name servers of the name or of the nearest name above it that has some. Names outside of the zone,
    /// to which aliases may lead, are asked of this resolver.
    ///
    /// # Errors
    /// [`Cause::NoServers`] when none has a public address (see [`crate::ResolverBuilder::private_servers`]), else as
    /// every question.
    pub async fn authoritative(&self, text: &str) -> Result<Self, Error> {
        observe("authoritative", self.find_authority(text)).await
    }

    async fn find_authority(&self, text: &str) -> Result<Self, Error> {
        const KIND: RecordType = RecordType::NS;
        let failed = |cause| Error::new(text, KIND, cause);
        let mut zone = name::parse(text).map_err(failed)?;
        for _label in 0..LABEL_LIMIT {
            let hosts = match self.ask(&zone, KIND).await? {
                Reply::Records(records) => records
                    .iter()
                    .filter(|record| record.name == zone)
                    .filter_map(|record| match &record.data {
                        RData::NS(host) => Some(name::show(&host.0)),
                        _ => None,
                    })
                    .collect(),
                Reply::NoData | Reply::NoSuchName => Vec::new(),
            };
            if !hosts.is_empty() {
                let servers = self.servers_at(hosts).await;
                if servers.is_empty() {
                    return Err(failed(Cause::NoServers));
                }
                return Self::for_zone(servers, name::show(&zone), self.clone())
                    .map_err(|_engine| failed(Cause::NoServers));
            }
            zone = zone.base_name();
            if zone.is_root() {
                break;
            }
        }
        Err(failed(Cause::NoServers))
    }

    /// A host that cannot be resolved is left out: the zone has others.
    async fn servers_at(&self, hosts: Vec<String>) -> Vec<SocketAddr> {
        let settings = self.inner.settings;
        let mut servers = Vec::new();
        for host in hosts.into_iter().take(SERVER_LIMIT) {
            let found = self.addresses(&host).await;
            let found = found.map(crate::Answer::into_records).unwrap_or_default();
            let found = found
                .into_iter()
                .filter(|ip| settings.may_be_private || address::is_public(*ip));
            servers.extend(found.map(|ip| SocketAddr::new(ip, settings.authoritative_port)));
        }
        servers.truncate(SERVER_LIMIT);
        servers
    }
}
