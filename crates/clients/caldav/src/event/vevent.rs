//! An event (RFC 5545, section 3.6.1).

use chrono::{DateTime, TimeDelta, Utc};

use super::details::{moment, number, texts};
use super::{Alarm, Attachment, Attendee, Class, Conference, Relation, Transparency};
use crate::format::{
    Entry, FormatError, Period, PeriodEnd, Property, RawComponent, Span, When, entries,
};
use crate::recurrence::{RecurrenceRule, Zones};

/// Lists of dates are read up to this length.
const MAX_DATES: usize = 10_000;

super::known_values! {
    /// Whether an event takes place.
    EventStatus {
        /// Perhaps.
        Tentative = "TENTATIVE",
        /// Yes.
        Confirmed = "CONFIRMED",
        /// No longer.
        Cancelled = "CANCELLED",
    }
}

/// An event, or what differs in one instance of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What it is known by, in all calendars.
    pub uid: String,
    /// Which instance of the series this describes; none for the series itself.
    pub recurrence_id: Option<When>,
    /// It describes that instance and all that follow.
    pub is_this_and_future: bool,
    /// When it begins. Only a message ([`crate::ICalendar::method`]) may leave it out, as one that takes an invitation
    /// back does (RFC 5546, section 3.2.5), and what stands for one instance of a series: it begins with that.
    pub start: Option<When>,
    /// When it ends, if that is given.
    pub end: Option<When>,
    /// How long it lasts, if that is given instead.
    pub duration: Option<Span>,
    /// What it is called.
    pub summary: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// Who invites.
    pub organizer: Option<Attendee>,
    /// Who is invited.
    pub attendees: Vec<Attendee>,
    /// Whether it takes place.
    pub status: Option<EventStatus>,
    /// Whether it takes up time; it does unless it says otherwise.
    pub transparency: Transparency,
    /// Who may see it; everybody unless it says otherwise.
    pub class: Class,
    /// What reminds of it.
    pub alarms: Vec<Alarm>,
    /// What it belongs to.
    pub categories: Vec<String>,
    /// A page about it.
    pub url: Option<String>,
    /// Counts the changes that matter to those invited.
    pub sequence: u32,
    /// 1 is the highest, 9 the lowest, 0 none.
    pub priority: u8,
    /// What is attached.
    pub attachments: Vec<Attachment>,
    /// Where to meet by wire.
    pub conferences: Vec<Conference>,
    /// The rules of the series. One is usual.
    pub rules: Vec<RecurrenceRule>,
    /// Further dates of the series.
    pub recurrence_dates: Vec<When>,
    /// Further dates of the series that have a length of their own.
    pub recurrence_periods: Vec<Period>,
    /// Dates that are not in the series.
    pub excluded_dates: Vec<When>,
    /// Rules for what is not in the series (RFC 2445, section 4.8.5.2): the later standard has none, programs still
    /// send them.
    pub excluded_rules: Vec<RecurrenceRule>,
    /// Other objects it has to do with.
    pub related_to: Vec<Relation>,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub modified_at: Option<DateTime<Utc>>,
    /// When this version was written.
    pub stamped_at: Option<DateTime<Utc>>,
    /// The names of properties that are there and could not be read, or not in full. They survive an edit.
    pub unread: Vec<String>,
}

/// What tells when an event takes place: without it, instances may be wrong or missing.
pub(crate) const TIMES: [&str; 8] = [
    "DTSTART",
    "DTEND",
    "DURATION",
    "RECURRENCE-ID",
    "RRULE",
    "RDATE",
    "EXRULE",
    "EXDATE",
];

