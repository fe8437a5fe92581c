//! Zones that a calendar defines itself (VTIMEZONE, RFC 5545, section 3.6.5).

use chrono::{DateTime, NaiveDateTime, TimeDelta};

use super::Walk;
use super::rule::{RecurrenceRule, RuleEnd};
use crate::format::{RawComponent, When};

/// Definitions with more observances are cut: no zone has changed its clocks that often.
const MAX_OBSERVANCES: usize = 400;
const MAX_DATES: usize = 1000;
const STEPS: u32 = 20_000;
/// A change of the clocks is at most this long ago where they change every year.
const TWO_YEARS: i64 = 800;

/// One `STANDARD` or `DAYLIGHT`.
#[derive(Clone, Debug)]
pub(super) struct Observance {
    start: NaiveDateTime,
    /// Seconds east of UTC before and after.
    from: i32,
    to: i32,
    rule: Option<RecurrenceRule>,
    dates: Vec<NaiveDateTime>,
}

impl Observance {
    /// Those of a definition, whichever can be understood.
    pub(super) fn all_of(zone: &RawComponent) -> Vec<Self> {
        let parts = zone
            .children()
            .iter()
            .filter(|part| part.is("STANDARD") || part.is("DAYLIGHT"));
        parts.take(MAX_OBSERVANCES).filter_map(Self::read).collect()
    }

    fn read(part: &RawComponent) -> Option<Self> {
        Some(Self {
            start: When::of(part.property("DTSTART")?)?.local(),
            from: offset(part.value("TZOFFSETFROM")?)?,
            to: offset(part.value("TZOFFSETTO")?)?,
            rule: part.value("RRULE").and_then(|text| text.parse().ok()),
            dates: part
                .properties_named("RDATE")
                .flat_map(When::list)
                .take(MAX_DATES)
                .map(|when| when.local())
                .collect(),
        })
    }

    /// The last time at or before this one that the clocks were set so. In a gap the old offset still counts, and of
    /// a doubled hour the first is meant (RFC 5545, section 3.3.5): hence times are measured against the end of the gap.
    fn last_onset(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let gap = TimeDelta::try_seconds(i64::from((self.to - self.from).max(0)))?;
        let limit = local.checked_sub_signed(gap)?;
        let fixed = std::iter::once(self.start)
            .chain(self.dates.iter().copied())
            .filter(|onset| *onset <= limit)
            .max();
        let by_rule = self
            .rule
            .as_ref()
            .filter(|_| self.start <= limit)
            .and_then(|rule| self.by_rule(rule, limit));
        fixed
            .max(by_rule)
            .and_then(|onset| onset.checked_add_signed(gap))
    }

    fn by_rule(&self, rule: &RecurrenceRule, limit: NaiveDateTime) -> Option<NaiveDateTime> {
        let before = limit.checked_sub_signed(TimeDelta::try_days(TWO_YEARS)?)?;
        let is_counted = matches!(rule.end, Some(RuleEnd::Count(_)));
        let late = (!is_counted)
            .then(|| self.walk(rule, Some(before), limit))
            .flatten();
        late.or_else(|| self.walk(rule, None, limit))
    }

    fn walk(
        &self,
        rule: &RecurrenceRule,
        from: Option<NaiveDateTime>,
        limit: NaiveDateTime,
    ) -> Option<NaiveDateTime> {
        let mut walk = Walk::new(rule, self.start, STEPS);
        if let Some(from) = from {
            walk.skip_to(from);
        }
        let count = match rule.end {
            Some(RuleEnd::Count(count)) => usize::try_from(count).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let is_before_end = |onset: &NaiveDateTime| match rule.end {
            Some(RuleEnd::UntilUtc(end)) => {
                *onset - TimeDelta::seconds(i64::from(self.from)) <= end.naive_utc()
            }
            Some(RuleEnd::UntilLocal(end)) => *onset <= end,
            Some(RuleEnd::UntilDate(end)) => onset.date() <= end,
            _ => true,
        };
        walk.take(count)
            .take_while(|onset| *onset <= limit && is_before_end(onset))
            .last()
    }
}

/// Seconds east of UTC at a reading of the clock.
pub(super) fn offset_at(observances: &[Observance], local: NaiveDateTime) -> i32 {
    let latest = observances
        .iter()
        .filter_map(|one| Some((one.last_onset(local)?, one.to)))
        .max_by_key(|(onset, _)| *onset);
    let first = || {
        observances
            .iter()
            .min_by_key(|one| one.start)
            .map_or(0, |one| one.from)
    };
    latest.map_or_else(first, |(_, to)| to)
}

/// `+0530`, `-080000`; some write colons.
fn offset(text: &str) -> Option<i32> {
    let text = &text.replace(':', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| {
        digits
            .get(from..from + 2)
            .map_or(Some(0), |text| text.parse::<i32>().ok())
    };
    let seconds = part(0)? * 3600 + part(2)? * 60 + part(4)?;
    (seconds < 86_400).then_some(sign * seconds)
}

/// The moment of a reading of the clock at an offset.
pub(super) fn moment(local: NaiveDateTime, offset: i32) -> DateTime<chrono::Utc> {
    let utc =
        TimeDelta::try_seconds(i64::from(offset)).and_then(|delta| local.checked_sub_signed(delta));
    utc.unwrap_or(local).and_utc()
}
