//! People who were read, kept right by what the database tells of changes.
//!
//! While this process does not hear of changes, each is read anew.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bheem_domain::AccountId;
use bheem_identity::Revocations;
use bheem_persistence::{Change, Database, SystemScope, SystemTx, repo::PersonClaims};
use moka::sync::Cache;

use crate::Result;

/// People remembered.
const REMEMBERED: u64 = 50_000;

type Known = Cache<AccountId, Arc<PersonClaims>>;

/// All people, those who were asked about lately in memory.
pub(crate) struct People {
    database: Database,
    revocations: Arc<Revocations>,
    known: Known,
    /// Grows with each change that was heard of.
    changes: Arc<AtomicU64>,
}

impl People {
    pub(crate) fn new(database: Database, revocations: &Arc<Revocations>) -> Self {
        let known: Known = Cache::new(REMEMBERED);
        let changes = Arc::new(AtomicU64::new(0));
        let (forgetful, counter) = (known.clone(), Arc::clone(&changes));
        revocations.subscribe(move |change| {
            let is_one = match change {
                Change::Account(id) => Some(*id),
                Change::Tenant(_) | Change::Unknown => None,
                _ => return,
            };
            counter.fetch_add(1, Ordering::AcqRel);
            match is_one {
                Some(id) => forgetful.invalidate(&id),
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

    /// The person behind an account.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn find(&self, id: AccountId) -> Result<Option<Arc<PersonClaims>>> {
        if let Some(person) = self.remembered(id) {
            return Ok(Some(person));
        }
        let before = self.changes.load(Ordering::Acquire);
        let person = self
            .database
            .system_read(&SystemScope::server("tell a client of a person"))
            .await?
            .claims()
            .find(id)
            .await?
            .map(Arc::new);
        if let Some(person) = &person
            && self.revocations.is_current()
        {
            self.known.insert(id, Arc::clone(person));
            // What changed while it was read may be missing in it.
            if self.changes.load(Ordering::Acquire) != before {
                self.known.invalidate(&id);
            }
        }
        Ok(person)
    }

    /// The person behind an account, read in a transaction that is open already.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn find_in(
        &self,
        tx: &mut SystemTx,
        id: AccountId,
    ) -> Result<Option<Arc<PersonClaims>>> {
        match self.remembered(id) {
            Some(person) => Ok(Some(person)),
            None => Ok(tx.claims().find(id).await?.map(Arc::new)),
        }
    }

    fn remembered(&self, id: AccountId) -> Option<Arc<PersonClaims>> {
        if self.revocations.is_current() {
            self.known.get(&id)
        } else {
            None
        }
    }
}
