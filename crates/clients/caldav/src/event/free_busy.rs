//! When somebody is busy: computed from events, or told by a server (VFREEBUSY, RFC 5545, section 3.6.4).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{EventStatus, Participation, Transparency};
use crate::format::{RawComponent, Span, When};
use crate::recurrence::{Instance, Window};

/// Answers with more periods are cut.
const MAX_PERIODS: usize = 50_000;

/// How busy. The later of two weighs more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BusyKind {
    /// Perhaps.
    Tentative,
    /// Yes.
    Busy,
    /// Not to be had at all.
    Unavailable,
}

/// A busy time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// From this moment.
    pub start: DateTime<Utc>,
    /// To this moment.
    pub end: DateTime<Utc>,
    /// How busy.
    pub kind: BusyKind,
}

/// The busy times within a window that follow from instances of events. What is cancelled or transparent does not
/// count; if an address is given, neither does what it declined, and what it has not accepted is tentative.
#[must_use]
pub fn busy_periods(instances: &[Instance], window: Window, address: Option<&str>) -> Vec<Busy> {
    let periods = instances.iter().filter_map(|instance| {
        let event = &instance.event;
        if event.status == Some(EventStatus::Cancelled)
            || event.transparency == Transparency::Transparent
        {
            return None;
        }
        let own = address
            .and_then(|address| event.attendees.iter().find(|attendee| attendee.is(address)));
        let kind = match own.map(|own| &own.participation) {
            Some(Participation::Declined | Participation::Delegated) => return None,
            Some(Participation::NeedsAction | Participation::Tentative) => BusyKind::Tentative,
            _ if event.status == Some(EventStatus::Tentative) => BusyKind::Tentative,
            _ => BusyKind::Busy,
        };
        Some(Busy {
            start: instance.starts_at,
            end: instance.ends_at,
            kind,
        })
    });
    merge_busy(periods, window)
}

/// Busy times in order, within a window, without overlaps: where several overlap, the strongest counts.
#[must_use]
pub fn merge_busy(periods: impl IntoIterator<Item = Busy>, window: Window) -> Vec<Busy> {
    // At each moment, how many periods of each kind begin, less those that end.
    let mut changes: BTreeMap<DateTime<Utc>, [i64; 3]> = BTreeMap::new();
    let place = |kind| match kind {
        BusyKind::Tentative => 0_usize,
        BusyKind::Busy => 1,
        BusyKind::Unavailable => 2,
    };
    for period in periods {
        let (start, end) = (period.start.max(window.start), period.end.min(window.end));
        if start < end {
            for (at, step) in [(start, 1), (end, -1)] {
                if let Some(count) = changes.entry(at).or_default().get_mut(place(period.kind)) {
                    *count += step;
                }
            }
        }
    }
    let mut merged: Vec<Busy> = Vec::new();
    let mut open = [0_i64; 3];
    let mut current: Option<Busy> = None;
    for (at, change) in changes {
        for (count, step) in open.iter_mut().zip(change) {
            *count += step;
        }
        let kinds = [BusyKind::Tentative, BusyKind::Busy, BusyKind::Unavailable];
        let strongest = kinds
            .into_iter()
            .zip(open)
            .filter(|(_, count)| *count > 0)
            .map(|(kind, _)| kind)
            .max();
        if current.map(|busy| busy.kind) != strongest {
            merged.extend(current.map(|busy| Busy { end: at, ..busy }));
            current = strongest.map(|kind| Busy {
                start: at,
                end: at,
                kind,
            });
        }
    }
    merged
}

/// The busy times that `VFREEBUSY` components tell.
pub(crate) fn read_free_busy(calendar: &RawComponent, window: Window) -> Vec<Busy> {
    let properties = calendar
        .children_named("VFREEBUSY")
        .flat_map(|one| one.properties_named("FREEBUSY"));
    let periods = properties.flat_map(|property| {
        let kind = match property
            .parameter("FBTYPE")
            .map(str::to_ascii_uppercase)
            .as_deref()
        {
            Some("FREE") => None,
            Some("BUSY-TENTATIVE") => Some(BusyKind::Tentative),
            Some("BUSY-UNAVAILABLE") => Some(BusyKind::Unavailable),
            _ => Some(BusyKind::Busy),
        };
        property.value().split(',').filter_map(move |text| {
            let (start, end) = period(text)?;
            Some(Busy {
                start,
                end,
                kind: kind?,
            })
        })
    });
    merge_busy(periods.take(MAX_PERIODS), window)
}

fn period(text: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let (start, end) = text.trim().split_once('/')?;
    let moment = |text: &str| When::parse(text, None).map(|when| when.local().and_utc());
    let start = moment(start)?;
    let end = match end.parse::<Span>() {
        Ok(span) => start.checked_add_signed(span.nominal().max(TimeDelta::zero()))?,
        Err(()) => moment(end)?,
    };
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn kinds() -> impl Strategy<Value = BusyKind> {
        prop::sample::select(vec![
            BusyKind::Tentative,
            BusyKind::Busy,
            BusyKind::Unavailable,
        ])
    }

    proptest! {
        #[test]
        fn fuzz_merged_times_say_of_each_minute_what_the_strongest_says(
            periods in prop::collection::vec((0_i64..60, 0_i64..30, kinds()), 0..20), from in 0_i64..30, length in 0_i64..40
        ) {
            let window = Window::new(at(from), at(from + length));
            let periods: Vec<Busy> = periods.into_iter().map(|(start, length, kind)| Busy { start: at(start), end: at(start + length), kind }).collect();
            let merged = merge_busy(periods.iter().copied(), window);
            for pair in merged.windows(2) {
                prop_assert!(pair[0].end < pair[1].start || (pair[0].end == pair[1].start && pair[0].kind != pair[1].kind));
            }
            for minute in 0..100 {
                let covers = |busy: &&Busy| busy.start <= at(minute) && at(minute) < busy.end;
                let is_inside = window.start <= at(minute) && at(minute) < window.end;
                let expected = periods.iter().filter(|_| is_inside).filter(covers).map(|busy| busy.kind).max();
                prop_assert_eq!(merged.iter().find(covers).map(|busy| busy.kind), expected);
            }
        }

        #[test]
        fn fuzz_any_answer_is_read(values in prop::collection::vec("[0-9TZP/,DH-]{0,40}", 0..5)) {
            let lines = values.iter().fold(String::new(), |text, value| text + "FREEBUSY:" + value + "\n");
            let text = format!("BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\n{lines}END:VFREEBUSY\nEND:VCALENDAR");
            let calendar = RawComponent::parse(text.as_bytes()).unwrap();
            let _periods = read_free_busy(&calendar, Window::new(at(0), at(1_000_000_000)));
        }
    }
}
