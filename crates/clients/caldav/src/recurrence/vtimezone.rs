//! Definitions of zones for calendars we write.

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc,
    Weekday,
};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};

use super::days::days_in_month;
use super::rule::{Frequency, RecurrenceRule};
use crate::format::{Property, RawComponent, When};

/// Definitions look so many years ahead; what follows a yearly pattern by then does so for ever.
const YEARS: i32 = 12;

#[derive(Clone, Debug)]
struct Change {
    /// On the clock before the change.
    local: NaiveDateTime,
    from: i32,
    to: i32,
    name: String,
    is_daylight: bool,
}

impl Change {
    /// What is alike each year.
    fn pattern(&self) -> (i32, i32, u32, Weekday, chrono::NaiveTime) {
        (
            self.from,
            self.to,
            self.local.month(),
            self.local.weekday(),
            self.local.time(),
        )
    }

    /// Which of its weekdays in the month: from the front, and from the back if it is the last.
    fn positions(&self) -> Vec<i8> {
        let nth = i8::try_from((self.local.day() - 1) / 7 + 1).unwrap_or(1);
        let is_last = self.local.day() + 7 > days_in_month(self.local.date());
        if is_last { vec![-1, nth] } else { vec![nth] }
    }
}

/// The definition of a zone for times from the year before `from` on (RFC 5545, section 3.6.5).
#[must_use]
pub fn vtimezone(zone: Tz, from: NaiveDate) -> RawComponent {
    let first_year = from.year().clamp(1902, 2400) - 1;
    let begin = NaiveDate::from_ymd_opt(first_year, 1, 1)
        .unwrap_or_default()
        .and_time(chrono::NaiveTime::MIN);
    let mut changes = changes(zone, first_year);
    let mut definition = RawComponent::new("VTIMEZONE");
    definition.push(Property::text("TZID", zone.name()));
    let (offset, name, is_daylight) = describe(zone, begin.and_utc());
    let initial = Change {
        local: begin,
        from: offset,
        to: offset,
        name,
        is_daylight,
    };
    definition.children_mut().push(observance(&initial, None));
    while let Some(change) = changes.first().cloned() {
        let (alike, others): (Vec<Change>, Vec<Change>) = changes
            .into_iter()
            .partition(|one| one.pattern() == change.pattern());
        changes = others;
        // Once in each year up to the last we looked at: a pattern.
        let years = first_year + YEARS - change.local.year();
        let is_yearly = usize::try_from(years).is_ok_and(|years| years > 2 && years == alike.len());
        let position = change
            .positions()
            .into_iter()
            .find(|position| alike.iter().all(|one| one.positions().contains(position)));
        match position.filter(|_| is_yearly) {
            Some(position) => {
                let mut rule = RecurrenceRule::every(Frequency::Yearly)
                    .on_the(position, change.local.weekday());
                rule.by_month = vec![u8::try_from(change.local.month()).unwrap_or(1)];
                definition
                    .children_mut()
                    .push(observance(&change, Some(&rule)));
            }
            None => definition
                .children_mut()
                .extend(alike.iter().map(|one| observance(one, None))),
        }
    }
    definition
}

fn observance(change: &Change, rule: Option<&RecurrenceRule>) -> RawComponent {
    let mut part = RawComponent::new(if change.is_daylight {
        "DAYLIGHT"
    } else {
        "STANDARD"
    });
    part.push(When::Floating(change.local).property("DTSTART"));
    part.push(Property::new("TZOFFSETFROM", &offset_text(change.from)));
    part.push(Property::new("TZOFFSETTO", &offset_text(change.to)));
    part.push(Property::text("TZNAME", &change.name));
    if let Some(rule) = rule {
        part.push(Property::new("RRULE", &rule.to_string()));
    }
    part
}

fn offset_text(offset: i32) -> String {
    let (sign, size) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
    let seconds = if size % 60 == 0 {
        String::new()
    } else {
        format!("{:02}", size % 60)
    };
    format!("{sign}{:02}{:02}{seconds}", size / 3600, size / 60 % 60)
}

fn describe(zone: Tz, at: DateTime<Utc>) -> (i32, String, bool) {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    let seconds = offset.fix().local_minus_utc();
    let name = offset
        .abbreviation()
        .map_or_else(|| offset_text(seconds), str::to_owned);
    (seconds, name, offset.dst_offset() > TimeDelta::zero())
}

/// Looks at every day, and where the offset differs, for the moment in between.
fn changes(zone: Tz, first_year: i32) -> Vec<Change> {
    let year = |year| {
        NaiveDate::from_ymd_opt(year, 1, 1)
            .unwrap_or_default()
            .and_time(chrono::NaiveTime::MIN)
            .and_utc()
    };
    let (mut at, end) = (year(first_year), year(first_year + YEARS));
    let mut found = Vec::new();
    while at < end {
        let next = at + TimeDelta::days(1);
        let (before, ..) = describe(zone, at);
        if describe(zone, next).0 != before {
            let (mut low, mut high) = (at, next);
            while high - low > TimeDelta::seconds(1) {
                let middle = low + (high - low) / 2;
                let middle =
                    middle - TimeDelta::nanoseconds(i64::from(middle.timestamp_subsec_nanos()));
                if describe(zone, middle).0 == before {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            let (to, name, is_daylight) = describe(zone, high);
            let local = high.naive_utc() + TimeDelta::seconds(i64::from(before));
            found.push(Change {
                local,
                from: before,
                to,
                name,
                is_daylight,
            });
        }
        at = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Zones;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_zone_with_summer_time_has_two_rules() {
        let text = vtimezone(Tz::Europe__Paris, date("2026-11-21")).to_string();
        assert!(
            text.contains("RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n"),
            "{text}"
        );
        assert!(
            text.contains("RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"),
            "{text}"
        );
        assert!(
            text.contains("TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n"),
            "{text}"
        );
        let text = vtimezone(Tz::Asia__Kolkata, date("2026-11-21")).to_string();
        assert!(
            !text.contains("RRULE") && text.contains("TZOFFSETTO:+0530\r\n"),
            "{text}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn fuzz_a_definition_says_what_the_database_says(number in any::<prop::sample::Index>(), minutes in 0_i64..(9 * 365 * 1440)) {
            let zone = *number.get(&chrono_tz::TZ_VARIANTS);
            let mut definition = vtimezone(zone, date("2026-06-01"));
            definition.set(Property::text("TZID", "Not a known name"));
            let mut calendar = RawComponent::new("VCALENDAR");
            calendar.children_mut().push(definition);
            let zones = Zones::of(&calendar, Tz::UTC);
            let local = date("2026-01-02").and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(minutes);
            let theirs = zones.moment(&When::in_zone(local, zone));
            let ours = zones.moment(&When::Zoned { local, zone: "Not a known name".to_owned() });
            prop_assert_eq!(ours, theirs, "{} {}", zone, local);
        }
    }
}