impl Event {
    /// Reads a `VEVENT`. A rule that cannot be read counts as an unknown one: what follows the first instance is
    /// then not known, and expansions say so.
    ///
    /// # Errors
    /// If it is another component, has no UID, or its start or the instance it stands for cannot be read.
    pub fn read(component: &RawComponent) -> Result<Self, FormatError> {
        if !component.is("VEVENT") {
            return Err(FormatError::Kind);
        }
        let mut unread: Vec<String> = component.opaque_names().collect();
        if unread.iter().any(|name| name == "RECURRENCE-ID") {
            return Err(FormatError::Property("RECURRENCE-ID"));
        }
        let required = |name: &'static str| match component.property(name) {
            Some(property) => When::of(property)
                .map(Some)
                .ok_or(FormatError::Property(name)),
            None => Ok(None),
        };
        let (start, id) = (required("DTSTART")?, required("RECURRENCE-ID")?);
        let range = component.property("RECURRENCE-ID");
        let range = range.and_then(|id| id.parameter("RANGE"));
        let end = component.property("DTEND").and_then(When::of);
        let duration = component.value("DURATION");
        let duration = duration.and_then(|text| text.parse::<Span>().ok());
        if start.is_none() && unread.iter().any(|name| name == "DTSTART") {
            return Err(FormatError::Property("DTSTART"));
        }
        let further = Dates::read(component, "RDATE", &mut unread);
        let excluded = Dates::read(component, "EXDATE", &mut unread);
        let excluded_periods = excluded.periods.into_iter().map(|period| period.start);
        let excluded_dates = excluded.dates.into_iter().chain(excluded_periods).collect();
        let is_unread = |name: &str, is_read: bool| component.property(name).is_some() && !is_read;
        if is_unread("DTEND", end.is_some()) {
            unread.push("DTEND".to_owned());
        }
        if is_unread("DURATION", duration.is_some()) {
            unread.push("DURATION".to_owned());
        }
        let rules = rules(component, "RRULE", &mut unread);
        let excluded_rules = self::rules(component, "EXRULE", &mut unread);
        unread.sort_unstable();
        unread.dedup();
        Ok(Self {
            uid: component.text("UID").ok_or(FormatError::Property("UID"))?,
            is_this_and_future: range
                .is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE")),
            recurrence_id: id,
            start,
            end,
            duration,
            summary: component.text("SUMMARY"),
            description: component.text("DESCRIPTION"),
            location: component.text("LOCATION"),
            organizer: component.property("ORGANIZER").map(Attendee::read),
            attendees: component
                .properties_named("ATTENDEE")
                .map(Attendee::read)
                .collect(),
            status: component.value("STATUS").map(EventStatus::parse),
            transparency: component
                .value("TRANSP")
                .map_or(Transparency::Opaque, Transparency::parse),
            class: component.value("CLASS").map_or(Class::Public, Class::parse),
            alarms: component
                .children_named("VALARM")
                .map(Alarm::read)
                .collect(),
            categories: texts(component, "CATEGORIES"),
            url: component.value("URL").map(str::to_owned),
            sequence: number(component, "SEQUENCE").unwrap_or(0),
            priority: number(component, "PRIORITY").unwrap_or(0),
            attachments: component
                .properties_named("ATTACH")
                .map(Attachment::read)
                .collect(),
            conferences: component
                .properties_named("CONFERENCE")
                .map(Conference::read)
                .collect(),
            rules,
            recurrence_dates: further.dates,
            recurrence_periods: further.periods,
            excluded_dates,
            excluded_rules,
            related_to: component
                .properties_named("RELATED-TO")
                .map(Relation::read)
                .collect(),
            created_at: moment(component, "CREATED"),
            modified_at: moment(component, "LAST-MODIFIED"),
            stamped_at: moment(component, "DTSTAMP"),
            unread,
        })
    }

    /// When it begins, or the instance it stands for would.
    #[must_use]
    pub fn begins(&self) -> Option<&When> {
        self.start.as_ref().or(self.recurrence_id.as_ref())
    }

    /// The names of the zones that its times are in.
    pub(crate) fn zones(&self) -> impl Iterator<Item = &str> {
        let single = [&self.start, &self.recurrence_id, &self.end];
        let lists = self.recurrence_dates.iter().chain(&self.excluded_dates);
        let periods = self.recurrence_periods.iter().map(|period| &period.start);
        let all = single.into_iter().flatten().chain(lists).chain(periods);
        all.filter_map(|when| match when {
            When::Zoned { zone, .. } => Some(zone.as_str()),
            _ => None,
        })
    }

    /// Of two versions of one event or instance the one with the higher number counts, then the one written later
    /// (RFC 5546, section 2.1.5).
    pub(crate) fn revision(&self) -> (u32, Option<DateTime<Utc>>) {
        (self.sequence, self.stamped_at)
    }

    /// Does it happen more than once?
    #[must_use]
    pub fn recurs(&self) -> bool {
        self.recurrence_id.is_none()
            && !(self.rules.is_empty()
                && self.recurrence_dates.is_empty()
                && self.recurrence_periods.is_empty())
    }

    /// The end of an instance that begins at `start`, and the moments of both. A length given by an end is exact,
    /// one given as a duration is nominal (RFC 5545, section 3.8.5.3). What ends before it begins has no length.
    pub(crate) fn end_of(
        &self,
        start: &When,
        zones: &Zones,
    ) -> (When, DateTime<Utc>, DateTime<Utc>) {
        let starts_at = zones.moment(start);
        let own = self.begins().unwrap_or(start);
        let (end, ends_at) = match (&self.end, self.duration) {
            (Some(end), _) if own.is_date() => later(
                start,
                (end.local() - own.local()).num_days().max(1),
                0,
                zones,
            ),
            (Some(end), _) if start == own => (end.clone(), zones.moment(end)),
            (Some(end), _) => {
                let length = (zones.moment(end) - zones.moment(own)).max(TimeDelta::zero());
                let at = starts_at.checked_add_signed(length).unwrap_or(starts_at);
                (zones.express(at, end), at)
            }
            (None, Some(span)) if start.is_date() => {
                later(start, span.nominal().num_days().max(1), 0, zones)
            }
            (None, Some(span)) => later(start, span.days, span.seconds, zones),
            (None, None) if start.is_date() => later(start, 1, 0, zones),
            (None, None) => (start.clone(), starts_at),
        };
        if ends_at < starts_at {
            (start.clone(), starts_at, starts_at)
        } else {
            (end, starts_at, ends_at)
        }
    }

    /// How long it lasts; nothing if it is not said when it begins.
    #[must_use]
    pub fn lasts(&self, zones: &Zones) -> TimeDelta {
        self.begins().map_or_else(TimeDelta::zero, |start| {
            let (_, starts_at, ends_at) = self.end_of(start, zones);
            ends_at - starts_at
        })
    }
}

