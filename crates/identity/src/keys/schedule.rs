//! When keys are made and when they end. Pure: rows and the time in, a decision out.
//!
//! A key is published at least a lead time before it signs, so that whoever keeps a copy of the
//! published keys has it by then. The very first of an algorithm has nobody to wait for. The end of
//! a key is written when its successor is made.

use bheem_persistence::repo::SigningKeyRecord;
use chrono::{DateTime, TimeDelta, Utc};

use super::Algorithm;
use crate::IdentityConfig;

/// The rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// How long a key signs.
    pub(super) period: TimeDelta,
    /// How long it is published before.
    pub(super) lead: TimeDelta,
    /// How long it is published after.
    pub(super) after: TimeDelta,
}

/// When a new key begins to sign, which is when the others stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) sign_from: DateTime<Utc>,
    pub(super) others_published_until: DateTime<Utc>,
}

impl Schedule {
    pub(super) fn new(config: &IdentityConfig) -> Self {
        let delta = |duration, default| TimeDelta::from_std(duration).unwrap_or(default);
        Self {
            period: delta(config.key_period, TimeDelta::days(90)),
            lead: delta(config.key_lead_time, TimeDelta::days(1)).max(TimeDelta::days(1)),
            // An hour more, for clocks that differ.
            after: delta(
                config.longest_token_life.max(config.access_token_life),
                TimeDelta::days(1),
            ) + TimeDelta::hours(1),
        }
    }

    /// Whether the algorithm needs a key by now.
    pub(super) fn due(
        &self,
        algorithm: Algorithm,
        keys: &[SigningKeyRecord],
        now: DateTime<Utc>,
    ) -> Option<Due> {
        let Some(newest) = newest(algorithm, keys) else {
            return Some(self.from(now));
        };
        (newest.sign_from + self.period <= now + self.lead).then(|| self.from(now + self.lead))
    }

    /// A new key at somebody's wish; `None` when one is waiting for its time already.
    pub(super) fn wished(
        &self,
        algorithm: Algorithm,
        keys: &[SigningKeyRecord],
        immediately: bool,
        now: DateTime<Utc>,
    ) -> Option<Due> {
        match newest(algorithm, keys) {
            Some(newest) if !immediately && newest.sign_from > now => None,
            Some(_) if !immediately => Some(self.from(now + self.lead)),
            _ => Some(self.from(now)),
        }
    }

    fn from(&self, sign_from: DateTime<Utc>) -> Due {
        Due {
            sign_from,
            others_published_until: sign_from + self.after,
        }
    }
}

/// The key that signs last, as far as is known.
fn newest(algorithm: Algorithm, keys: &[SigningKeyRecord]) -> Option<&SigningKeyRecord> {
    keys.iter()
        .filter(|key| key.algorithm == algorithm.as_str() && key.sign_until.is_none())
        .max_by_key(|key| key.sign_from)
}

#[cfg(test)]
mod tests {
    use bheem_vault::Sealed;

    use super::*;

    const SCHEDULE: Schedule = Schedule {
        period: TimeDelta::days(90),
        lead: TimeDelta::days(1),
        after: TimeDelta::days(2),
    };

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn key(sign_from: i64, sign_until: Option<i64>) -> SigningKeyRecord {
        SigningKeyRecord {
            id: uuid::Uuid::nil().into(),
            algorithm: "ES256".to_owned(),
            public_key: Vec::new(),
            sealed: Sealed {
                key_id: String::new(),
                bytes: Vec::new(),
            },
            created_at: day(sign_from),
            sign_from: day(sign_from),
            sign_until: sign_until.map(day),
            publish_until: None,
        }
    }

    fn sign_from(keys: &[SigningKeyRecord], now: i64) -> Option<DateTime<Utc>> {
        SCHEDULE
            .due(Algorithm::Es256, keys, day(now))
            .map(|due| due.sign_from)
    }

    #[test]
    fn the_first_key_signs_at_once() {
        assert_eq!(sign_from(&[], 5), Some(day(5)));
        // A key of another algorithm is none of this one.
        let other = SCHEDULE.due(Algorithm::EdDsa, &[key(5, None)], day(5));
        assert_eq!(other.map(|due| due.sign_from), Some(day(5)));
    }

    #[test]
    fn a_successor_is_published_a_day_before_it_signs() {
        assert_eq!(sign_from(&[key(0, None)], 88), None);
        assert_eq!(sign_from(&[key(0, None)], 89), Some(day(90)));
        // Long after the period ended, still a day.
        assert_eq!(sign_from(&[key(0, None)], 400), Some(day(401)));
        // A successor that waits is enough.
        assert_eq!(sign_from(&[key(90, None), key(0, Some(90))], 89), None);
    }

    #[test]
    fn a_wish_is_fulfilled_once() {
        let wished = |keys: &[_], immediately| {
            SCHEDULE
                .wished(Algorithm::Es256, keys, immediately, day(5))
                .map(|due| due.sign_from)
        };
        assert_eq!(wished(&[key(0, None)], false), Some(day(6)));
        assert_eq!(wished(&[key(6, None), key(0, Some(6))], false), None);
        assert_eq!(wished(&[key(6, None), key(0, Some(6))], true), Some(day(5)));
        assert_eq!(wished(&[], false), Some(day(5)));
    }
}
