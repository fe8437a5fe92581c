//! A calendar object: one event or task with its overrides, and the zones it uses (RFC 4791, section 4.1).

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::patch::stamp;
use super::{EditError, Event, EventPatch, Todo, TodoPatch};
use crate::format::{FormatError, Partial, Property, RawComponent, Unreadable, When};
use crate::recurrence::{Expansion, Limits, Omission, Window, Zones, expand, vtimezone};

/// The `PRODID` of what is written here.
pub const PRODUCT: &str = "-//Bheem//Workspace//EN";

/// A calendar object. Its `Display` is the text for a server; its `Debug` shows no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ICalendar {
    pub(crate) root: RawComponent,
}

impl ICalendar {
    /// Reads a text. What is in several calendars one behind the other (RFC 5545, section 3.4) is taken together.
    ///
    /// # Errors
    /// If it is no calendar, or beyond the bounds of [`RawComponent::parse`].
    pub fn parse(text: &[u8]) -> Result<Self, FormatError> {
        let mut all = RawComponent::parse_all(text)?.into_iter();
        let mut root = all.next().ok_or(FormatError::Structure)?;
        if !root.is("VCALENDAR") {
            return Err(FormatError::Kind);
        }
        for mut other in all {
            if !other.is("VCALENDAR") {
                return Err(FormatError::Kind);
            }
            root.children_mut().append(other.children_mut());
        }
        Ok(Self { root })
    }

    /// A calendar with nothing in it.
    #[must_use]
    pub fn empty() -> Self {
        let mut root = RawComponent::new("VCALENDAR");
        root.push(Property::new("VERSION", "2.0"));
        root.push(Property::text("PRODID", PRODUCT));
        Self { root }
    }

    /// A new event. The UID is its natural key in a calendar: choose it so that trying again gives the same one.
    #[must_use]
    pub fn event_at(uid: &str, start: &When, details: &EventPatch, now: DateTime<Utc>) -> Self {
        let mut event = RawComponent::new("VEVENT");
        event.push(Property::text("UID", uid));
        event.push(start.property("DTSTART"));
        event.push(When::Utc(now).property("CREATED"));
        details.apply(&mut event, now);
        // Nobody has seen an earlier version.
        event.set(Property::new("SEQUENCE", "0"));
        let mut calendar = Self::empty();
        calendar.root.children_mut().push(event);
        calendar.define_zones();
        calendar
    }

    /// A new task. As for [`ICalendar::event_at`], the UID is its natural key.
    #[must_use]
    pub fn todo(uid: &str, details: &TodoPatch, now: DateTime<Utc>) -> Self {
        let mut todo = RawComponent::new("VTODO");
        todo.push(Property::text("UID", uid));
        todo.push(When::Utc(now).property("CREATED"));
        details.0.apply(&mut todo, now);
        todo.set(Property::new("SEQUENCE", "0"));
        let mut calendar = Self::empty();
        calendar.root.children_mut().push(todo);
        calendar.define_zones();
        calendar
    }

    /// The tree of lines.
    #[must_use]
    pub fn raw(&self) -> &RawComponent {
        &self.root
    }

    /// The tree of lines, to be changed.
    pub fn raw_mut(&mut self) -> &mut RawComponent {
        &mut self.root
    }

    /// The UID of what it holds.
    #[must_use]
    pub fn uid(&self) -> Option<String> {
        self.objects().find_map(|object| object.text("UID"))
    }

