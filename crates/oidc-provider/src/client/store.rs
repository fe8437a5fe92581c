//! Clients that were read, kept right by what the database tells of changes.
//!
//! While this process does not hear of changes, each is read anew.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bheem_identity::Revocations;
use bheem_persistence::{Change, Database, SystemScope};
use moka::sync::Cache;

use super::Client;
use crate::Result;

/// Clients remembered, absent ones included.
const REMEMBERED: u64 = 10_000;
/// Longest public name.
const LONGEST_ID: usize = 128;

type Known = Cache<String, Option<Arc<Client>>>;

/// All clients, most of them in memory.
pub(crate) struct Clients {
    database: Database,
    revocations: Arc<Revocations>,
    known: Known,
    /// Grows with each change that was heard of.
    changes: Arc<AtomicU64>,
}

impl Clients {
    pub(crate) fn new(database: Database, revocations: &Arc<Revocations>) -> Self {
        let known: Known = Cache::new(REMEMBERED);
        let changes = Arc::new(AtomicU64::new(0));
        let (forgetful, counter) = (known.clone(), Arc::clone(&changes));
        revocations.subscribe(move |change| {
            let is_one = match change {
                Change::Client(id) => Some(id),
                // A tenant opens or closes its clients with itself, and changes rarely.
                Change::Tenant(_) | Change::Unknown => None,
                _ => return,
            };
            counter.fetch_add(1, Ordering::AcqRel);
            match is_one {
                Some(id) => forgetful.invalidate(id),
                None => forgetful.invalidate_all(),
            }
        });
        Self {
            database,
            revocations: Arc::clone(revocations),
            known,
            changes,
        }
    }

    /// The client of this public name, if it is there and may work.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn find(&self, client_id: &str) -> Result<Option<Arc<Client>>> {
        if !is_client_id(client_id) {
            return Ok(None);
        }
        if !self.revocations.is_current() {
            return self.load(client_id).await;
        }
        if let Some(client) = self.known.get(client_id) {
            return Ok(client);
        }
        let before = self.changes.load(Ordering::Acquire);
        let client = self.load(client_id).await?;
        self.known.insert(client_id.to_owned(), client.clone());
        // What changed while it was read may be missing in it.
        if self.changes.load(Ordering::Acquire) != before {
            self.known.invalidate(client_id);
        }
        Ok(client)
    }

    async fn load(&self, client_id: &str) -> Result<Option<Arc<Client>>> {
        let known = self
            .database
            .system_read(&SystemScope::server("find a client"))
            .await?
            .clients()
            .find_known(client_id)
            .await?
            .filter(|known| known.record.is_active);
        known
            .map(|known| Client::new(known).map(Arc::new))
            .transpose()
    }
}

/// Whether a text can be a public name (RFC 6749 appendix A.1).
pub(crate) fn is_client_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_ID && text.bytes().all(|b| (0x20..0x7f).contains(&b))
}
