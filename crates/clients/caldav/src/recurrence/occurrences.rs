//! The dates of a series: its start, its rules and further dates, without those that are excluded.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use super::{RecurrenceRule, RuleEnd, Walk, Window, Zones};
use crate::event::{Event, end_of_period};
use crate::format::{Period, When};

/// One date of a series.
pub(super) struct Occurrence {
    pub(super) id: When,
    /// Its own length, if it has one.
    pub(super) period: Option<Period>,
}

/// How much work is left.
pub(super) struct Occurrences<'a> {
    pub(super) zones: &'a Zones,
    pub(super) window: Window,
    /// At most so many.
    pub(super) limit: usize,
    pub(super) steps: u32,
    /// Something was left out for want of steps or room.
    pub(super) is_cut: bool,
}

impl Occurrences<'_> {
    /// The occurrences within the window by their moments.
    pub(super) fn of(&mut self, master: &Event) -> BTreeMap<DateTime<Utc>, Occurrence> {
        let mut all = BTreeMap::new();
        let Some(start) = &master.start else {
            return all;
        };
        let periods = master.recurrence_periods.iter();
        let periods = periods.map(|period| (&period.start, Some(period)));
        let dates = std::iter::once(start).chain(&master.recurrence_dates);
        for (date, period) in dates.map(|date| (date, None)).chain(periods) {
            let at = self.zones.moment(date);
            if at < self.window.end && at >= self.window.start {
                let (id, period) = (date.clone(), period.cloned());
                all.insert(at, Occurrence { id, period });
            }
        }
        for rule in known(&master.rules) {
            let limit = self.limit;
            let is_full = self.walk(rule, start, true, |at, id| {
                all.entry(at).or_insert(Occurrence { id, period: None });
                all.len() <= limit
            });
            self.is_cut |= is_full;
        }
        let mut excluded = exclusions(master, self.zones);
        for rule in known(&master.excluded_rules) {
            // No more of them matter than there are occurrences, but those may lie between many others.
            let is_full = self.walk(rule, start, false, |at, _| {
                if all.contains_key(&at) {
                    excluded.moments.insert(at);
                }
                true
            });
            self.is_cut |= is_full;
        }
        all.retain(|at, one| !excluded.covers(*at, &one.id));
        all
    }

    /// Hands out the occurrences of a rule within the window until it is told to stop, and tells whether it was.
    fn walk(
        &mut self,
        rule: &RecurrenceRule,
        start: &When,
        is_start_counted: bool,
        mut take: impl FnMut(DateTime<Utc>, When) -> bool,
    ) -> bool {
        let mut walk = Walk::new(rule, start.local(), self.steps);
        let mut left = None;
        if let Some(RuleEnd::Count(count)) = rule.end {
            left = Some(count);
        } else {
            walk.skip_to(self.window.start.naive_utc() - TimeDelta::days(1));
        }
        // The start counts, even if the rule does not name it (RFC 5545, section 3.8.5.3).
        let mut is_start_due = is_start_counted && left.is_some();
        let mut is_stopped = false;
        for local in walk.by_ref() {
            if std::mem::take(&mut is_start_due) && local != start.local() {
                left = left.map(|left| left.saturating_sub(1));
            }
            if left == Some(0) || is_after_end(rule.end, start, local, self.zones) {
                break;
            }
            left = left.map(|left| left - 1);
            let when = start.at(local);
            let at = self.zones.moment(&when);
            // Where clocks change, moments may be out of order by some hours.
            if at >= self.window.end {
                break;
            }
            if at >= self.window.start && !take(at, when) {
                is_stopped = true;
                break;
            }
        }
        self.is_cut |= walk.is_exhausted();
        self.steps = walk.steps();
        is_stopped
    }
}

fn known(rules: &[RecurrenceRule]) -> impl Iterator<Item = &RecurrenceRule> {
    rules.iter().filter(|rule| rule.other.is_empty())
}

fn is_after_end(end: Option<RuleEnd>, start: &When, local: NaiveDateTime, zones: &Zones) -> bool {
    match end {
        None | Some(RuleEnd::Count(_)) => false,
        Some(RuleEnd::UntilUtc(end)) => match start {
            When::Date(_) | When::Floating(_) => local > end.naive_utc(),
            start => zones.moment(&start.at(local)) > end,
        },
        Some(RuleEnd::UntilLocal(end)) => local > end,
        Some(RuleEnd::UntilDate(end)) => local.date() > end,
    }
}

/// The longest that an instance of a series lasts, those of overrides left aside.
pub(super) fn longest(master: &Event, zones: &Zones) -> TimeDelta {
    let periods = master.recurrence_periods.iter().map(|period| {
        let (_, starts_at, ends_at) = end_of_period(period, zones);
        ends_at - starts_at
    });
    periods.fold(master.lasts(zones), TimeDelta::max)
}

/// What `EXDATE` takes out of a series.
pub(super) struct Exclusions {
    moments: HashSet<DateTime<Utc>>,
    days: HashSet<NaiveDate>,
}

impl Exclusions {
    pub(super) fn covers(&self, at: DateTime<Utc>, when: &When) -> bool {
        self.moments.contains(&at) || self.days.contains(&when.local().date())
    }
}

pub(super) fn exclusions(master: &Event, zones: &Zones) -> Exclusions {
    let (mut moments, mut days) = (HashSet::new(), HashSet::new());
    let is_day = master.start.as_ref().is_some_and(When::is_date);
    for excluded in &master.excluded_dates {
        // A day excludes what happens that day; and of all-day events, whatever the form, the day is meant.
        if excluded.is_date() || is_day {
            days.insert(excluded.local().date());
        } else {
            moments.insert(identified(excluded, Some(master), zones));
        }
    }
    Exclusions { moments, days }
}

/// The moment of what names an instance. It should be in the form of the start of the series (RFC 5545,
/// section 3.8.4.4); where it names no zone, that of the series is meant.
pub(super) fn identified(id: &When, master: Option<&Event>, zones: &Zones) -> DateTime<Utc> {
    let start = master.and_then(|master| master.start.as_ref());
    match (id, start) {
        (When::Floating(local), Some(start @ When::Zoned { .. })) => {
            zones.moment(&start.at(*local))
        }
        _ => zones.moment(id),
    }
}
