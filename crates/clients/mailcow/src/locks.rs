//! One writer per mail domain; for what counts towards no quota, one per mailbox.
//!
//! Mailcow reads the sum of quotas, checks it and inserts without a transaction, so two concurrent writes can pass
//! a limit together. The guard is released when its future is dropped; a lock nobody holds is forgotten.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Locks keyed by domain or address, shared by all clones of a client.
#[derive(Clone, Debug, Default)]
pub(crate) struct DomainLocks(Arc<Mutex<HashMap<String, Weak<AsyncMutex<()>>>>>);

impl DomainLocks {
    /// Waits until nobody else writes to the domain or mailbox of this name.
    pub(crate) async fn hold(&self, domain: &str) -> OwnedMutexGuard<()> {
        self.of(domain).lock_owned().await
    }

    fn of(&self, domain: &str) -> Arc<AsyncMutex<()>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = known.get(domain).and_then(Weak::upgrade) {
            return lock;
        }
        known.retain(|_domain, lock| lock.strong_count() > 0);
        let lock = Arc::new(AsyncMutex::new(()));
        known.insert(domain.to_owned(), Arc::downgrade(&lock));
        lock
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn one_domain_is_held_once_and_others_are_free() {
        let locks = DomainLocks::default();
        let held = locks.hold("a").await;
        assert!(locks.hold("a").now_or_never().is_none());
        assert!(locks.hold("b").now_or_never().is_some());
        drop(held);
        assert!(locks.hold("a").now_or_never().is_some());
    }

    #[tokio::test]
    async fn dropped_waiters_and_holders_leave_nothing_behind() {
        let locks = DomainLocks::default();
        {
            let _held = locks.hold("a").await;
            let mut waiting = Box::pin(locks.hold("a"));
            assert!(futures::poll!(&mut waiting).is_pending());
        }
        let _other = locks.hold("b").await;
        assert_eq!(locks.len(), 1);
    }
}
