//! Edits of single instances, and of an instance with all that follow.
//!
//! Pure: from one calendar object to another. Writing the result is the caller's, with the version that was read.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::patch::{count_up, stamp};
use super::{Event, EventPatch, ICalendar, TIMES};
use crate::format::{Entry, FormatError, Period, PeriodEnd, Property, RawComponent, When, entries};
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
        let ([rule], Some(first)) = (event.rules.as_slice(), &event.start) else {
            return Err(EditError::CannotSplit);
        };
        if zones.moment(first) >= moment {
            return Err(EditError::FirstInstance);
        }
        let all = self.events();
        let has_ranges = all.items.iter().any(|one| one.is_this_and_future);
        let periods = event.recurrence_periods.iter().map(|period| &period.start);
        let is_extra = event
            .recurrence_dates
            .iter()
            .chain(periods)
            .any(|date| zones.moment(date) == moment);
        // Rules for exceptions count from the start, which moves. And what cannot be read cannot be shared out.
        let is_unclear = !event.excluded_rules.is_empty()
            || !all.is_complete()
            || event
                .unread
                .iter()
                .any(|name| TIMES.contains(&name.as_str()));
        if has_ranges || is_extra || is_unclear || !rule.other.is_empty() {
            return Err(EditError::CannotSplit);
        }
        let passed =
            occurrences_before(&event, rule, moment, &zones).ok_or(EditError::CannotSplit)?;
        let at = same_form(id, first, &zones);

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
            let all = master.properties_named(name).flat_map(entries).flatten();
            let kept = all.filter(|entry| holds(zones.moment(entry.start())));
            let kept: Vec<Property> = kept.map(|entry| entry.property(name)).collect();
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
                let all = object.properties_named(name).flat_map(entries).flatten();
                let moved = all.filter_map(|entry| moved(entry, start, by));
                let moved: Vec<Property> = moved.map(|entry| entry.property(name)).collect();
                object.replace(name, moved);
            }
        }
    }

    fn find_instance(&self, id: &When, zones: &Zones) -> Result<Instance, EditError> {
        let events = self.events().items;
        let moment = zones.moment(id);
        let is_override = |event: &&Event| {
            event
                .recurrence_id
                .as_ref()
                .is_some_and(|id| zones.moment(id) == moment)
        };
        let newest = events.iter().filter(is_override);
        let newest = newest.max_by_key(|event| event.revision());
        if let Some((event, start)) = newest.and_then(|event| Some((event, event.begins()?))) {
            let (end, starts_at, ends_at) = event.end_of(start, zones);
            let (start, recurrence_id) = (start.clone(), event.recurrence_id.clone());
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
        // Of several versions the newer counts (RFC 5546, section 2.1.5).
        let all = self.root.children_mut().iter_mut();
        all.filter(|one| is_it(one))
            .max_by_key(|one| revision(one))
            .ok_or(EditError::Missing)
    }
}

fn revision(component: &RawComponent) -> (u32, Option<DateTime<Utc>>) {
    let sequence = super::details::number(component, "SEQUENCE").unwrap_or(0);
    (sequence, super::details::moment(component, "DTSTAMP"))
}

/// A date of a series that was moved.
fn moved(entry: Entry, start: &When, by: TimeDelta) -> Option<Entry> {
    let later = |date: &When| {
        let local = date.local().checked_add_signed(by)?;
        Some(if date.is_date() == start.is_date() {
            start.at(local)
        } else {
            date.at(local)
        })
    };
    Some(match entry {
        Entry::When(date) => Entry::When(later(&date)?),
        Entry::Period(Period { start, end }) => Entry::Period(Period {
            start: later(&start)?,
            end: match end {
                PeriodEnd::At(end) => PeriodEnd::At(later(&end)?),
                PeriodEnd::After(span) => PeriodEnd::After(span),
            },
        }),
    })
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
    let form = master.start.as_ref().unwrap_or(id);
    component.push(same_form(id, form, zones).property("RECURRENCE-ID"));
    component.set(instance.start.property("DTSTART"));
    // Further dates may have a length of their own.
    let is_own = instance.event.end_of(&instance.start, zones).0 != instance.end;
    if is_own || component.property("DTEND").is_some() {
        component.set(instance.end.property("DTEND"));
        component.remove("DURATION");
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
