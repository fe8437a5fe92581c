//! Edits of single instances, and of an instance with all that follow.
//!
//! Pure: from one calendar object to another. Writing the result is the caller's, with the version that was read.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::patch::{count_up, stamp};
use super::{Event, EventPatch, ICalendar};
use crate::format::{FormatError, Property, RawComponent, When};
use crate::recurrence::{Instance, Limits, RuleEnd, Window, Zones, occurrences_before};

/// Why an edit is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// There is no such event or task in the object.
    #[error("the calendar object has no such component")]
    Missing,
    /// The series has no such instance, or it was taken out.
    #[error("the series has no such instance")]
    NoSuchInstance,
    /// To split at the first instance is to change the series as a whole.
    #[error("the series begins with this instance")]
    FirstInstance,
    /// The series has several rules, extra dates at the split, or overrides for ranges: it cannot be split faithfully.
    #[error("a series of this form cannot be split")]
    CannotSplit,
    /// Nobody of this address is invited.
    #[error("the address is not among the attendees")]
    NotInvited,
    /// The object cannot be understood.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// A series cut in two.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SplitSeries {
    /// The old object, which ends before the cut.
    pub before: ICalendar,
    /// A new object, with a UID of its own, which begins at the cut.
    pub after: ICalendar,
}

impl ICalendar {
    /// Changes one instance of a series, told by its `RECURRENCE-ID` ([`Instance::recurrence_id`]).
    ///
    /// # Errors
    /// [`EditError::NoSuchInstance`] if the series has none there.
    pub fn edit_instance(
        &mut self,
        id: &When,
        changes: &EventPatch,
        floating: Tz,
        now: DateTime<Utc>,
    ) -> Result<(), EditError> {
        let component = self.instance_mut(id, floating)?;
        changes.apply(component, now);
        self.define_zones();
        Ok(())
    }

    /// Takes one instance out of a series (`EXDATE`).
    ///
    /// # Errors
    /// [`EditError::NoSuchInstance`] if the series has none there.
    pub fn cancel_instance(
        &mut self,
        id: &When,
        floating: Tz,
        now: DateTime<Utc>,
    ) -> Result<(), EditError> {
        let zones = self.zones(floating);
        let moment = zones.moment(id);
        let instance = self.find_instance(id, &zones)?;
        self.root.children_mut().retain(|one| {
            !one.is("VEVENT") || override_id(one).is_none_or(|other| zones.moment(&other) != moment)
        });
        let master = self.master_mut("VEVENT")?;
        let start = master
            .property("DTSTART")
            .and_then(When::of)
            .ok_or(FormatError::Property("DTSTART"))?;
        let excluded = same_form(
            &instance.recurrence_id.unwrap_or(instance.start),
            &start,
            &zones,
        );
        master.push(excluded.property("EXDATE"));
        stamp(master, now);
        count_up(master);
        Ok(())
    }

    /// Changes an instance and all that follow: the series is cut in two objects, of which the later one is changed.
    /// Write `after` first, then `before` over the old object: if the second fails there are instances twice, not
    /// none.
    ///
    /// # Errors
    /// [`EditError::FirstInstance`] at the first instance, [`EditError::CannotSplit`] where rules are too involved.
    pub fn split(
        &self,
        id: &When,
        new_uid: &str,
        changes: &EventPatch,
        floating: Tz,
        now: DateTime<Utc>,
    ) -> Result<SplitSeries, EditError> {
        let zones = self.zones(floating);
        let moment = zones.moment(id);
        self.find_instance(id, &zones)?;
        let event = self.event()?;
        let [rule] = event.rules.as_slice() else {
            return Err(EditError::CannotSplit);
        };
        if zones.moment(&event.start) >= moment {
            return Err(EditError::FirstInstance);
        }
        let has_ranges = self.events()?.iter().any(|one| one.is_this_and_future);
        let is_extra = event
            .recurrence_dates
            .iter()
            .any(|date| zones.moment(date) == moment);
        if has_ranges || is_extra || !rule.other.is_empty() {
            return Err(EditError::CannotSplit);
        }
        let passed =
            occurrences_before(&event, rule, moment, &zones).ok_or(EditError::CannotSplit)?;
        let at = same_form(id, &event.start, &zones);

        let mut before = self.clone();
        let mut early = rule.clone();
        early.end = Some(end_before(&at, moment));
        let master = before.keep(&zones, |date| date < moment)?;
        master.set(Property::new("RRULE", &early.to_string()));
        stamp(master, now);
        count_up(master);

        let mut after = self.clone();
        let mut late = rule.clone();
        if let Some(RuleEnd::Count(count)) = rule.end {
            late.end = Some(RuleEnd::Count(count.saturating_sub(passed).max(1)));
        }
        let (end, ..) = event.end_of(&at, &zones);
        let master = after.keep(&zones, |date| date >= moment)?;
        master.set(at.property("DTSTART"));
        if event.end.is_some() {
            master.set(end.property("DTEND"));
        }
        master.set(Property::new("RRULE", &late.to_string()));
        master.set(Property::new("SEQUENCE", "0"));
        changes.apply(master, now);
        let start = master
            .property("DTSTART")
            .and_then(When::of)
            .ok_or(FormatError::Property("DTSTART"))?;
        after.shift(&start, start.local() - at.local());
        after
            .objects_mut()
            .for_each(|object| object.set(Property::text("UID", new_uid)));
        after.define_zones();
        Ok(SplitSeries { before, after })
    }

