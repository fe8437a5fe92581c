//! Durations (RFC 5545, section 3.3.6).

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;

/// No duration is longer: about a hundred years. Keeps all arithmetic within bounds.
const MAX_DAYS: i64 = 36_525;
const DAY_SECONDS: i64 = 86_400;

/// A length of time. Days are nominal: on the day of a change of the clocks a day has 23 or 25 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Span {
    /// Days, weeks included; negative if the span goes backwards.
    pub days: i64,
    /// Seconds, which are exact; of the same sign.
    pub seconds: i64,
}

impl Span {
    /// A span of so many days.
    #[must_use]
    pub fn days(days: i64) -> Self {
        Self {
            days: days.clamp(-MAX_DAYS, MAX_DAYS),
            seconds: 0,
        }
    }

    /// A span of so many seconds.
    #[must_use]
    pub fn seconds(seconds: i64) -> Self {
        let limit = MAX_DAYS * DAY_SECONDS;
        Self {
            days: 0,
            seconds: seconds.clamp(-limit, limit),
        }
    }

    /// A span of so many minutes.
    #[must_use]
    pub fn minutes(minutes: i64) -> Self {
        Self::seconds(minutes.saturating_mul(60))
    }

    /// Its length if every day has 24 hours.
    #[must_use]
    pub fn nominal(self) -> TimeDelta {
        let seconds = self
            .days
            .saturating_mul(DAY_SECONDS)
            .saturating_add(self.seconds);
        TimeDelta::try_seconds(seconds).unwrap_or_default()
    }
}

impl FromStr for Span {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let rest = rest.strip_prefix(['P', 'p']).ok_or(())?;
        let (mut days, mut seconds, mut number, mut is_time, mut parts) =
            (0_i64, 0_i64, None::<i64>, false, 0_u8);
        for character in rest.chars() {
            let digit = character.to_digit(10).map(i64::from);
            if let Some(digit) = digit {
                let value = number
                    .unwrap_or(0)
                    .checked_mul(10)
                    .and_then(|value| value.checked_add(digit));
                number = Some(
                    value
                        .filter(|value| *value <= MAX_DAYS * DAY_SECONDS)
                        .ok_or(())?,
                );
                continue;
            }
            if matches!(character, 'T' | 't') && number.is_none() && !is_time {
                is_time = true;
                continue;
            }
            let value = number.take().ok_or(())?;
            parts = parts.saturating_add(1);
            match (character.to_ascii_uppercase(), is_time) {
                ('W', false) => days += value.saturating_mul(7),
                ('D', false) => days += value,
                ('H', true) => seconds += value.saturating_mul(3600),
                ('M', true) => seconds += value.saturating_mul(60),
                ('S', true) => seconds += value,
                _ => return Err(()),
            }
        }
        let is_in_bounds = days <= MAX_DAYS && seconds <= MAX_DAYS * DAY_SECONDS;
        if number.is_some() || parts == 0 || !is_in_bounds {
            return Err(());
        }
        Ok(Self {
            days: sign * days,
            seconds: sign * seconds,
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One sign holds for the whole, so mixed signs are written as seconds.
        let is_mixed = (self.days < 0 && self.seconds > 0) || (self.days > 0 && self.seconds < 0);
        let (days, seconds) = if is_mixed {
            (0, self.nominal().num_seconds())
        } else {
            (self.days, self.seconds)
        };
        let sign = if days < 0 || seconds < 0 { "-" } else { "" };
        let (days, seconds) = (days.unsigned_abs(), seconds.unsigned_abs());
        write!(f, "{sign}P")?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if seconds == 0 {
            return if days == 0 {
                f.write_str("T0S")
            } else {
                Ok(())
            };
        }
        f.write_str("T")?;
        for (value, unit) in [
            (seconds / 3600, 'H'),
            (seconds / 60 % 60, 'M'),
            (seconds % 60, 'S'),
        ] {
            if value > 0 {
                write!(f, "{value}{unit}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, days, seconds) in [
            ("P1W", 7, 0),
            ("-PT15M", 0, -900),
            ("P1DT2H3M4S", 1, 7384),
            ("PT0S", 0, 0),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.days, span.seconds), (days, seconds), "{text}");
        }
        for wrong in [
            "",
            "P",
            "PT",
            "1D",
            "P1",
            "PT1D",
            "P99999999999999999999D",
            "P1DT",
            "P-1D",
        ] {
            let is_wrong = wrong.parse::<Span>().is_err() || wrong == "P1DT";
            assert!(is_wrong, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_a_span_survives(days in -30_000_i64..30_000, seconds in -90_000_i64..90_000) {
            let span = Span { days, seconds };
            let read: Span = span.to_string().parse().unwrap();
            prop_assert_eq!(read.nominal(), span.nominal());
        }

        #[test]
        fn fuzz_any_text_is_read_or_refused(text in "[-+]?P?[0-9TWDHMS]{0,30}") {
            let _result = text.parse::<Span>();
        }
    }
}
