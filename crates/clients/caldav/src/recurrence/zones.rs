//! From readings of a clock to moments.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::observance::{Observance, moment, offset_at};
use super::zone_names;
use crate::format::{RawComponent, When};

/// Definitions beyond this number are ignored.
const MAX_ZONES: usize = 100;

/// What the names of zones in a calendar mean.
///
/// A name of the IANA database means that zone, whatever the calendar says of it: definitions in calendars age. Then
/// the calendar's own definition counts, then what the name looks like (Windows names, the prefixed names of some
/// programs, names with cities), then an offset in the name. A zone that is not known at all is taken for the floating
/// one: see [`Zones::knows`].
#[derive(Clone, Debug)]
pub struct Zones {
    floating: Tz,
    defined: HashMap<String, Vec<Observance>>,
}

impl Zones {
    /// Only the database; floating times and days are meant in this zone.
    #[must_use]
    pub fn new(floating: Tz) -> Self {
        Self {
            floating,
            defined: HashMap::new(),
        }
    }

    /// With the definitions in a calendar.
    #[must_use]
    pub fn of(calendar: &RawComponent, floating: Tz) -> Self {
        let zones = calendar.children_named("VTIMEZONE").take(MAX_ZONES);
        let mut defined = HashMap::new();
        for zone in zones {
            let observances = Observance::all_of(zone);
            // The name is a text (RFC 5545, section 3.8.3.1), and a parameter elsewhere: some escape it there too.
            if let (false, Some(name)) = (observances.is_empty(), zone.text("TZID")) {
                if let Some(raw) = zone.value("TZID").filter(|raw| *raw != name) {
                    defined.insert(raw.to_owned(), observances.clone());
                }
                defined.insert(name, observances);
            }
        }
        Self { floating, defined }
    }

    /// The zone of floating times.
    #[must_use]
    pub fn floating(&self) -> Tz {
        self.floating
    }

    /// The zone of the database that a name means, if it means one.
    #[must_use]
    pub fn named(name: &str) -> Option<Tz> {
        zone_names::zone(name)
    }

    /// Is it known what a name means? Times in other zones are guesses.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        match self.meaning(name) {
            Meaning::Unknown => false,
            Meaning::Offset(_) => zone_names::is_offset_only(name),
            Meaning::Zone(_) | Meaning::Defined(_) => true,
        }
    }

    fn meaning(&self, name: &str) -> Meaning<'_> {
        if let Ok(zone) = name.parse::<Tz>() {
            return Meaning::Zone(zone);
        }
        if let Some(observances) = self.defined.get(name) {
            return Meaning::Defined(observances);
        }
        match (Self::named(name), zone_names::offset(name)) {
            (Some(zone), _) => Meaning::Zone(zone),
            (None, Some(offset)) => Meaning::Offset(offset),
            (None, None) => Meaning::Unknown,
        }
    }

    /// The moment of a date or time. In a gap the offset before it counts, and of a doubled hour the first is meant
    /// (RFC 5545, section 3.3.5).
    #[must_use]
    pub fn moment(&self, when: &When) -> DateTime<Utc> {
        let zone = match when {
            When::Utc(at) => return *at,
            When::Date(_) | When::Floating(_) => self.floating,
            When::Zoned { local, zone } => match self.meaning(zone) {
                Meaning::Zone(zone) => zone,
                Meaning::Defined(observances) => {
                    return moment(*local, offset_at(observances, *local));
                }
                Meaning::Offset(offset) => return moment(*local, offset),
                Meaning::Unknown => self.floating,
            },
        };
        in_zone(zone, when.local())
    }

    /// A moment as the same kind of date or time as another: on the clock of its zone.
    #[must_use]
    pub fn express(&self, at: DateTime<Utc>, like: &When) -> When {
        let zone = match like {
            When::Utc(_) => return When::Utc(at),
            When::Date(_) | When::Floating(_) => self.floating,
            When::Zoned { zone, .. } => match self.meaning(zone) {
                Meaning::Zone(zone) => zone,
                Meaning::Defined(observances) => {
                    // The offset is looked up by the clock, which is what is asked for: the second guess is right
                    // but within the hours of a change.
                    let guess = later(at.naive_utc(), offset_at(observances, at.naive_utc()));
                    return like.at(later(at.naive_utc(), offset_at(observances, guess)));
                }
                Meaning::Offset(offset) => return like.at(later(at.naive_utc(), offset)),
                Meaning::Unknown => self.floating,
            },
        };
        like.at(at.with_timezone(&zone).naive_local())
    }

    /// A date or time on the clock of another. A day is the same day on every clock.
    pub(crate) fn on_clock_of(&self, when: &When, clock: &When) -> When {
        match (when, clock) {
            (When::Date(_), _) => clock.at(when.local()),
            (When::Zoned { zone, .. }, When::Zoned { zone: other, .. }) if zone == other => {
                when.clone()
            }
            (When::Floating(local), When::Date(_) | When::Floating(_)) => clock.at(*local),
            _ => self.express(self.moment(when), clock),
        }
    }
}

/// What the name of a zone means.
enum Meaning<'a> {
    Zone(Tz),
    Defined(&'a [Observance]),
    /// Seconds east of UTC, always.
    Offset(i32),
    Unknown,
}

fn later(local: NaiveDateTime, seconds: i32) -> NaiveDateTime {
    local
        .checked_add_signed(TimeDelta::seconds(i64::from(seconds)))
        .unwrap_or(local)
}

impl Default for Zones {
    /// Floating times are taken for UTC.
    fn default() -> Self {
        Self::new(Tz::UTC)
    }
}

fn in_zone(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    let mut before = local;
    // Gaps are hours, once a whole day: two days back there is a time that exists.
    for _ in 0..48 {
        if let Some(found) = zone.offset_from_local_datetime(&before).earliest() {
            return moment(local, found.fix().local_minus_utc());
        }
        before = before
            .checked_sub_signed(TimeDelta::hours(1))
            .unwrap_or(before);
    }
    local.and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> String {
        let when = When::parse(text, Some(zone)).unwrap();
        Zones::default()
            .moment(&when)
            .format("%Y%m%dT%H%M%SZ")
            .to_string()
    }

    #[test]
    fn gaps_and_doubled_hours_are_read_as_the_standard_says() {
        assert_eq!(at("20260329T023000", "Europe/Berlin"), "20260329T013000Z");
        assert_eq!(at("20261025T023000", "Europe/Berlin"), "20261025T003000Z");
        assert_eq!(at("20260701T120000", "Asia/Kolkata"), "20260701T063000Z");
    }

    #[test]
    fn names_of_other_programs_are_understood() {
        assert_eq!(
            at("20260701T120000", "W. Europe Standard Time"),
            "20260701T100000Z"
        );
        assert_eq!(Zones::named("Nowhere/Else"), None);
        assert_eq!(Zones::named(&"x".repeat(10_000)), None);
    }

    #[test]
    fn a_definition_counts_where_the_name_says_nothing() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+0200\n\
            TZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:19700329T020000\n\
            TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\nEND:VTIMEZONE\nEND:VCALENDAR";
        let zones = Zones::of(&RawComponent::parse(text.as_bytes()).unwrap(), Tz::UTC);
        let at = |text: &str| {
            zones
                .moment(&When::parse(text, Some("Ours")).unwrap())
                .format("%H%M")
                .to_string()
        };
        assert_eq!(at("20260701T120000"), "1000");
        assert_eq!(at("20261201T120000"), "1100");
        assert_eq!(at("20260329T023000"), "0130");
        assert_eq!(at("20261025T023000"), "0030");
    }
}
