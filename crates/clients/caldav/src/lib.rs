#![doc = include_str!("../README.md")]

mod address_books;
mod calendar;
mod calendar_edit;
mod calendars;
mod client;
mod contact;
mod contacts;
mod discovery;
mod error;
mod event;
mod events;
mod format;
mod home;
mod objects;
mod query;
mod recurrence;
mod scheduling;
mod sync;
mod trash;

pub use address_books::AddressBook;
pub use calendar::{Calendar, Component, Privileges};
pub use calendar_edit::{CalendarProperties, CreateCalendar};
pub use client::Client;
pub use contact::{
    CardVersion, Contact, ContactKind, ContactPatch, Labelled, MAX_PHOTO_BYTES, Photo,
    PostalAddress, StructuredName, VCard,
};
pub use discovery::{Principal, Protocol};
pub use error::Error;
pub use event::{
    Alarm, Attachment, Attendee, Busy, BusyKind, CalendarUserType, Class, Conference, EditError,
    Event, EventPatch, EventStatus, ICalendar, Method, PRODUCT, Participation, Relation, Role,
    ScheduleAgent, SplitSeries, Todo, TodoPatch, TodoStatus, Transparency, Trigger, busy_periods,
    merge_busy,
};
pub use events::PutEvent;
pub use format::{
    FormatError, MAX_COMPONENTS, MAX_LINES, MAX_NESTING, Parameter, Partial, Period, PeriodEnd,
    Property, RawComponent, Span, Unreadable, When, escape_text, split_values, unescape_text,
};
pub use home::{AddressBookHome, CalendarHome};
pub use objects::{Fetched, ObjectVersion, StoredObject, Written};
pub use query::CalendarQuery;
pub use recurrence::{
    Expansion, Frequency, Instance, Limits, NthWeekday, Omission, RecurrenceRule, RuleEnd, Window,
    Zones, vtimezone,
};
pub use scheduling::AttendeeBusy;
pub use sync::{SyncChanges, SyncDifference, SyncMethod, SyncOutcome, SyncState};
pub use trash::DeletedCalendar;

pub use bheem_http_kit::Url;
pub use bheem_webdav::{
    Auth, BuildError, Bytes, ClientBuilder, Created, DavPath, Deleted, Effect, ErrorKind, LeftOut,
    LeftOutReason, Listed, Listing, PathError, Precondition, Restored, RetryPolicy, SecretString,
};
pub use chrono_tz::Tz;

/// The namespace of CalDAV.
pub const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// The namespace of CardDAV.
pub const CARDDAV: &str = "urn:ietf:params:xml:ns:carddav";
/// The namespace of Apple's calendar properties.
pub const APPLE: &str = "http://apple.com/ns/ical/";
/// The namespace of the calendar server's properties.
pub const CALENDAR_SERVER: &str = "http://calendarserver.org/ns/";
