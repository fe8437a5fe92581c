//! Walks the occurrences of a rule, one after the other, in local time.
//!
//! Nothing is collected: the days and times of a unit are found by counting, so that a year of seconds costs no
//! memory. Every look at a day or a time costs one step, and steps are limited.

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};

use super::days::{DayFilter, days_in_month, days_in_year};
use super::rule::{Frequency, RecurrenceRule};

/// Nothing recurs beyond this year.
const LAST_YEAR: i32 = 2500;

/// An iterator over the occurrences of a rule from its start, in order. Ends are not looked at: COUNT and UNTIL are
/// for the caller, who knows the zone.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    frequency: Frequency,
    interval: i64,
    start: NaiveDateTime,
    filter: DayFilter,
    hours: Vec<u8>,
    minutes: Vec<u8>,
    seconds: Vec<u8>,
    positions: Vec<i16>,
    week_offset: i64,
    /// The number of the unit to look at next.
    unit: i64,
    /// What is left of the unit at hand, last first.
    pending: Pending,
    steps: u32,
    is_exhausted: bool,
}

#[derive(Clone, Debug)]
enum Pending {
    Nothing,
    /// Days still to look at, and the number of the next time on the first of them.
    Days {
        days: std::vec::IntoIter<NaiveDate>,
        day: Option<NaiveDate>,
        time: usize,
    },
    /// Days and positions in the product of days and times.
    Positions {
        days: Vec<NaiveDate>,
        at: std::vec::IntoIter<usize>,
    },
}

impl Walk {
    /// A walk of at most so many steps.
    pub(crate) fn new(rule: &RecurrenceRule, start: NaiveDateTime, steps: u32) -> Self {
        let implied = |list: &[u8], is_implied: bool, value: u32| match list {
            [] if is_implied => vec![u8::try_from(value).unwrap_or_default()],
            list => sorted(list),
        };
        let frequency = rule.frequency;
        Self {
            frequency,
            interval: i64::from(rule.interval.max(1)),
            start,
            filter: DayFilter::new(rule, start),
            hours: implied(&rule.by_hour, frequency > Frequency::Hourly, start.hour()),
            minutes: implied(
                &rule.by_minute,
                frequency > Frequency::Minutely,
                start.minute(),
            ),
            seconds: implied(
                &rule.by_second,
                frequency > Frequency::Secondly,
                start.second(),
            ),
            positions: rule.by_position.clone(),
            week_offset: i64::from(start.weekday().days_since(rule.week_start)),
            unit: 0,
            pending: Pending::Nothing,
            steps,
            is_exhausted: false,
        }
    }

    /// Whether the walk ended for want of steps.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// Steps that are left.
    pub(crate) fn steps(&self) -> u32 {
        self.steps
    }

    /// Skips the units that end before this time. Only where the number of occurrences does not matter.
    pub(crate) fn skip_to(&mut self, time: NaiveDateTime) {
        let distance = match self.frequency {
            Frequency::Yearly => i64::from(time.year()) - i64::from(self.start.year()),
            Frequency::Monthly => months(time) - months(self.start),
            Frequency::Weekly => (time - self.start).num_days() / 7,
            Frequency::Daily => (time - self.start).num_days(),
            Frequency::Hourly => (time - self.start).num_hours(),
            Frequency::Minutely => (time - self.start).num_minutes(),
            Frequency::Secondly => (time - self.start).num_seconds(),
        };
        // One unit earlier, as the first may be only half behind us.
        self.unit = self.unit.max(distance / self.interval - 1);
    }

    fn step(&mut self) -> bool {
        match self.steps.checked_sub(1) {
            Some(left) => self.steps = left,
            None => self.is_exhausted = true,
        }
        !self.is_exhausted
    }

    /// Prepares the next unit; false at the end of time.
    fn next_unit(&mut self) -> bool {
        let unit = self.unit;
        self.unit += 1;
        let Some(distance) = unit.checked_mul(self.interval) else {
            return false;
        };
        if self.frequency < Frequency::Daily {
            return self.next_time_unit(distance);
        }
        let Some((first, length)) = self
            .days_of_unit(distance)
            .filter(|(first, _)| first.year() <= LAST_YEAR)
        else {
            return false;
        };
        let days =
            (0..u64::from(length)).filter_map(|offset| first.checked_add_days(Days::new(offset)));
        let days: Vec<NaiveDate> = days.filter(|day| self.filter.allows(*day)).collect();
        // A look at a day costs something even if it is the wrong one.
        self.steps = self.steps.saturating_sub(length / 8);
        if self.positions.is_empty() {
            let mut days = days.into_iter();
            let day = days.next();
            self.pending = Pending::Days { days, day, time: 0 };
        } else {
            let total = days.len().saturating_mul(self.times());
            let mut at: Vec<usize> = self
                .positions
                .iter()
                .filter_map(|wanted| position(*wanted, total))
                .collect();
            at.sort_unstable();
            at.dedup();
            self.pending = Pending::Positions {
                days,
                at: at.into_iter(),
            };
        }
        true
    }

    fn days_of_unit(&self, distance: i64) -> Option<(NaiveDate, u32)> {
        let start = self.start.date();
        match self.frequency {
            Frequency::Yearly => {
                let year = i32::try_from(i64::from(start.year()).checked_add(distance)?).ok()?;
                Some((NaiveDate::from_ymd_opt(year, 1, 1)?, days_in_year(year)))
            }
            Frequency::Monthly => {
                let month = months(self.start).checked_add(distance)?;
                let year = i32::try_from(month.div_euclid(12)).ok()?;
                let first = NaiveDate::from_ymd_opt(
                    year,
                    u32::try_from(month.rem_euclid(12)).ok()? + 1,
                    1,
                )?;
                Some((first, days_in_month(first)))
            }
            Frequency::Weekly => {
                let offset = distance.checked_mul(7)?.checked_sub(self.week_offset)?;
                Some((start.checked_add_signed(TimeDelta::try_days(offset)?)?, 7))
            }
            _ => Some((start.checked_add_signed(TimeDelta::try_days(distance)?)?, 1)),
        }
    }

