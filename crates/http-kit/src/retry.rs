//! When to ask again: pure functions, so that every case is a table in a test.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use crate::{Effect, ErrorKind};

/// Nobody waits longer than this because a header says so.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// How often and how patiently to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first one included.
    pub max_attempts: u32,
    /// The upper bound of the first delay; it doubles with each attempt.
    pub base: Duration,
    /// No delay exceeds this; a peer that asks for more ends the retries.
    pub cap: Duration,
}

impl RetryPolicy {
    /// One attempt. For callers that keep their own durable schedule, such as saga steps.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            max_attempts: 1,
            base: Duration::ZERO,
            cap: Duration::ZERO,
        }
    }

    /// Three attempts within a few seconds.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            max_attempts: 3,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(5),
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::none()
    }
}

/// What is known when an attempt failed.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// Attempts made so far, at least 1.
    pub attempt: u32,
    /// Repeating the request changes nothing (GET, PUT, DELETE and the like, or an idempotency key).
    pub is_repeatable: bool,
    /// What happened.
    pub kind: ErrorKind,
    /// Whether the peer may have done it.
    pub effect: Effect,
    /// What the peer asked us to wait, whatever the kind.
    pub retry_after: Option<Duration>,
    /// A random number from 0 (inclusive) to 1.
    pub draw: f64,
}

/// What to do about a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Report the failure.
    Stop,
    /// Wait, take a token from the budget, ask again.
    RetryAfter(Duration),
}

/// Decides whether to ask again: only transient kinds, only if repeating is safe (or the request never left),
/// full jitter, and never sooner than the peer asked for.
#[must_use]
pub fn decide(policy: &RetryPolicy, situation: &Situation) -> Decision {
    let is_safe = situation.is_repeatable || situation.effect == Effect::NotSent;
    if situation.attempt >= policy.max_attempts || !situation.kind.is_transient() || !is_safe {
        return Decision::Stop;
    }
    let ceiling = policy
        .base
        .saturating_mul(2_u32.saturating_pow(situation.attempt.saturating_sub(1)))
        .min(policy.cap);
    let jittered = ceiling.mul_f64(situation.draw.clamp(0.0, 1.0));
    match situation.retry_after {
        Some(asked) if asked > policy.cap => Decision::Stop,
        Some(asked) => Decision::RetryAfter(asked.max(jittered)),
        None => Decision::RetryAfter(jittered),
    }
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3). A date is read against the answer's own `Date`, so that a
/// difference between the two clocks does not matter.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?.trim()).ok()?;
    Some(
        until
            .duration_since(now)
            .unwrap_or_default()
            .min(LONGEST_WAIT),
    )
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        max_attempts: 4,
        base: Duration::from_secs(1),
        cap: Duration::from_secs(3),
    };

    fn situation() -> Situation {
        Situation {
            attempt: 1,
            is_repeatable: true,
            kind: ErrorKind::Unavailable,
            effect: Effect::Unknown,
            retry_after: None,
            draw: 1.0,
        }
    }

    #[test]
    fn delays_double_up_to_the_cap_and_then_end() {
        let delays: Vec<Decision> = (1..=4)
            .map(|attempt| {
                decide(
                    &POLICY,
                    &Situation {
                        attempt,
                        ..situation()
                    },
                )
            })
            .collect();
        let after = |seconds| Decision::RetryAfter(Duration::from_secs(seconds));
        assert_eq!(delays, vec![after(1), after(2), after(3), Decision::Stop]);
    }

    #[test]
    fn a_request_that_may_have_worked_is_repeated_only_if_repeatable() {
        let post = Situation {
            is_repeatable: false,
            ..situation()
        };
        assert_eq!(decide(&POLICY, &post), Decision::Stop);
        let never_left = Situation {
            effect: Effect::NotSent,
            ..post
        };
        assert_eq!(
            decide(&POLICY, &never_left),
            Decision::RetryAfter(Duration::from_secs(1))
        );
    }

    #[test]
    fn final_kinds_are_never_repeated() {
        for kind in [
            ErrorKind::Unauthorized,
            ErrorKind::NotFound,
            ErrorKind::Conflict,
            ErrorKind::Invalid,
            ErrorKind::Protocol,
        ] {
            assert_eq!(
                decide(
                    &POLICY,
                    &Situation {
                        kind,
                        ..situation()
                    }
                ),
                Decision::Stop,
                "{kind:?}"
            );
        }
    }

    #[test]
    fn what_the_peer_asks_for_is_honoured_or_ends_the_retries() {
        let asked = |seconds| Situation {
            retry_after: Some(Duration::from_secs(seconds)),
            draw: 0.0,
            ..situation()
        };
        assert_eq!(
            decide(&POLICY, &asked(2)),
            Decision::RetryAfter(Duration::from_secs(2))
        );
        assert_eq!(decide(&POLICY, &asked(4)), Decision::Stop);
    }

    proptest! {
        #[test]
        fn a_delay_is_never_longer_than_the_cap(attempt in 1_u32..4, draw in 0.0..1.0, asked in prop::option::of(0_u64..9)) {
            let situation = Situation { attempt, draw, retry_after: asked.map(Duration::from_secs), ..situation() };
            if let Decision::RetryAfter(delay) = decide(&POLICY, &situation) {
                prop_assert!(delay <= POLICY.cap);
                prop_assert!(delay >= situation.retry_after.unwrap_or_default());
            }
        }

        #[test]
        fn any_header_is_read_without_panic(text in "[ -~]{0,40}") {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::try_from(text).unwrap());
            prop_assert!(retry_after(&headers).is_none_or(|wait| wait <= LONGEST_WAIT));
        }
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("120"));
        assert_eq!(retry_after(&headers), Some(Duration::from_mins(2)));
        headers.insert(
            RETRY_AFTER,
            HeaderValue::from_static("Wed, 21 Oct 2015 07:28:30 GMT"),
        );
        assert_eq!(retry_after(&headers), None);
        headers.insert(
            DATE,
            HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT"),
        );
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(30)));
        headers.insert(
            DATE,
            HeaderValue::from_static("Wed, 21 Oct 2015 08:28:00 GMT"),
        );
        assert_eq!(retry_after(&headers), Some(Duration::ZERO));
    }
}