    /// The components that are no zones.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &RawComponent> {
        self.root
            .children()
            .iter()
            .filter(|child| !child.is("VTIMEZONE"))
    }

    pub(crate) fn objects_mut(&mut self) -> impl Iterator<Item = &mut RawComponent> {
        self.root
            .children_mut()
            .iter_mut()
            .filter(|child| !child.is("VTIMEZONE"))
    }

    /// All events: the series, or what happens once, and the overrides. Those that cannot be read are named beside
    /// the others.
    #[must_use]
    pub fn events(&self) -> Partial<Event> {
        self.all("VEVENT", Event::read)
    }

    /// The event: the series if there is one, else the first override, of those that can be read; of two versions
    /// the newer (RFC 5546, section 2.1.5).
    ///
    /// # Errors
    /// If there is none, or none can be read.
    pub fn event(&self) -> Result<Event, FormatError> {
        let Partial { items, unreadable } = self.events();
        // Of those that are alike in this, the first: hence from the back.
        let masters = items.iter().rev().filter(|one| one.recurrence_id.is_none());
        let master = masters.max_by_key(|one| one.revision());
        master.or_else(|| items.first()).cloned().ok_or_else(|| {
            unreadable
                .first()
                .map_or(FormatError::Kind, |one| one.reason)
        })
    }

    /// All tasks. Those that cannot be read are named beside the others.
    #[must_use]
    pub fn todos(&self) -> Partial<Todo> {
        self.all("VTODO", Todo::read)
    }

    fn all<T>(
        &self,
        kind: &str,
        read: impl Fn(&RawComponent) -> Result<T, FormatError>,
    ) -> Partial<T> {
        Partial::of(self.root.children_named(kind).map(|component| {
            read(component).map_err(|reason| Unreadable {
                component: kind.to_owned(),
                uid: component.text("UID"),
                reason,
            })
        }))
    }

    /// What the names of zones in it mean.
    #[must_use]
    pub fn zones(&self, floating: Tz) -> Zones {
        Zones::of(&self.root, floating)
    }

    /// The instances of the events within a window; floating times and days are meant in the zone given. Bounded:
    /// see [`Limits`]. What is missing or may be wrong is told in [`Expansion::omissions`].
    ///
    /// # Errors
    /// If there are events, and none of them can be read.
    pub fn expand(
        &self,
        window: Window,
        floating: Tz,
        limits: Limits,
    ) -> Result<Expansion, FormatError> {
        let Partial { items, unreadable } = self.events();
        if let (true, Some(first)) = (items.is_empty(), unreadable.first()) {
            return Err(first.reason);
        }
        let mut found = expand(&items, &self.zones(floating), window, limits);
        let left_out = unreadable.into_iter().map(Omission::Component);
        found.omissions.extend(left_out);
        found.is_complete = found.omissions.is_empty();
        Ok(found)
    }

    /// Changes the event or the whole series. Where its start moves, overrides and excluded dates move with it only
    /// in [`ICalendar::split`].
    ///
    /// # Errors
    /// If there is no event.
    pub fn edit_event(
        &mut self,
        changes: &EventPatch,
        now: DateTime<Utc>,
    ) -> Result<(), EditError> {
        changes.apply(self.master_mut("VEVENT")?, now);
        self.define_zones_of(changes);
        Ok(())
    }

    /// Changes the task.
    ///
    /// # Errors
    /// If there is no task.
    pub fn edit_todo(&mut self, changes: &TodoPatch, now: DateTime<Utc>) -> Result<(), EditError> {
        changes.0.apply(self.master_mut("VTODO")?, now);
        self.define_zones_of(&changes.0);
        Ok(())
    }

    pub(crate) fn master_mut(&mut self, kind: &str) -> Result<&mut RawComponent, EditError> {
        let mut all = self.root.children_mut().iter_mut();
        all.find(|one| one.is(kind) && one.property("RECURRENCE-ID").is_none())
            .ok_or(EditError::Missing)
    }

    fn define_zones_of(&mut self, changes: &EventPatch) {
        if changes.zones().next().is_some() {
            self.define_zones();
        }
    }

    /// Adds the definitions of zones that are named but not defined (RFC 5545, section 3.2.19).
    pub fn define_zones(&mut self) {
        let defined: BTreeSet<String> = self
            .root
            .children_named("VTIMEZONE")
            .filter_map(|zone| zone.text("TZID"))
            .collect();
        let mut missing = BTreeSet::new();
        let mut earliest = None::<chrono::NaiveDate>;
        for property in self.objects().flat_map(RawComponent::properties) {
            let Some(name) = property
                .parameter("TZID")
                .filter(|name| !defined.contains(*name))
            else {
                continue;
            };
            if let Ok(zone) = name.parse::<Tz>() {
                missing.insert(zone.name());
                let date = When::of(property).map(|when| when.local().date());
                earliest = earliest.into_iter().chain(date).min();
            }
        }
        let from = earliest.unwrap_or_default();
        let added = missing
            .into_iter()
            .filter_map(|name| name.parse::<Tz>().ok())
            .map(|zone| vtimezone(zone, from));
        let added: Vec<RawComponent> = added.collect();
        self.root.children_mut().splice(0..0, added);
    }

    /// Says that all in it was written now.
    pub(crate) fn stamp(&mut self, now: DateTime<Utc>) {
        self.objects_mut().for_each(|object| stamp(object, now));
    }
}

impl fmt::Display for ICalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.root, f)
    }
}
