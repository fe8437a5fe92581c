#![doc = include_str!("../README.md")]

mod calendar;
mod client;
mod error;
mod events;
mod home;

pub use calendar::{Calendar, Component, CreateCalendar};
pub use client::Client;
pub use error::Error;
pub use events::{Event, PutEvent};
pub use home::CalendarHome;

pub use bheem_webdav::{
    Auth, BuildError, ClientBuilder, Created, DavPath, Deleted, Effect, ErrorKind, PathError,
    Precondition, RetryPolicy, SecretString,
};

/// The namespace of CalDAV.
pub const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// The namespace of Apple's calendar properties.
pub const APPLE: &str = "http://apple.com/ns/ical/";
/// The namespace of the calendar server's properties.
pub const CALENDAR_SERVER: &str = "http://calendarserver.org/ns/";
