//! Which days of a unit a rule means (the table in RFC 5545, section 3.3.10).

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, Weekday};

use super::rule::{Frequency, NthWeekday, RecurrenceRule};

/// The parts of a rule that select days, with those the start implies.
#[derive(Clone, Debug)]
pub(super) struct DayFilter {
    frequency: Frequency,
    by_day: Vec<NthWeekday>,
    by_month_day: Vec<i8>,
    by_year_day: Vec<i16>,
    by_week: Vec<i8>,
    by_month: Vec<u8>,
    week_start: Weekday,
}

impl DayFilter {
    pub(super) fn new(rule: &RecurrenceRule, start: NaiveDateTime) -> Self {
        let mut filter = Self {
            frequency: rule.frequency,
            by_day: rule.by_day.clone(),
            by_month_day: rule.by_month_day.clone(),
            by_year_day: rule.by_year_day.clone(),
            by_week: rule.by_week.clone(),
            by_month: rule.by_month.clone(),
            week_start: rule.week_start,
        };
        let names_no_day = rule.by_day.is_empty()
            && rule.by_month_day.is_empty()
            && rule.by_year_day.is_empty()
            && rule.by_week.is_empty();
        let weekday = NthWeekday {
            nth: None,
            weekday: start.weekday(),
        };
        let day = i8::try_from(start.day()).unwrap_or(1);
        match rule.frequency {
            Frequency::Yearly if names_no_day => {
                if filter.by_month.is_empty() {
                    filter
                        .by_month
                        .push(u8::try_from(start.month()).unwrap_or(1));
                }
                filter.by_month_day.push(day);
            }
            Frequency::Yearly if !rule.by_week.is_empty() && names_only_weeks(rule) => {
                filter.by_day.push(weekday);
            }
            Frequency::Monthly if names_no_day => filter.by_month_day.push(day),
            Frequency::Weekly if names_no_day => filter.by_day.push(weekday),
            _ => {}
        }
        filter
    }

    pub(super) fn allows_month(&self, date: NaiveDate) -> bool {
        self.by_month.is_empty()
            || self
                .by_month
                .iter()
                .any(|month| u32::from(*month) == date.month())
    }

    pub(super) fn allows(&self, date: NaiveDate) -> bool {
        self.allows_month(date)
            && (self.by_week.is_empty() || self.is_in_week(date))
            && (self.by_day.is_empty() || self.by_day.iter().any(|day| self.is_weekday(*day, date)))
            && (self.by_month_day.is_empty() || self.is_month_day(date))
            && (self.by_year_day.is_empty() || self.is_year_day(date))
    }

    fn is_weekday(&self, wanted: NthWeekday, date: NaiveDate) -> bool {
        if wanted.weekday != date.weekday() {
            return false;
        }
        let Some(nth) = wanted.nth.map(i64::from) else {
            return true;
        };
        // Within the month if the rule speaks of months, else within the year; numbers have no meaning in others.
        let (position, length) = match self.frequency {
            Frequency::Monthly => (date.day(), days_in_month(date)),
            Frequency::Yearly if !self.by_month.is_empty() => (date.day(), days_in_month(date)),
            Frequency::Yearly if self.by_week.is_empty() => {
                (date.ordinal(), days_in_year(date.year()))
            }
            _ => return true,
        };
        let (position, length) = (i64::from(position), i64::from(length));
        if nth > 0 {
            (position - 1) / 7 + 1 == nth
        } else {
            (length - position) / 7 + 1 == -nth
        }
    }

    fn is_month_day(&self, date: NaiveDate) -> bool {
        let (day, length) = (i64::from(date.day()), i64::from(days_in_month(date)));
        self.by_month_day
            .iter()
            .any(|wanted| matches_position(i64::from(*wanted), day, length))
    }

    fn is_year_day(&self, date: NaiveDate) -> bool {
        let (day, length) = (
            i64::from(date.ordinal()),
            i64::from(days_in_year(date.year())),
        );
        self.by_year_day
            .iter()
            .any(|wanted| matches_position(i64::from(*wanted), day, length))
    }

    /// Weeks as in ISO 8601, but with another first day: the first week is the first with four days in the year. A
    /// day at either end of a year may be in a week of the other; only those of this year's own weeks count here.
    fn is_in_week(&self, date: NaiveDate) -> bool {
        let Some(first) = first_week(date.year(), self.week_start) else {
            return false;
        };
        let Some(next) = first_week(date.year() + 1, self.week_start) else {
            return false;
        };
        let weeks = (next - first).num_days() / 7;
        let week = (date - first).num_days().div_euclid(7) + 1;
        if (1..=weeks).contains(&week) {
            return self
                .by_week
                .iter()
                .any(|wanted| matches_position(i64::from(*wanted), week, weeks));
        }
        if week > weeks {
            // The first week of the next year has begun.
            return self.by_week.contains(&1);
        }
        // Still the last week of the year before.
        let Some(before) = first_week(date.year() - 1, self.week_start) else {
            return false;
        };
        let weeks = (first - before).num_days() / 7;
        self.by_week
            .iter()
            .any(|wanted| matches_position(i64::from(*wanted), weeks, weeks))
    }
}

fn names_only_weeks(rule: &RecurrenceRule) -> bool {
    rule.by_day.is_empty() && rule.by_month_day.is_empty() && rule.by_year_day.is_empty()
}

fn matches_position(wanted: i64, position: i64, length: i64) -> bool {
    if wanted > 0 {
        wanted == position
    } else {
        length + wanted + 1 == position
    }
}

fn first_week(year: i32, week_start: Weekday) -> Option<NaiveDate> {
    let fourth = NaiveDate::from_ymd_opt(year, 1, 4)?;
    fourth.checked_sub_days(Days::new(u64::from(
        fourth.weekday().days_since(week_start),
    )))
}

pub(super) fn days_in_month(date: NaiveDate) -> u32 {
    match date.month() {
        2 if is_leap(date.year()) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(super) fn days_in_year(year: i32) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

fn is_leap(year: i32) -> bool {
    NaiveDate::from_ymd_opt(year, 2, 29).is_some()
}