    /// Keeps the overrides and further dates for which this holds; answers the series.
    fn keep(
        &mut self,
        zones: &Zones,
        holds: impl Fn(DateTime<Utc>) -> bool,
    ) -> Result<&mut RawComponent, EditError> {
        self.root
            .children_mut()
            .retain(|one| override_id(one).is_none_or(|id| holds(zones.moment(&id))));
        let master = self.master_mut("VEVENT")?;
        for name in ["EXDATE", "RDATE"] {
            let kept = master.properties_named(name).flat_map(|property| {
                let period = property
                    .parameter("VALUE")
                    .is_some_and(|value| value.eq_ignore_ascii_case("PERIOD"));
                if period {
                    return vec![property.clone()];
                }
                When::list(property)
                    .filter(|date| holds(zones.moment(date)))
                    .map(|date| date.property(name))
                    .collect()
            });
            let kept: Vec<Property> = kept.collect();
            master.replace(name, kept);
        }
        Ok(master)
    }

    /// Moves what is told by the dates of a series when the series moves.
    fn shift(&mut self, start: &When, by: TimeDelta) {
        if by.is_zero() {
            return;
        }
        for object in self.objects_mut() {
            for name in ["EXDATE", "RDATE", "RECURRENCE-ID"] {
                let moved = object
                    .properties_named(name)
                    .flat_map(When::list)
                    .filter_map(|date| {
                        let local = date.local().checked_add_signed(by)?;
                        Some(
                            if date.is_date() == start.is_date() {
                                start.at(local)
                            } else {
                                date.at(local)
                            }
                            .property(name),
                        )
                    });
                let moved: Vec<Property> = moved.collect();
                object.replace(name, moved);
            }
        }
    }

    fn find_instance(&self, id: &When, zones: &Zones) -> Result<Instance, EditError> {
        let events = self.events()?;
        let moment = zones.moment(id);
        let is_override = |event: &&Event| {
            event
                .recurrence_id
                .as_ref()
                .is_some_and(|id| zones.moment(id) == moment)
        };
        if let Some(event) = events.iter().find(is_override) {
            let (end, starts_at, ends_at) = event.end_of(&event.start, zones);
            let (start, recurrence_id) = (event.start.clone(), event.recurrence_id.clone());
            return Ok(Instance {
                event: event.clone().into(),
                recurrence_id,
                start,
                end,
                starts_at,
                ends_at,
            });
        }
        // Instances under an override for a range may be elsewhere, though not by more than a year.
        let wide = if events.iter().any(|event| event.is_this_and_future) {
            TimeDelta::days(366)
        } else {
            TimeDelta::days(1)
        };
        let window = Window::new(moment - wide, moment + wide);
        let found = crate::recurrence::expand(&events, zones, window, Limits::default());
        let mut instances = found.instances.into_iter();
        let is_it = |instance: &Instance| {
            instance
                .recurrence_id
                .as_ref()
                .is_some_and(|id| zones.moment(id) == moment)
        };
        instances.find(is_it).ok_or(EditError::NoSuchInstance)
    }

    /// The override of an instance, which is made if there is none.
    pub(crate) fn instance_mut(
        &mut self,
        id: &When,
        floating: Tz,
    ) -> Result<&mut RawComponent, EditError> {
        let zones = self.zones(floating);
        let moment = zones.moment(id);
        let is_it = |one: &RawComponent| {
            one.is("VEVENT") && override_id(one).is_some_and(|id| zones.moment(&id) == moment)
        };
        if !self.root.children().iter().any(is_it) {
            let instance = self.find_instance(id, &zones)?;
            let described_by = instance
                .event
                .recurrence_id
                .as_ref()
                .map(|id| zones.moment(id));
            let is_base =
                |one: &&RawComponent| override_id(one).map(|id| zones.moment(&id)) == described_by;
            let base = self
                .root
                .children_named("VEVENT")
                .find(is_base)
                .ok_or(EditError::Missing)?;
            let made = make_override(base, &instance, &self.event()?, &zones);
            self.root.children_mut().push(made);
        }
        self.root
            .children_mut()
            .iter_mut()
            .find(|one| is_it(one))
            .ok_or(EditError::Missing)
    }
}

fn make_override(
    base: &RawComponent,
    instance: &Instance,
    master: &Event,
    zones: &Zones,
) -> RawComponent {
    let mut component = base.clone();
    for name in ["RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"] {
        component.remove(name);
    }
    let id = instance.recurrence_id.as_ref().unwrap_or(&instance.start);
    component.push(same_form(id, &master.start, zones).property("RECURRENCE-ID"));
    component.set(instance.start.property("DTSTART"));
    if component.property("DTEND").is_some() {
        component.set(instance.end.property("DTEND"));
    }
    component
}

fn override_id(component: &RawComponent) -> Option<When> {
    When::of(component.property("RECURRENCE-ID")?)
}

/// The same moment in the form of the start of the series, as the standard demands of identifiers.
fn same_form(id: &When, start: &When, zones: &Zones) -> When {
    match (id, start) {
        (When::Date(_), When::Date(_)) => id.clone(),
        (id, When::Date(_)) => When::Date(id.local().date()),
        (When::Zoned { zone, .. }, When::Zoned { zone: other, .. }) if zone == other => id.clone(),
        (id, start) => zones.express(zones.moment(id), start),
    }
}

fn end_before(at: &When, moment: DateTime<Utc>) -> RuleEnd {
    match at {
        When::Date(date) => RuleEnd::UntilDate(date.pred_opt().unwrap_or(*date)),
        When::Floating(local) => RuleEnd::UntilLocal(*local - TimeDelta::seconds(1)),
        _ => RuleEnd::UntilUtc(moment - TimeDelta::seconds(1)),
    }
}
