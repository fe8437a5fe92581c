//! What calendars hold, as types: events, tasks, who takes part, what reminds.
//!
//! Types are read from the tree of lines ([`crate::RawComponent`]) and changes are made on that tree, so that what
//! is not understood here survives.

mod alarm;
mod attendee;
mod calendar;
mod details;
mod free_busy;
mod instances;
mod itip;
mod patch;
mod todo;
mod todo_patch;
mod vevent;

pub use alarm::{Alarm, Trigger};
pub use attendee::{Attendee, CalendarUserType, Participation, Role, ScheduleAgent};
pub use calendar::{ICalendar, PRODUCT};
pub use details::{Attachment, Class, Conference, Relation, Transparency};
pub use free_busy::{Busy, BusyKind, busy_periods, merge_busy};
pub use instances::{EditError, SplitSeries};
pub use itip::Method;
pub use patch::EventPatch;
pub use todo::{Todo, TodoStatus};
pub use todo_patch::TodoPatch;
pub use vevent::{Event, EventStatus};

pub(crate) use free_busy::read_free_busy;
pub(crate) use vevent::{TIMES, end_of_period};

/// An enumeration of the standard: known values by name, others kept as they are.
macro_rules! known_values {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// Another value, in upper case.
            Other(String),
        }

        impl $name {
            /// The value as the standard writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }

            pub(crate) fn parse(text: &str) -> Self {
                let text = text.trim().to_ascii_uppercase();
                match text.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text),
                }
            }
        }
    };
}
pub(crate) use known_values;
