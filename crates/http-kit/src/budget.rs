//! A token bucket without a clock: a retry costs a whole token, a success gives a tenth back.
//!
//! So when a peer is down, retries add at most a tenth to its load in the long run, however many callers there are.

use std::sync::atomic::{AtomicU32, Ordering};

const COST: u32 = 10;
const CAPACITY: u32 = 20 * COST;

/// Shared by all clones of a client.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

impl RetryBudget {
    pub(crate) fn full() -> Self {
        Self(AtomicU32::new(CAPACITY))
    }

    /// Takes a token if one is left.
    pub(crate) fn take(&self) -> bool {
        self.0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                left.checked_sub(COST)
            })
            .is_ok()
    }

    /// Notes a success.
    pub(crate) fn reward(&self) {
        let _unchanged_when_full =
            self.0
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                    (left < CAPACITY).then_some(left + 1)
                });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_end_when_nothing_succeeds_and_come_back_slowly() {
        let budget = RetryBudget::full();
        assert_eq!((0..100).filter(|_| budget.take()).count(), 20);
        for _ in 0..9 {
            budget.reward();
        }
        assert!(!budget.take());
        budget.reward();
        assert!(budget.take());
    }

    #[test]
    fn the_bucket_does_not_overflow() {
        let budget = RetryBudget::full();
        for _ in 0..1000 {
            budget.reward();
        }
        assert_eq!((0..100).filter(|_| budget.take()).count(), 20);
    }
}