/// The end of a period, and the moments of both ends.
pub(crate) fn end_of_period(
    period: &Period,
    zones: &Zones,
) -> (When, DateTime<Utc>, DateTime<Utc>) {
    let start = &period.start;
    let starts_at = zones.moment(start);
    let (end, ends_at) = match &period.end {
        PeriodEnd::At(end) => (end.clone(), zones.moment(end)),
        PeriodEnd::After(span) => later(start, span.days, span.seconds, zones),
    };
    if ends_at < starts_at {
        (start.clone(), starts_at, starts_at)
    } else {
        (end, starts_at, ends_at)
    }
}

/// So many days on the clock and then so many seconds later, never earlier.
fn later(start: &When, days: i64, seconds: i64, zones: &Zones) -> (When, DateTime<Utc>) {
    let days = TimeDelta::try_days(days.max(0)).unwrap_or_default();
    let local = start.local().checked_add_signed(days);
    let end = start.at(local.unwrap_or(start.local()));
    let exact = TimeDelta::try_seconds(seconds.max(0)).unwrap_or_default();
    let at = zones.moment(&end);
    let at = at.checked_add_signed(exact).unwrap_or(at);
    if seconds == 0 {
        (end, at)
    } else {
        (zones.express(at, start), at)
    }
}

/// The values of all properties of a name.
#[derive(Default)]
struct Dates {
    dates: Vec<When>,
    periods: Vec<Period>,
}

impl Dates {
    fn read(component: &RawComponent, name: &str, unread: &mut Vec<String>) -> Self {
        let mut found = Self::default();
        let all = component.properties_named(name).flat_map(entries);
        for (count, entry) in all.enumerate() {
            match entry {
                Ok(_) | Err(()) if count >= MAX_DATES => {
                    unread.push(name.to_owned());
                    break;
                }
                Ok(Entry::When(when)) => found.dates.push(when),
                Ok(Entry::Period(period)) => found.periods.push(period),
                Err(()) => unread.push(name.to_owned()),
            }
        }
        found
    }
}

/// The rules of a name. One that cannot be read counts as an unknown one.
pub(super) fn rules(
    component: &RawComponent,
    name: &str,
    unread: &mut Vec<String>,
) -> Vec<RecurrenceRule> {
    let values = component.properties_named(name).map(Property::value);
    let rules = values.map(|text| {
        text.parse().unwrap_or_else(|_unreadable: FormatError| {
            unread.push(name.to_owned());
            let mut unknown = RecurrenceRule::every(crate::recurrence::Frequency::Yearly);
            unknown
                .other
                .push(("X-UNREADABLE".to_owned(), String::new()));
            unknown
        })
    });
    rules.collect()
}
