//! A task (RFC 5545, section 3.6.2).

use chrono::{DateTime, Utc};

use super::details::{moment, number, texts};
use super::{Alarm, Attendee, Class, Relation};
use crate::format::{FormatError, RawComponent, Span, When};
use crate::recurrence::RecurrenceRule;

super::known_values! {
    /// How far a task is.
    TodoStatus {
        /// Not begun.
        NeedsAction = "NEEDS-ACTION",
        /// Begun.
        InProcess = "IN-PROCESS",
        /// Done.
        Completed = "COMPLETED",
        /// Given up.
        Cancelled = "CANCELLED",
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Todo {
    /// What it is known by, in all calendars.
    pub uid: String,
    /// Which instance of a series this describes.
    pub recurrence_id: Option<When>,
    /// When it may begin.
    pub start: Option<When>,
    /// When it must be done.
    pub due: Option<When>,
    /// How long it takes, if that is given instead of the end.
    pub duration: Option<Span>,
    /// What it is called.
    pub summary: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Where it is done.
    pub location: Option<String>,
    /// A page about it.
    pub url: Option<String>,
    /// How far it is.
    pub status: Option<TodoStatus>,
    /// How far it is, in percent.
    pub percent_complete: Option<u8>,
    /// When it was done.
    pub completed_at: Option<DateTime<Utc>>,
    /// 1 is the highest, 9 the lowest, 0 none.
    pub priority: u8,
    /// Who may see it.
    pub class: Class,
    /// What it belongs to.
    pub categories: Vec<String>,
    /// Who gave it.
    pub organizer: Option<Attendee>,
    /// Who is to do it.
    pub attendees: Vec<Attendee>,
    /// What reminds of it.
    pub alarms: Vec<Alarm>,
    /// The rules by which it recurs.
    pub rules: Vec<RecurrenceRule>,
    /// Other objects it has to do with, such as the task it is a part of.
    pub related_to: Vec<Relation>,
    /// Counts the changes that matter to others.
    pub sequence: u32,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub modified_at: Option<DateTime<Utc>>,
    /// The names of properties that are there and could not be read. They survive an edit.
    pub unread: Vec<String>,
}

impl Todo {
    /// Reads a `VTODO`.
    ///
    /// # Errors
    /// If it is another component, or has no UID.
    pub fn read(component: &RawComponent) -> Result<Self, FormatError> {
        if !component.is("VTODO") {
            return Err(FormatError::Kind);
        }
        let when = |name| component.property(name).and_then(When::of);
        let mut unread: Vec<String> = component.opaque_names().collect();
        let rules = super::vevent::rules(component, "RRULE", &mut unread);
        for name in ["DTSTART", "DUE", "RECURRENCE-ID"] {
            if component.property(name).is_some() && when(name).is_none() {
                unread.push(name.to_owned());
            }
        }
        unread.sort_unstable();
        unread.dedup();
        Ok(Self {
            uid: component.text("UID").ok_or(FormatError::Property("UID"))?,
            recurrence_id: when("RECURRENCE-ID"),
            start: when("DTSTART"),
            due: when("DUE"),
            duration: component
                .value("DURATION")
                .and_then(|text| text.parse().ok()),
            summary: component.text("SUMMARY"),
            description: component.text("DESCRIPTION"),
            location: component.text("LOCATION"),
            url: component.value("URL").map(str::to_owned),
            status: component.value("STATUS").map(TodoStatus::parse),
            percent_complete: number(component, "PERCENT-COMPLETE")
                .map(|percent: u8| percent.min(100)),
            completed_at: moment(component, "COMPLETED"),
            priority: number(component, "PRIORITY").unwrap_or(0),
            class: component.value("CLASS").map_or(Class::Public, Class::parse),
            categories: texts(component, "CATEGORIES"),
            organizer: component.property("ORGANIZER").map(Attendee::read),
            attendees: component
                .properties_named("ATTENDEE")
                .map(Attendee::read)
                .collect(),
            alarms: component
                .children_named("VALARM")
                .map(Alarm::read)
                .collect(),
            rules,
            related_to: component
                .properties_named("RELATED-TO")
                .map(Relation::read)
                .collect(),
            sequence: number(component, "SEQUENCE").unwrap_or(0),
            created_at: moment(component, "CREATED"),
            modified_at: moment(component, "LAST-MODIFIED"),
            unread,
        })
    }

    /// Is it done? Some programs write only one of the properties that say so.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.completed_at.is_some()
            || self.status == Some(TodoStatus::Completed)
            || self.percent_complete == Some(100)
    }
}
