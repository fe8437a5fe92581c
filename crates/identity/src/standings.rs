//! Accounts as they are now, for requests that come with a token which says what they were.
//!
//! What was read is kept until the database tells of a change, as the view of revoked sessions is;
//! while this process does not hear of changes, each is read anew.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bheem_domain::AccountId;
use bheem_persistence::{Change, Database, SystemScope, repo::AccountRecord};
use moka::sync::Cache;

use crate::{Error, Identity, Result, Revocations};

/// Accounts remembered.
const REMEMBERED: u64 = 20_000;

type Known = Cache<AccountId, Arc<AccountRecord>>;

/// The accounts; cheap to clone.
#[derive(Clone)]
pub(crate) struct Standings {
    known: Known,
    /// Grows with each change that was heard of.
    changes: Arc<AtomicU64>,
}

impl Standings {
    pub(crate) fn new(revocations: &Revocations) -> Self {
        let standings = Self {
            known: Cache::new(REMEMBERED),
            changes: Arc::default(),
        };
        let own = standings.clone();
        revocations.subscribe(move |change| match change {
            Change::Account(id) => own.forget(*id),
            Change::Unknown => {
                own.changes.fetch_add(1, Ordering::AcqRel);
                own.known.invalidate_all();
            }
            _ => {}
        });
        standings
    }

    fn forget(&self, id: AccountId) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.known.invalidate(&id);
    }

    async fn find(
        &self,
        database: &Database,
        revocations: &Revocations,
        id: AccountId,
    ) -> Result<Option<Arc<AccountRecord>>> {
        if revocations.is_current()
            && let Some(known) = self.known.get(&id)
        {
            return Ok(Some(known));
        }
        let before = self.changes.load(Ordering::Acquire);
        let scope = SystemScope::server("look what an account may do");
        let found = database
            .system_read(&scope)
            .await?
            .accounts()
            .find(id)
            .await?;
        let found = found.map(|account| {
            Arc::new(AccountRecord {
                // Nobody who asks for this needs it, and it does not lie about in memory.
                hashed_password: None,
                ..account
            })
        });
        if let Some(account) = &found
            && revocations.is_current()
        {
            self.known.insert(id, Arc::clone(account));
            // What changed while it was read may be missing in it.
            if self.changes.load(Ordering::Acquire) != before {
                self.known.invalidate(&id);
            }
        }
        Ok(found)
    }
}

impl Identity {
    /// The account behind a token, as its row says at this moment, without the password's hash.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] when it is gone or may not sign in any more.
    pub async fn standing(&self, id: AccountId) -> Result<Arc<AccountRecord>> {
        let found = self.standings.find(&self.database, &self.revocations, id);
        found
            .await?
            .filter(|account| account.is_active)
            .ok_or(Error::InvalidToken)
    }

    /// Reads an account anew that this process has changed, without waiting to hear of it.
    pub(crate) fn forget_standing(&self, id: AccountId) {
        self.standings.forget(id);
    }
}
