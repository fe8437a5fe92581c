//! The instances of a series within a window.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use super::{RuleEnd, Walk, Zones};
use crate::event::Event;
use crate::format::When;

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

/// What an expansion found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expansion {
    /// In the order of their beginnings.
    pub instances: Vec<Instance>,
    /// False if a limit was hit, or a rule is not understood: there may be more.
    pub is_complete: bool,
}

/// Expands the components of one calendar object.
pub(crate) fn expand(events: &[Event], zones: &Zones, window: Window, limits: Limits) -> Expansion {
    let mut work = Work {
        zones,
        window,
        limits,
        steps: limits.steps,
        found: Vec::new(),
        is_complete: true,
    };
    let uids: BTreeSet<&str> = events.iter().map(|event| event.uid.as_str()).collect();
    for uid in uids {
        let of_series = events.iter().filter(|event| event.uid == uid);
        let (overrides, masters): (Vec<&Event>, Vec<&Event>) =
            of_series.partition(|event| event.recurrence_id.is_some());
        let overrides = Overrides::new(&overrides, zones);
        for one in overrides.by_key.values() {
            work.add(one, one.recurrence_id.clone(), one.start.clone());
        }
        for master in masters {
            work.add_series(&Arc::new(master.clone()), &overrides);
        }
    }
    work.found.sort_by_key(|one| (one.starts_at, one.ends_at));
    Expansion {
        instances: work.found,
        is_complete: work.is_complete,
    }
}

/// Events that stand for single instances, by the moment of the instance they replace.
struct Overrides {
    by_key: BTreeMap<DateTime<Utc>, Arc<Event>>,
    /// Those that also stand for what follows.
    following: BTreeMap<DateTime<Utc>, (Arc<Event>, TimeDelta)>,
}

impl Overrides {
    fn new(overrides: &[&Event], zones: &Zones) -> Self {
        let (mut by_key, mut following) = (BTreeMap::new(), BTreeMap::new());
        for event in overrides {
            let Some(id) = &event.recurrence_id else {
                continue;
            };
            let shared = Arc::new((*event).clone());
            if event.is_this_and_future {
                following.insert(
                    zones.moment(id),
                    (Arc::clone(&shared), event.start.local() - id.local()),
                );
            }
            by_key.insert(zones.moment(id), shared);
        }
        Self { by_key, following }
    }

    /// How far instances may be moved, and how long they may last.
    fn reach(&self, zones: &Zones) -> TimeDelta {
        let reach = |(event, shift): &(Arc<Event>, TimeDelta)| shift.abs() + event.lasts(zones);
        self.following.values().map(reach).max().unwrap_or_default()
    }
}

struct Work<'a> {
    zones: &'a Zones,
    window: Window,
    limits: Limits,
    steps: u32,
    found: Vec<Instance>,
    is_complete: bool,
}

