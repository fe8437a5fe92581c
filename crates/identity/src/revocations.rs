//! What ended before its time, as this process knows it: sessions, grants and tokens, whose ids are
//! of one kind. And who wants to hear of other changes.
//!
//! The database tells of each change when it is committed. While nobody listens, because the
//! connection broke, the view says so and tokens are checked against the database instead: slower,
//! and never wrong.

use std::{
    collections::HashMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bheem_persistence::{Change, ChangeListener, Database, SystemScope};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::Result;

/// A heartbeat goes out this often.
const BEAT: Duration = Duration::from_secs(1);
/// Who hears nothing for so long has lost the connection, whatever the network says.
const SILENCE: Duration = Duration::from_secs(5);

/// Called for each change, in the task that listens: it must not block.
type Subscriber = Box<dyn Fn(&Change) + Send + Sync>;

/// The view.
pub struct Revocations {
    revoked: RwLock<HashMap<Uuid, DateTime<Utc>>>,
    subscribers: RwLock<Vec<Subscriber>>,
    is_current: AtomicBool,
    memory: TimeDelta,
}

impl std::fmt::Debug for Revocations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revocations")
            .field("is_current", &self.is_current())
            .finish_non_exhaustive()
    }
}

impl Revocations {
    pub(crate) fn new(longest_token_life: Duration) -> Self {
        Self {
            revoked: RwLock::default(),
            subscribers: RwLock::default(),
            is_current: AtomicBool::new(false),
            // A minute more than a token can live, for clocks that differ.
            memory: TimeDelta::from_std(longest_token_life).unwrap_or(TimeDelta::days(1))
                + TimeDelta::minutes(1),
        }
    }

    /// Whether the session, grant or token was ended; `None` when this process cannot tell.
    #[must_use]
    pub fn is_revoked(&self, id: Uuid) -> Option<bool> {
        let is_revoked = self
            .revoked
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&id);
        // What was seen to end has ended, whoever listens now.
        (is_revoked || self.is_current.load(Ordering::Acquire)).then_some(is_revoked)
    }

    /// Whether this process hears of revocations.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.is_current.load(Ordering::Acquire)
    }

    /// Calls `subscriber` with every change from now on. What it remembers is good only while
    /// [`Self::is_current`]; [`Change::Unknown`] tells it to forget everything.
    pub fn subscribe(&self, subscriber: impl Fn(&Change) + Send + Sync + 'static) {
        self.subscribers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Box::new(subscriber));
    }

    fn tell(&self, change: &Change) {
        let subscribers = self
            .subscribers
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        for subscriber in subscribers.iter() {
            subscriber(change);
        }
    }

    /// Notes an end that this process itself has committed, without waiting to hear of it.
    pub fn add(&self, id: Uuid, now: DateTime<Utc>) {
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        revoked.insert(id, now);
        let forget_before = now - self.memory;
        if revoked.len().is_multiple_of(1024) {
            revoked.retain(|_, at| *at >= forget_before);
        }
    }

    /// Keeps the view current until the future is dropped; reconnects when the connection breaks.
    pub async fn watch(&self, database: &Database) {
        loop {
            let result = self.listen(database).await;
            if let Err(error) = result {
                tracing::warn!(error = %chain(&error), "cannot hear of revoked sessions; asking the database for each token");
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn listen(&self, database: &Database) -> Result<()> {
        let mut listener = ChangeListener::begin(database).await?;
        let now = database.clock().now();
        let known = database
            .system_read(&SystemScope::server("load revoked sessions"))
            .await?
            .sessions()
            .revoked_since(now - self.memory)
            .await?;
        for (id, at) in known {
            self.add(id, at);
        }
        self.tell(&Change::Unknown);
        let _current = Current::begin(&self.is_current);
        let heard = listener.run_until_silent(SILENCE, |change| {
            if let Change::Revoked(id) = &change {
                self.add(*id, database.clock().now());
            }
            self.tell(&change);
        });
        tokio::select! {
            () = heard => {}
            () = beat(database) => {}
        }
        Ok(())
    }
}

/// Keeps the connection of whoever listens from falling silent.
async fn beat(database: &Database) {
    loop {
        if let Err(error) = database.beat().await {
            tracing::debug!(error = %chain(&error), "no heartbeat");
        }
        tokio::time::sleep(BEAT).await;
    }
}

/// The view is current as long as this exists; also when the future that listens is dropped, nobody
/// takes it for current any longer.
struct Current<'a>(&'a AtomicBool);

impl<'a> Current<'a> {
    fn begin(is_current: &'a AtomicBool) -> Self {
        is_current.store(true, Ordering::Release);
        Self(is_current)
    }
}

impl Drop for Current<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_remembered_as_long_as_a_token_of_it_can_live() {
        let day = Duration::from_hours(24);
        let revocations = Revocations::new(day);
        let ended = Uuid::from_u128(1);
        let then = DateTime::UNIX_EPOCH;
        revocations.add(ended, then);
        // The memory is tidied as it grows.
        let later = then + TimeDelta::hours(24);
        for number in 2..=1_024 {
            revocations.add(Uuid::from_u128(number), later);
        }
        assert_eq!(revocations.is_revoked(ended), Some(true));
        for number in 1_025..=2_048 {
            revocations.add(Uuid::from_u128(number), later + TimeDelta::hours(1));
        }
        assert_eq!(revocations.is_revoked(ended), None);
    }
}
