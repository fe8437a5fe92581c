//! How long to wait before the next try. Pure, so that it can be tested without waiting.

use std::time::Duration;

/// Waiting grows by doubling from `base` to `cap`, with full jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Longest wait after the first failure.
    pub base: Duration,
    /// Longest wait ever.
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            cap: Duration::from_mins(15),
        }
    }
}

impl Backoff {
    /// The longest wait after `failures` failures in a row.
    #[must_use]
    pub fn ceiling(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.base
            .saturating_mul(2_u32.saturating_pow(doublings))
            .min(self.cap)
    }

    /// The wait after `failures` failures in a row; `dice` is uniform in `0.0..1.0`.
    ///
    /// What the peer asked for (`Retry-After`) wins over our own arithmetic: it knows better.
    #[must_use]
    pub fn delay(&self, failures: u32, retry_after: Option<Duration>, dice: f64) -> Duration {
        retry_after.unwrap_or_else(|| self.ceiling(failures).mul_f64(dice.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn backoff()(base in 1_u64..10_000, cap in 1_u64..10_000_000) -> Backoff {
            Backoff { base: Duration::from_millis(base), cap: Duration::from_millis(cap) }
        }
    }

    proptest! {
        #[test]
        fn never_longer_than_the_cap(backoff in backoff(), failures: u32, dice in 0.0..1.0_f64) {
            prop_assert!(backoff.delay(failures, None, dice) <= backoff.cap);
        }

        #[test]
        fn the_first_wait_is_within_the_base(backoff in backoff(), dice in 0.0..1.0_f64) {
            prop_assert!(backoff.delay(1, None, dice) <= backoff.base);
        }

        #[test]
        fn the_ceiling_never_falls(backoff in backoff(), failures in 1_u32..1_000) {
            prop_assert!(backoff.ceiling(failures) <= backoff.ceiling(failures + 1));
        }

        #[test]
        fn jitter_covers_the_whole_range(backoff in backoff(), failures in 1_u32..64) {
            prop_assert_eq!(backoff.delay(failures, None, 0.0), Duration::ZERO);
            prop_assert_eq!(backoff.delay(failures, None, 1.0), backoff.ceiling(failures));
        }

        #[test]
        fn what_the_peer_asks_for_wins(backoff in backoff(), failures: u32, dice in 0.0..1.0_f64, after in 0_u64..1_000_000) {
            let after = Duration::from_millis(after);
            prop_assert_eq!(backoff.delay(failures, Some(after), dice), after);
        }
    }
}
