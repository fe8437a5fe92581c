//! Dates and times (RFC 5545, sections 3.3.4, 3.3.5).

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::{Property, Span};

/// A date or a time, as a calendar writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum When {
    /// A day.
    Date(NaiveDate),
    /// A time on everybody's own clock.
    Floating(NaiveDateTime),
    /// A time in a zone, named as in the calendar.
    Zoned {
        /// On the clock there.
        local: NaiveDateTime,
        /// The name, as `TZID` has it.
        zone: String,
    },
    /// A moment.
    Utc(DateTime<Utc>),
}

impl When {
    /// A time in a zone of the IANA database.
    #[must_use]
    pub fn in_zone(local: NaiveDateTime, zone: chrono_tz::Tz) -> Self {
        Self::Zoned {
            local,
            zone: zone.name().to_owned(),
        }
    }

    /// Reads the value of a property; of a list, the first entry.
    #[must_use]
    pub fn of(property: &Property) -> Option<Self> {
        Self::list(property).next()
    }

    /// Reads all values of a property such as `EXDATE`. Of periods, their beginnings.
    pub(crate) fn list(property: &Property) -> impl Iterator<Item = Self> {
        entries(property).filter_map(|entry| Some(entry.ok()?.start().clone()))
    }

    /// Reads one value.
    #[must_use]
    pub fn parse(text: &str, zone: Option<&str>) -> Option<Self> {
        let text = text.trim();
        let Some((date, time)) = text.split_once(['T', 't']) else {
            return date_of(text).map(Self::Date);
        };
        let (time, is_utc) = match time.strip_suffix(['Z', 'z']) {
            Some(time) => (time, true),
            None => (time, false),
        };
        let local = date_of(date)?.and_time(time_of(time)?);
        Some(match zone {
            _ if is_utc => Self::Utc(local.and_utc()),
            Some(zone) if !zone.is_empty() => Self::Zoned {
                local,
                zone: zone.to_owned(),
            },
            _ => Self::Floating(local),
        })
    }

    /// Is it a day and not a time?
    #[must_use]
    pub fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// What the clock shows there; midnight for a day.
    #[must_use]
    pub fn local(&self) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(NaiveTime::MIN),
            Self::Floating(local) | Self::Zoned { local, .. } => *local,
            Self::Utc(at) => at.naive_utc(),
        }
    }

    /// The same kind of time at another reading of the clock.
    #[must_use]
    pub fn at(&self, local: NaiveDateTime) -> Self {
        match self {
            Self::Date(_) => Self::Date(local.date()),
            Self::Floating(_) => Self::Floating(local),
            Self::Zoned { zone, .. } => Self::Zoned {
                local,
                zone: zone.clone(),
            },
            Self::Utc(_) => Self::Utc(local.and_utc()),
        }
    }

    /// The value as a calendar writes it, without the zone.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Date(date) => date.format("%Y%m%d").to_string(),
            Self::Floating(local) | Self::Zoned { local, .. } => {
                local.format("%Y%m%dT%H%M%S").to_string()
            }
            Self::Utc(at) => utc_text(*at),
        }
    }

    /// A property with this value and the parameters it needs.
    #[must_use]
    pub fn property(&self, name: &str) -> Property {
        let property = Property::new(name, &self.value());
        match self {
            Self::Date(_) => property.with("VALUE", "DATE"),
            Self::Zoned { zone, .. } => property.with("TZID", zone),
            Self::Floating(_) | Self::Utc(_) => property,
        }
    }
}

/// A period of time (RFC 5545, section 3.3.9).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Period {
    /// When it begins.
    pub start: When,
    /// When it ends.
    pub end: PeriodEnd,
}

/// The end of a period.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PeriodEnd {
    /// At this time.
    At(When),
    /// After this time.
    After(Span),
}

impl Period {
    /// From one time to another.
    #[must_use]
    pub fn between(start: When, end: When) -> Self {
        Self {
            start,
            end: PeriodEnd::At(end),
        }
    }

    /// So long from a time on.
    #[must_use]
    pub fn lasting(start: When, length: Span) -> Self {
        Self {
            start,
            end: PeriodEnd::After(length),
        }
    }

    /// The value as a calendar writes it, without the zone.
    pub(crate) fn value(&self) -> String {
        let end = match &self.end {
            PeriodEnd::At(end) => end.value(),
            PeriodEnd::After(length) => length.to_string(),
        };
        format!("{}/{end}", self.start.value())
    }

    fn parse(text: &str, zone: Option<&str>) -> Option<Self> {
        let (start, end) = text.split_once('/')?;
        let start = When::parse(start, zone)?;
        Some(match end.trim().parse::<Span>() {
            Ok(length) => Self::lasting(start, length),
            Err(()) => Self::between(start, When::parse(end, zone)?),
        })
    }
}

/// One value of `RDATE` or `EXDATE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    When(When),
    Period(Period),
}

impl Entry {
    pub(crate) fn start(&self) -> &When {
        match self {
            Self::When(when) => when,
            Self::Period(period) => &period.start,
        }
    }

    /// A property with this value and the parameters it needs.
    pub(crate) fn property(&self, name: &str) -> Property {
        match self {
            Self::When(when) => when.property(name),
            Self::Period(period) => {
                let mut property = period.start.property(name).with("VALUE", "PERIOD");
                property.set_value(&period.value());
                property
            }
        }
    }
}

/// Reads all values of a property, among them those that cannot be read.
pub(crate) fn entries(property: &Property) -> impl Iterator<Item = Result<Entry, ()>> {
    let zone = property.parameter("TZID").map(str::to_owned);
    let texts = property.value().split(',');
    texts
        .filter(|text| !text.trim().is_empty())
        .map(move |text| {
            let zone = zone.as_deref();
            let entry = if text.contains('/') {
                Period::parse(text, zone).map(Entry::Period)
            } else {
                When::parse(text, zone).map(Entry::When)
            };
            entry.ok_or(())
        })
}

pub(crate) fn utc_text(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

fn date_of(text: &str) -> Option<NaiveDate> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDate::from_ymd_opt(
        text.get(..4)?.parse().ok()?,
        text.get(4..6)?.parse().ok()?,
        text.get(6..)?.parse().ok()?,
    )
}

/// A leap second is read as the second before it.
fn time_of(text: &str) -> Option<NaiveTime> {
    if !matches!(text.len(), 4 | 6) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds: u32 = text.get(4..6).map_or(Some(0), |text| text.parse().ok())?;
    NaiveTime::from_hms_opt(
        text.get(..2)?.parse().ok()?,
        text.get(2..4)?.parse().ok()?,
        seconds.min(59),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_read_and_written_alike() {
        for line in [
            "DTSTART;VALUE=DATE:20261121",
            "DTSTART:20261121T090000",
            "DTSTART:20261121T090000Z",
            "DTSTART;TZID=Europe/Paris:20261121T090000",
        ] {
            let property = Property::parse(line).unwrap();
            let when = When::of(&property).unwrap();
            assert_eq!(when.property("DTSTART").line(), line);
        }
        assert_eq!(When::parse("20261232", None), None);
        assert_eq!(When::parse("20260230T000000Z", None), None);
        assert_eq!(When::parse("20261121T236060", None), None);
        assert!(When::parse("20261121T235960Z", None).is_some());
    }

    proptest! {
        #[test]
        fn fuzz_any_text_is_read_or_refused(text in "[0-9TZ/é-]{0,20}") {
            if let Some(when) = When::parse(&text, None) {
                prop_assert_eq!(When::parse(&when.value(), None), Some(when));
            }
        }
    }
}
