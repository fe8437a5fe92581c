//! What a caller holds of a stand-in.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use serde_json::Value;

use crate::{Error, Fault, PublishedRecord, dns, http::Request, peer::Peer};

/// One stand-in.
#[derive(Clone)]
pub struct PeerHandle {
    /// `mailcow`, `nextcloud` and so on.
    pub name: &'static str,
    /// What a client is configured with, without a slash at the end.
    pub base_url: String,
    /// The control endpoints are `{control_url}/__sandbox/…`.
    pub control_url: String,
    /// What a client is let in with, by name: see the table in the crate's documentation.
    pub credentials: BTreeMap<&'static str, String>,
    pub(crate) peer: Arc<Peer>,
}

/// The credentials are left out.
impl std::fmt::Debug for PeerHandle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PeerHandle")
            .field("name", &self.name)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl PeerHandle {
    /// A credential by name; empty if the peer has none of that name.
    #[must_use]
    pub fn credential(&self, name: &str) -> &str {
        self.credentials.get(name).map_or("", String::as_str)
    }

    /// Everything the peer holds, as `GET /__sandbox/state` tells it.
    #[must_use]
    pub fn state(&self) -> Value {
        self.peer.state()
    }

    /// Changes options, as `PUT /__sandbox/options`; `false` when the peer does not take them.
    #[must_use]
    pub fn set_options(&self, options: &Value) -> bool {
        let request = Request {
            method: "PUT".to_owned(),
            path: String::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: options.to_string().into(),
        };
        let answer = self.peer.control("options", &request);
        answer.is_some_and(|answer| answer.status == 200)
    }

    /// Lets requests fail, as `POST /__sandbox/faults`.
    pub fn fault(&self, fault: Fault) {
        self.peer.add_fault(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.peer.clear_faults();
    }

    /// The faults that are still to come.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.peer.list_faults()
    }

    /// Back to a fresh installation without faults.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the journal cannot be written.
    pub fn reset(&self) -> Result<(), Error> {
        self.peer.reset()
    }
}

/// The name server.
#[derive(Debug, Clone)]
pub struct DnsHandle {
    /// Where it answers, over UDP and TCP.
    pub address: SocketAddr,
    /// The control endpoints are `{control_url}/__sandbox/…`.
    pub control_url: String,
    /// Its state and faults. A query meets faults of the method `QUERY`, its path being the name:
    /// `fail` and `garbage` answer SERVFAIL, the others nothing at all.
    pub peer: PeerHandle,
}

impl DnsHandle {
    /// Publishes records; those of the same name and type are replaced.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the journal cannot be written.
    pub fn publish(&self, records: &[PublishedRecord]) -> Result<(), Error> {
        self.peer
            .peer
            .with_store(|store| dns::records::publish(store, records))
    }

    /// Removes the records of a name, of one type or of all. Answers how many there were.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the journal cannot be written.
    pub fn unpublish(&self, name: &str, record_type: Option<&str>) -> Result<usize, Error> {
        self.peer
            .peer
            .with_store(|store| dns::records::unpublish(store, name, record_type))
    }
}
