//! An event (RFC 5545, section 3.6.1).

use chrono::{DateTime, TimeDelta, Utc};

use super::details::{moment, number, texts};
use super::{Alarm, Attachment, Attendee, Class, Conference, Relation, Transparency};
use crate::format::{FormatError, Property, RawComponent, Span, When};
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
    /// When it begins.
    pub start: When,
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
    /// Dates that are not in the series.
    pub excluded_dates: Vec<When>,
    /// Other objects it has to do with.
    pub related_to: Vec<Relation>,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub modified_at: Option<DateTime<Utc>>,
    /// When this version was written.
    pub stamped_at: Option<DateTime<Utc>>,
}

impl Event {
    /// Reads a `VEVENT`. A rule that cannot be read counts as an unknown one: what follows the first instance is
    /// then not known, and expansions say so.
    ///
    /// # Errors
    /// If it is another component, or has no UID or start.
    pub fn read(component: &RawComponent) -> Result<Self, FormatError> {
        if !component.is("VEVENT") {
            return Err(FormatError::Kind);
        }
        let start = component
            .property("DTSTART")
            .and_then(When::of)
            .ok_or(FormatError::Property("DTSTART"))?;
        let recurrence_id = component.property("RECURRENCE-ID");
        let range = recurrence_id.and_then(|id| id.parameter("RANGE"));
        let dates = |name| {
            component
                .properties_named(name)
                .flat_map(When::list)
                .take(MAX_DATES)
                .collect()
        };
        Ok(Self {
            uid: component.text("UID").ok_or(FormatError::Property("UID"))?,
            is_this_and_future: range
                .is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE")),
            recurrence_id: recurrence_id.and_then(When::of),
            start,
            end: component.property("DTEND").and_then(When::of),
            duration: component
                .value("DURATION")
                .and_then(|text| text.parse().ok()),
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
            rules: component.properties_named("RRULE").map(rule).collect(),
            recurrence_dates: dates("RDATE"),
            excluded_dates: dates("EXDATE"),
            related_to: component
                .properties_named("RELATED-TO")
                .map(Relation::read)
                .collect(),
            created_at: moment(component, "CREATED"),
            modified_at: moment(component, "LAST-MODIFIED"),
            stamped_at: moment(component, "DTSTAMP"),
        })
    }

    /// Does it happen more than once?
    #[must_use]
    pub fn recurs(&self) -> bool {
        self.recurrence_id.is_none() && !(self.rules.is_empty() && self.recurrence_dates.is_empty())
    }

    /// The end of an instance that begins at `start`, and the moments of both. A length given by an end is exact,
    /// one given as a duration is nominal (RFC 5545, section 3.8.5.3).
    pub(crate) fn end_of(
        &self,
        start: &When,
        zones: &Zones,
    ) -> (When, DateTime<Utc>, DateTime<Utc>) {
        let starts_at = zones.moment(start);
        let later = |days: i64, seconds: i64| {
            let days = TimeDelta::try_days(days.max(0)).unwrap_or_default();
            let end = start.at(start
                .local()
                .checked_add_signed(days)
                .unwrap_or(start.local()));
            let at =
                zones.moment(&end) + TimeDelta::try_seconds(seconds.max(0)).unwrap_or_default();
            (
                if seconds == 0 {
                    end
                } else {
                    zones.express(at, start)
                },
                at.max(starts_at),
            )
        };
        let (end, ends_at) = match (&self.end, self.duration) {
            (Some(end), _) if self.start.is_date() => {
                later((end.local() - self.start.local()).num_days().max(1), 0)
            }
            (Some(end), _) if start == &self.start => {
                (end.clone(), zones.moment(end).max(starts_at))
            }
            (Some(end), _) => {
                let length = (zones.moment(end) - zones.moment(&self.start)).max(TimeDelta::zero());
                let at = starts_at.checked_add_signed(length).unwrap_or(starts_at);
                (zones.express(at, end), at)
            }
            (None, Some(span)) if start.is_date() => later(span.nominal().num_days().max(1), 0),
            (None, Some(span)) => later(span.days, span.seconds),
            (None, None) if start.is_date() => later(1, 0),
            (None, None) => (start.clone(), starts_at),
        };
        (end, starts_at, ends_at)
    }

    /// How long it lasts.
    #[must_use]
    pub fn lasts(&self, zones: &Zones) -> TimeDelta {
        let (_, starts_at, ends_at) = self.end_of(&self.start, zones);
        ends_at - starts_at
    }
}

fn rule(property: &Property) -> RecurrenceRule {
    property
        .value()
        .parse()
        .unwrap_or_else(|_unreadable: FormatError| {
            let mut unknown = RecurrenceRule::every(crate::recurrence::Frequency::Yearly);
            unknown
                .other
                .push(("X-UNREADABLE".to_owned(), String::new()));
            unknown
        })
}
