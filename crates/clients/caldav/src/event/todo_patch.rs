//! Changes to a task.

use chrono::{DateTime, Utc};

use super::patch::categories;
use super::{Alarm, EventPatch, Relation, TodoStatus};
use crate::format::{Property, When};

/// Changes to make to a task: what is not named stays as it is, unknown properties included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TodoPatch(pub(crate) EventPatch);

impl TodoPatch {
    /// No changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn set(self, name: &'static str, property: Option<Property>) -> Self {
        Self(self.0.set(name, property.into_iter().collect()))
    }

    /// What it is called; empty removes it, as everywhere here.
    #[must_use]
    pub fn summary(self, text: impl AsRef<str>) -> Self {
        Self(self.0.summary(text))
    }

    /// What it is about.
    #[must_use]
    pub fn description(self, text: impl AsRef<str>) -> Self {
        Self(self.0.description(text))
    }

    /// When it may begin.
    #[must_use]
    pub fn start(self, start: Option<&When>) -> Self {
        self.set("DTSTART", start.map(|when| when.property("DTSTART")))
    }

    /// When it must be done.
    #[must_use]
    pub fn due(self, due: Option<&When>) -> Self {
        self.set("DURATION", None)
            .set("DUE", due.map(|when| when.property("DUE")))
    }

    /// 1 is the highest, 9 the lowest, 0 none.
    #[must_use]
    pub fn priority(self, priority: u8) -> Self {
        Self(self.0.priority(priority))
    }

    /// What it belongs to.
    #[must_use]
    pub fn categories<T: AsRef<str>>(self, names: &[T]) -> Self {
        Self(self.0.set("CATEGORIES", categories(names)))
    }

    /// Other objects it has to do with.
    #[must_use]
    pub fn related_to(self, relations: &[Relation]) -> Self {
        Self(self.0.related_to(relations))
    }

    /// What reminds of it, all of it.
    #[must_use]
    pub fn alarms(self, alarms: &[Alarm]) -> Self {
        Self(self.0.alarms(alarms))
    }

    /// How far it is, in percent. At 100 see [`TodoPatch::complete`].
    #[must_use]
    pub fn percent(self, percent: u8) -> Self {
        let status = if percent == 0 {
            TodoStatus::NeedsAction
        } else {
            TodoStatus::InProcess
        };
        let property = Property::new("PERCENT-COMPLETE", &percent.min(100).to_string());
        self.set("PERCENT-COMPLETE", Some(property))
            .status(&status)
            .set("COMPLETED", None)
    }

    /// It is done: all three properties that say so agree.
    #[must_use]
    pub fn complete(self, at: DateTime<Utc>) -> Self {
        self.set(
            "PERCENT-COMPLETE",
            Some(Property::new("PERCENT-COMPLETE", "100")),
        )
        .status(&TodoStatus::Completed)
        .set("COMPLETED", Some(When::Utc(at).property("COMPLETED")))
    }

    /// It is to be done after all.
    #[must_use]
    pub fn reopen(self) -> Self {
        self.percent(0)
    }

    /// It is given up.
    #[must_use]
    pub fn cancel(self) -> Self {
        self.status(&TodoStatus::Cancelled)
    }

    fn status(self, status: &TodoStatus) -> Self {
        self.set("STATUS", Some(Property::new("STATUS", status.as_str())))
    }
}
