//! The instances of a series within a window.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::occurrences::{Occurrence, Occurrences, exclusions};
use super::overrides::{Following, Overrides, newest};
use super::{Walk, Zones};
use crate::event::{Event, TIMES};
use crate::format::{Unreadable, When};

/// From a moment, included, to another, excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub start: DateTime<Utc>,
    /// The moment after the last.
    pub end: DateTime<Utc>,
}

impl Window {
    /// A window; empty if the end is not after the start.
    #[must_use]
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self { start, end }
    }

    /// Whether something that lasts from one moment to another is in the window (RFC 4791, section 9.9).
    #[must_use]
    pub fn overlaps(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> bool {
        start < self.end && (end > self.start || (start == end && start >= self.start))
    }
}

/// How much work an expansion may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// At most so many instances.
    pub instances: usize,
    /// At most so many steps through rules.
    pub steps: u32,
}

impl Default for Limits {
    /// 5,000 instances, 300,000 steps: some milliseconds.
    fn default() -> Self {
        Self {
            instances: 5_000,
            steps: 300_000,
        }
    }
}

impl Limits {
    /// Other limits.
    #[must_use]
    pub fn new(instances: usize, steps: u32) -> Self {
        Self { instances, steps }
    }
}

/// One instance of a series, or an event that happens once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instance {
    /// The event that describes it: the series, or its override.
    pub event: Arc<Event>,
    /// Which instance of the series it is; none for an event that happens once.
    pub recurrence_id: Option<When>,
    /// When it begins, as a calendar would write it.
    pub start: When,
    /// When it ends, as a calendar would write it.
    pub end: When,
    /// The moment it begins.
    pub starts_at: DateTime<Utc>,
    /// The moment it ends.
    pub ends_at: DateTime<Utc>,
}

/// Why an expansion may be wrong or lack something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Omission {
    /// A limit was hit: there may be more.
    Limit,
    /// A zone that neither the calendar defines nor the database knows: its times were taken for floating ones, or for
    /// those of the offset that is part of the name.
    Zone(String),
    /// A property that is not understood, or not in full: a rule, or a time.
    Property {
        /// Of which event.
        uid: String,
        /// Which, such as `RRULE`.
        name: String,
    },
    /// An event, or what stands for an instance, that cannot be read.
    Component(Unreadable),
}

/// What an expansion found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expansion {
    /// In the order of their beginnings.
    pub instances: Vec<Instance>,
    /// Is nothing left out, and all understood? Else see `omissions`.
    pub is_complete: bool,
    /// What may be wrong or missing; each once.
    pub omissions: Vec<Omission>,
}

/// Expands the components of one calendar object.
pub(crate) fn expand(events: &[Event], zones: &Zones, window: Window, limits: Limits) -> Expansion {
    let mut work = Work {
        zones,
        window,
        limits,
        steps: limits.steps,
        found: Vec::new(),
        omissions: Vec::new(),
    };
    let uids: BTreeSet<&str> = events.iter().map(|event| event.uid.as_str()).collect();
    for uid in uids {
        let of_series = events.iter().filter(|event| event.uid == uid);
        let (overrides, masters): (Vec<&Event>, Vec<&Event>) =
            of_series.partition(|event| event.recurrence_id.is_some());
        let masters: Vec<Arc<Event>> = newest(masters).map(|one| Arc::new(one.clone())).collect();
        let overrides = Overrides::new(&overrides, masters.first().map(Arc::as_ref), zones);
        for event in overrides
            .all()
            .map(AsRef::as_ref)
            .chain(masters.iter().map(AsRef::as_ref))
        {
            work.look_for_omissions(event);
        }
        let excluded: Vec<_> = masters.iter().map(|one| exclusions(one, zones)).collect();
        for (key, one) in overrides.singles() {
            // An instance that was taken out is not there, whatever an older override says of it.
            let is_out = |(master, excluded): (&Arc<Event>, _)| {
                is_excluded(*key, one, master, excluded, zones)
            };
            if !masters.iter().zip(&excluded).any(is_out)
                && let Some(start) = one.begins()
            {
                work.add(one, one.recurrence_id.clone(), start.clone());
            }
        }
        for master in &masters {
            work.add_series(master, &overrides);
        }
    }
    work.found.sort_by_key(|one| (one.starts_at, one.ends_at));
    Expansion {
        instances: work.found,
        is_complete: work.omissions.is_empty(),
        omissions: work.omissions,
    }
}