    /// Hours, minutes and seconds are units of one time, or of a few below it.
    fn next_time_unit(&mut self, distance: i64) -> bool {
        let seconds = match self.frequency {
            Frequency::Hourly => 3600,
            Frequency::Minutely => 60,
            _ => 1,
        };
        let at = distance
            .checked_mul(seconds)
            .and_then(TimeDelta::try_seconds)
            .and_then(|delta| self.start.checked_add_signed(delta));
        let Some(at) = at.filter(|at| at.year() <= LAST_YEAR) else {
            return false;
        };
        self.pending = Pending::Nothing;
        let date = at.date();
        if !self.filter.allows(date) {
            // On to the next day at once: otherwise a rule for one day of the year costs its seconds.
            let midnight = date
                .checked_add_days(Days::new(1))
                .map(|day| day.and_time(NaiveTime::MIN));
            let ahead = midnight.map_or(0, |midnight| (midnight - self.start).num_seconds());
            self.unit = self
                .unit
                .max(ahead.div_euclid(seconds.saturating_mul(self.interval)));
            return true;
        }
        let is_wanted = |list: &[u8], value: u32| {
            list.is_empty() || list.iter().any(|one| u32::from(*one) == value)
        };
        let is_in = is_wanted(&self.hours, at.hour())
            && (self.frequency == Frequency::Hourly || is_wanted(&self.minutes, at.minute()))
            && (self.frequency != Frequency::Secondly || is_wanted(&self.seconds, at.second()));
        if !is_in {
            return true;
        }
        let minutes = if self.frequency == Frequency::Hourly {
            self.minutes.clone()
        } else {
            vec![small(at.minute())]
        };
        let seconds = if self.frequency == Frequency::Secondly {
            vec![small(at.second())]
        } else {
            self.seconds.clone()
        };
        let total = minutes.len() * seconds.len();
        let chosen: Vec<usize> = if self.positions.is_empty() {
            (0..total).collect()
        } else {
            let mut chosen: Vec<usize> = self
                .positions
                .iter()
                .filter_map(|wanted| position(*wanted, total))
                .collect();
            chosen.sort_unstable();
            chosen.dedup();
            chosen
        };
        // At most 3600: the positions within one hour, as numbers of its seconds.
        let hour = usize::try_from(at.hour()).unwrap_or_default() * 3600;
        let places = chosen.into_iter().filter_map(|place| {
            let minute = minutes.get(place / seconds.len().max(1))?;
            let second = seconds.get(place % seconds.len().max(1))?;
            Some(hour + usize::from(*minute) * 60 + usize::from(*second))
        });
        self.pending = Pending::Positions {
            days: vec![date],
            at: places.collect::<Vec<_>>().into_iter(),
        };
        true
    }

    fn times(&self) -> usize {
        self.hours.len() * self.minutes.len() * self.seconds.len()
    }

    fn time(&self, number: usize) -> Option<NaiveTime> {
        let per_minute = self.seconds.len().max(1);
        let per_hour = per_minute * self.minutes.len().max(1);
        let hour = self.hours.get(number / per_hour)?;
        let minute = self.minutes.get(number % per_hour / per_minute)?;
        let second = self.seconds.get(number % per_minute)?;
        NaiveTime::from_hms_opt(u32::from(*hour), u32::from(*minute), u32::from(*second))
    }

    /// The next of what is left of the unit at hand.
    fn take(&mut self) -> Option<NaiveDateTime> {
        let is_sub_daily = self.frequency < Frequency::Daily;
        let mut pending = std::mem::replace(&mut self.pending, Pending::Nothing);
        let found = match &mut pending {
            Pending::Nothing => None,
            Pending::Days { days, day, time } => loop {
                let Some(date) = *day else { break None };
                if let Some(clock) = self.time(*time) {
                    *time += 1;
                    break Some(date.and_time(clock));
                }
                *day = days.next();
                *time = 0;
            },
            Pending::Positions { days, at } => at.next().and_then(|place| {
                if is_sub_daily {
                    let seconds = u32::try_from(place).ok()?;
                    return Some(
                        days.first()?
                            .and_time(NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0)?),
                    );
                }
                let times = self.times().max(1);
                Some(days.get(place / times)?.and_time(self.time(place % times)?))
            }),
        };
        self.pending = pending;
        found
    }
}

impl Iterator for Walk {
    type Item = NaiveDateTime;

    fn next(&mut self) -> Option<NaiveDateTime> {
        loop {
            if !self.step() {
                return None;
            }
            match self.take() {
                Some(time) if time >= self.start => return Some(time),
                Some(_) => {}
                None if self.next_unit() => {}
                None => return None,
            }
        }
    }
}

fn position(wanted: i16, total: usize) -> Option<usize> {
    let size = usize::from(wanted.unsigned_abs());
    if wanted > 0 {
        size.checked_sub(1)
    } else {
        total.checked_sub(size)
    }
    .filter(|at| *at < total)
}

fn months(time: NaiveDateTime) -> i64 {
    i64::from(time.year()) * 12 + i64::from(time.month0())
}

fn small(value: u32) -> u8 {
    u8::try_from(value).unwrap_or_default()
}

fn sorted(list: &[u8]) -> Vec<u8> {
    let mut list = list.to_vec();
    list.sort_unstable();
    list.dedup();
    list
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