impl Work<'_> {
    fn add(&mut self, event: &Arc<Event>, recurrence_id: Option<When>, start: When) {
        let (end, starts_at, ends_at) = event.end_of(&start, self.zones);
        if !self.window.overlaps(starts_at, ends_at) {
            return;
        }
        if self.found.len() >= self.limits.instances {
            self.is_complete = false;
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
        if !master.recurs() {
            // An override of what does not recur stands beside it, as servers do it.
            if !overrides
                .by_key
                .contains_key(&self.zones.moment(&master.start))
            {
                self.add(master, None, master.start.clone());
            }
            return;
        }
        let reach = overrides.reach(self.zones).max(master.lasts(self.zones)) + TimeDelta::days(2);
        let around = |at: DateTime<Utc>, by: TimeDelta| at.checked_add_signed(by).unwrap_or(at);
        let wide = Window::new(
            around(self.window.start, -reach),
            around(self.window.end, reach),
        );
        let occurrences = self.occurrences(master, wide);
        for (key, id) in occurrences {
            if overrides.by_key.contains_key(&key) {
                continue;
            }
            match overrides.following.range(..=key).next_back() {
                Some((_, (event, shift))) => {
                    let local = id.local().checked_add_signed(*shift).unwrap_or(id.local());
                    self.add(event, Some(id), event.start.at(local));
                }
                None => self.add(master, Some(id.clone()), id),
            }
        }
    }

    /// The occurrences of a series by their moment, without those that are excluded.
    fn occurrences(&mut self, master: &Event, window: Window) -> BTreeMap<DateTime<Utc>, When> {
        let excluded = exclusions(master, self.zones);
        let mut all = BTreeMap::new();
        let dates = std::iter::once(&master.start).chain(&master.recurrence_dates);
        for date in dates {
            let at = self.zones.moment(date);
            if at < window.end && at >= window.start {
                all.insert(at, date.clone());
            }
        }
        for rule in &master.rules {
            if !rule.other.is_empty() {
                self.is_complete = false;
                continue;
            }
            let mut walk = Walk::new(rule, master.start.local(), self.steps);
            let mut left = None;
            if let Some(RuleEnd::Count(count)) = rule.end {
                left = Some(count);
            } else {
                walk.skip_to(window.start.naive_utc() - TimeDelta::days(1));
            }
            // The start counts, even if the rule does not name it (RFC 5545, section 3.8.5.3).
            let mut is_start_due = left.is_some();
            for local in walk.by_ref() {
                if std::mem::take(&mut is_start_due) && local != master.start.local() {
                    left = left.map(|left| left.saturating_sub(1));
                }
                if left == Some(0) || is_after_end(rule.end, master, local, self.zones) {
                    break;
                }
                left = left.map(|left| left - 1);
                let when = master.start.at(local);
                let at = self.zones.moment(&when);
                // Where clocks change, moments may be out of order by some hours.
                if at >= window.end {
                    break;
                }
                if at >= window.start {
                    all.insert(at, when);
                }
                if all.len() > self.limits.instances {
                    self.is_complete = false;
                    break;
                }
            }
            self.is_complete &= !walk.is_exhausted();
            self.steps = walk.steps();
        }
        all.retain(|at, when| !excluded.covers(*at, when));
        all
    }
}

fn is_after_end(end: Option<RuleEnd>, master: &Event, local: NaiveDateTime, zones: &Zones) -> bool {
    match end {
        None | Some(RuleEnd::Count(_)) => false,
        Some(RuleEnd::UntilUtc(end)) => match &master.start {
            When::Date(_) | When::Floating(_) => local > end.naive_utc(),
            start => zones.moment(&start.at(local)) > end,
        },
        Some(RuleEnd::UntilLocal(end)) => local > end,
        Some(RuleEnd::UntilDate(end)) => local.date() > end,
    }
}

/// What `EXDATE` takes out of a series.
struct Exclusions {
    moments: HashSet<DateTime<Utc>>,
    days: HashSet<NaiveDate>,
}

impl Exclusions {
    fn covers(&self, at: DateTime<Utc>, when: &When) -> bool {
        self.moments.contains(&at) || self.days.contains(&when.local().date())
    }
}

fn exclusions(master: &Event, zones: &Zones) -> Exclusions {
    let (mut moments, mut days) = (HashSet::new(), HashSet::new());
    for excluded in &master.excluded_dates {
        // A day excludes what happens that day; and of all-day events, whatever the form, the day is meant.
        if excluded.is_date() || master.start.is_date() {
            days.insert(excluded.local().date());
        } else {
            moments.insert(zones.moment(excluded));
        }
    }
    Exclusions { moments, days }
}

/// How many occurrences a rule has before a moment; `None` if that is too much work to find out.
pub(crate) fn occurrences_before(
    master: &Event,
    rule: &super::RecurrenceRule,
    moment: DateTime<Utc>,
    zones: &Zones,
) -> Option<u32> {
    let start = master.start.local();
    let mut walk = Walk::new(rule, start, Limits::default().steps);
    let (mut count, mut is_first) = (0_u32, true);
    for local in walk.by_ref() {
        // As above, the start counts.
        if std::mem::take(&mut is_first) && local != start {
            count += 1;
        }
        if zones.moment(&master.start.at(local)) >= moment {
            break;
        }
        count += 1;
    }
    (!walk.is_exhausted()).then_some(count)
}