fn is_excluded(
    key: DateTime<Utc>,
    one: &Event,
    master: &Event,
    excluded: &super::occurrences::Exclusions,
    zones: &Zones,
) -> bool {
    let (Some(id), Some(start)) = (&one.recurrence_id, &master.start) else {
        return false;
    };
    master.recurs() && excluded.covers(key, &zones.on_clock_of(id, start))
}

struct Work<'a> {
    zones: &'a Zones,
    window: Window,
    limits: Limits,
    steps: u32,
    found: Vec<Instance>,
    omissions: Vec<Omission>,
}

impl Work<'_> {
    fn omit(&mut self, omission: Omission) {
        if !self.omissions.contains(&omission) {
            self.omissions.push(omission);
        }
    }

    fn look_for_omissions(&mut self, event: &Event) {
        let rules = [("RRULE", &event.rules), ("EXRULE", &event.excluded_rules)];
        let unknown = rules.into_iter().filter_map(|(name, rules)| {
            let is_unknown = rules.iter().any(|rule| !rule.other.is_empty());
            is_unknown.then(|| name.to_owned())
        });
        let unread = event
            .unread
            .iter()
            .filter(|name| TIMES.contains(&name.as_str()));
        for name in unread.cloned().chain(unknown) {
            self.omit(Omission::Property {
                uid: event.uid.clone(),
                name,
            });
        }
        for zone in event.zones().filter(|zone| !self.zones.knows(zone)) {
            self.omit(Omission::Zone(zone.to_owned()));
        }
    }

    fn add(&mut self, event: &Arc<Event>, recurrence_id: Option<When>, start: When) {
        let times = event.end_of(&start, self.zones);
        self.add_at(event, recurrence_id, start, times);
    }

    fn add_at(
        &mut self,
        event: &Arc<Event>,
        recurrence_id: Option<When>,
        start: When,
        (end, starts_at, ends_at): (When, DateTime<Utc>, DateTime<Utc>),
    ) {
        if !self.window.overlaps(starts_at, ends_at) {
            return;
        }
        if self.found.len() >= self.limits.instances {
            self.omit(Omission::Limit);
            return;
        }
        self.found.push(Instance {
            event: Arc::clone(event),
            recurrence_id,
            start,
            end,
            starts_at,
            ends_at,
        });
    }

    fn add_series(&mut self, master: &Arc<Event>, overrides: &Overrides) {
        let Some(start) = &master.start else {
            // A message about it, such as one that takes the invitation back: it is nowhere.
            return;
        };
        if !master.recurs() {
            // An override of what does not recur stands beside it, as servers do it.
            if !overrides.has(self.zones.moment(start)) {
                self.add(master, None, start.clone());
            }
            return;
        }
        let own = super::occurrences::longest(master, self.zones);
        let reach = overrides.reach(self.zones).max(own) + TimeDelta::days(2);
        let around = |at: DateTime<Utc>, by: TimeDelta| at.checked_add_signed(by).unwrap_or(at);
        let wide = Window::new(
            around(self.window.start, -reach),
            around(self.window.end, reach),
        );
        let mut walk = Occurrences {
            zones: self.zones,
            window: wide,
            limit: self.limits.instances,
            steps: self.steps,
            is_cut: false,
        };
        let occurrences = walk.of(master);
        self.steps = walk.steps;
        if walk.is_cut {
            self.omit(Omission::Limit);
        }
        for (key, Occurrence { id, period }) in occurrences {
            if overrides.has(key) {
                continue;
            }
            match (overrides.following(key), period) {
                (Some(following), _) => {
                    let start = following.start(&id, self.zones);
                    let Following { event, .. } = following;
                    self.add(event, Some(id), start);
                }
                (None, Some(period)) => {
                    let times = crate::event::end_of_period(&period, self.zones);
                    self.add_at(master, Some(id.clone()), id, times);
                }
                (None, None) => self.add(master, Some(id.clone()), id),
            }
        }
    }
}

/// How many occurrences a rule has before a moment; `None` if that is too much work to find out.
pub(crate) fn occurrences_before(
    master: &Event,
    rule: &super::RecurrenceRule,
    moment: DateTime<Utc>,
    zones: &Zones,
) -> Option<u32> {
    let first = master.start.as_ref()?;
    let start = first.local();
    let mut walk = Walk::new(rule, start, Limits::default().steps);
    let (mut count, mut is_first) = (0_u32, true);
    for local in walk.by_ref() {
        // As above, the start counts.
        if std::mem::take(&mut is_first) && local != start {
            count += 1;
        }
        if zones.moment(&first.at(local)) >= moment {
            break;
        }
        count += 1;
    }
    (!walk.is_exhausted()).then_some(count)
}
