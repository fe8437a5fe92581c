//! How many connections one account has at once. Without a bound, the requests of one account could hold all
//! of them, and everybody else would wait.
//!
//! A request takes one place, however many connections it holds at the same time; so requests never wait for
//! each other in a circle.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use bheem_domain::AccountId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Error, Result};

tokio::task_local! {
    static SHARE: Share;
}

/// The requests of an account share its places; this is what one request has of them.
#[derive(Debug, Clone)]
pub struct Share {
    account: AccountId,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    connections: usize,
    place: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// For one request of the account.
    #[must_use]
    pub fn of(account: AccountId) -> Self {
        Self {
            account,
            held: Arc::default(),
        }
    }

    /// Connections that `work` takes are taken from this share.
    pub async fn scope<F: Future>(&self, work: F) -> F::Output {
        SHARE.scope(self.clone(), work).await
    }

    fn try_again(&self) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.place.is_some() {
            held.connections += 1;
        }
        held.place.is_some()
    }

    fn take(&self, place: OwnedSemaphorePermit) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.connections += 1;
        // Two connections that were asked for at once need one place only.
        held.place.get_or_insert(place);
    }
}

/// The right to one connection; given back when dropped.
#[derive(Debug)]
pub(crate) struct Lease(Share);

impl Drop for Lease {
    fn drop(&mut self) {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.connections = held.connections.saturating_sub(1);
        if held.connections == 0 {
            held.place = None;
        }
    }
}

/// The places of all accounts.
#[derive(Debug)]
pub(crate) struct Shares {
    places: usize,
    patience: Duration,
    accounts: Mutex<HashMap<AccountId, Weak<Semaphore>>>,
}

impl Shares {
    /// Half of the connections for one account, and two at least.
    pub(crate) fn new(connections: usize, patience: Duration) -> Self {
        Self {
            places: (connections / 2).max(2),
            patience,
            accounts: Mutex::default(),
        }
    }

    /// Waits for a place of the account whose request this is; work that is nobody's request needs none.
    pub(crate) async fn lease(&self) -> Result<Option<Lease>> {
        let Ok(share) = SHARE.try_with(Share::clone) else {
            return Ok(None);
        };
        if !share.try_again() {
            let places = self.places_of(share.account);
            let place = tokio::time::timeout(self.patience, places.acquire_owned()).await;
            match place {
                Ok(Ok(place)) => share.take(place),
                _ => return Err(Error::ShareTaken),
            }
        }
        Ok(Some(Lease(share)))
    }

    fn places_of(&self, account: AccountId) -> Arc<Semaphore> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = accounts.get(&account).and_then(Weak::upgrade) {
            return places;
        }
        if accounts.len() >= 1_024 {
            accounts.retain(|_, places| places.strong_count() > 0);
        }
        let places = Arc::new(Semaphore::new(self.places));
        accounts.insert(account, Arc::downgrade(&places));
        places
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use uuid::Uuid;

    use super::*;

    fn account(number: u128) -> AccountId {
        Uuid::from_u128(number).into()
    }

    #[tokio::test]
    async fn an_account_has_half_and_a_request_one_place_however_often_it_asks() {
        let shares = Shares::new(4, Duration::from_mins(1));
        let (first, second, third) = (
            Share::of(account(1)),
            Share::of(account(1)),
            Share::of(account(1)),
        );
        let one = first.scope(shares.lease()).await.unwrap();
        let again = first.scope(shares.lease()).await.unwrap();
        let two = second.scope(shares.lease()).await.unwrap();
        assert!(third.scope(shares.lease()).now_or_never().is_none());
        // Somebody else, and nobody's work, do not wait.
        let other = Share::of(account(2));
        assert!(other.scope(shares.lease()).now_or_never().is_some());
        assert!(shares.lease().now_or_never().is_some());
        drop(one);
        assert!(third.scope(shares.lease()).now_or_never().is_none());
        drop(again);
        assert!(third.scope(shares.lease()).now_or_never().is_some());
        drop(two);
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told() {
        let shares = Shares::new(2, Duration::ZERO);
        let holders = [Share::of(account(1)), Share::of(account(1))];
        let mut leases = Vec::new();
        for holder in &holders {
            leases.push(holder.scope(shares.lease()).await.unwrap());
        }
        let late = Share::of(account(1)).scope(shares.lease()).await;
        assert!(matches!(late, Err(Error::ShareTaken)));
    }
}
