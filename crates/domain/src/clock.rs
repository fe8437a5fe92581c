//! Time and time-ordered ids. The only module that reads the system clock.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// Where business timestamps and ids come from. Leases use the database's clock instead.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present moment, to the microsecond, as PostgreSQL keeps it.
    fn now(&self) -> DateTime<Utc>;

    /// A new UUIDv7 stamped with [`Clock::now`].
    fn new_uuid(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(
            NoContext,
            seconds,
            now.timestamp_subsec_nanos(),
        ))
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    fn now(&self) -> DateTime<Utc> {
        to_microseconds(Utc::now())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "keeps ids of one process in order within a millisecond"
    )]
    fn new_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A clock that stands still until it is moved; for tests.
#[derive(Debug, Clone)]
pub struct ManualClock {
    now: Arc<Mutex<DateTime<Utc>>>,
}

impl ManualClock {
    /// Starts at `now`.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            now: Arc::new(Mutex::new(to_microseconds(now))),
        }
    }

    /// Moves the clock; a negative `delta` moves it back.
    pub fn advance(&self, delta: TimeDelta) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now += delta;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// PostgreSQL keeps microseconds; a value that was stored must equal the one that was read back.
fn to_microseconds(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_sort_later() {
        let clock = ManualClock::at(DateTime::UNIX_EPOCH);
        let first = clock.new_uuid();
        clock.advance(TimeDelta::milliseconds(1));
        assert!(first < clock.new_uuid());
    }

    #[test]
    fn the_system_clock_has_no_more_than_microseconds() {
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000, 0);
    }
}
