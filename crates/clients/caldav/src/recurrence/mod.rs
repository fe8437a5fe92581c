//! Recurrence: rules, zones, and the instances of a series within a window.
//!
//! Rules come from strangers. `FREQ=SECONDLY` for ever and a `COUNT` of four billion are legal, so all work here is
//! counted and ends; an answer that is not complete says so. Rules are walked lazily in local time and only then
//! brought to UTC, so that a daily meeting stays at its hour when the clocks change.

mod days;
mod expand;
mod observance;
mod occurrences;
mod overrides;
mod rule;
mod rule_text;
mod vtimezone;
mod walk;
mod zone_names;
mod zones;

pub use expand::{Expansion, Instance, Limits, Omission, Window};
pub use rule::{Frequency, NthWeekday, RecurrenceRule, RuleEnd};
pub use vtimezone::vtimezone;
pub use zones::Zones;

pub(crate) use expand::{expand, occurrences_before};
pub(crate) use walk::Walk;
