//! How long this process may act for a run, by its own monotonic clock.
//!
//! The database's clock says when others may take the run over; it never leaves the database. Here only elapsed
//! time counts: half a lease after the last write that the database accepted, measured from *before* that write was
//! sent, the run's tasks are no longer polled. That leaves the other half for a request that is still on the wire.
//! The wall clock of this machine takes no part.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

/// A shared view of the moment at which the run's tasks must stop.
#[derive(Debug, Clone)]
pub(crate) struct LeaseClock {
    fence_at: Arc<Mutex<Instant>>,
    lease: Duration,
}

impl LeaseClock {
    /// A lease whose claim was sent at `sent`.
    pub(crate) fn new(lease: Duration, sent: Instant) -> Self {
        Self {
            fence_at: Arc::new(Mutex::new(sent + lease / 2)),
            lease,
        }
    }

    /// A write that was sent at `sent` renewed the lease.
    pub(crate) fn renewed(&self, sent: Instant) {
        *self.fence_at.lock().unwrap_or_else(PoisonError::into_inner) = sent + self.lease / 2;
    }

    /// Stops everything that is guarded by this clock.
    pub(crate) fn fence(&self) {
        *self.fence_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(crate) fn fence_at(&self) -> Instant {
        *self.fence_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn left(&self) -> Duration {
        self.fence_at().saturating_duration_since(Instant::now())
    }

    pub(crate) fn heartbeat_every(&self) -> Duration {
        self.lease / 4
    }

    /// Polls `work` only while the lease holds. A process that was stopped and wakes up late does not send
    /// another byte for the run, even before its timers have fired.
    pub(crate) fn guard<F: Future>(&self, work: F) -> Guarded<F> {
        Guarded {
            lease: self.clone(),
            work: Box::pin(work),
        }
    }
}

/// See [`LeaseClock::guard`]. Ends with `None` once the lease is over.
pub(crate) struct Guarded<F> {
    lease: LeaseClock,
    work: Pin<Box<F>>,
}

impl<F: Future> Future for Guarded<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.lease.left().is_zero() {
            return Poll::Ready(None);
        }
        self.work.as_mut().poll(cx).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_hours(1);

    fn ago(minutes: u64) -> Instant {
        Instant::now() - Duration::from_mins(minutes)
    }

    #[tokio::test]
    async fn work_is_not_polled_after_half_a_lease() {
        let lease = LeaseClock::new(LEASE, ago(31));
        assert_eq!(lease.guard(async { 1 }).await, None);
    }

    #[tokio::test]
    async fn a_renewal_counts_from_when_it_was_sent() {
        let lease = LeaseClock::new(LEASE, ago(50));
        lease.renewed(ago(20));
        assert_eq!(lease.guard(async { 1 }).await, Some(1));
        assert!(lease.left() <= Duration::from_mins(10));
        lease.renewed(ago(30));
        assert_eq!(lease.guard(async { 1 }).await, None);
    }

    #[tokio::test]
    async fn a_fence_stops_at_once() {
        let lease = LeaseClock::new(LEASE, Instant::now());
        lease.fence();
        assert_eq!(lease.guard(async { 1 }).await, None);
    }
}
