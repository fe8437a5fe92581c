//! A recurrence rule (RFC 5545, section 3.3.10).

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc, Weekday};

/// The unit of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// `SECONDLY`
    Secondly,
    /// `MINUTELY`
    Minutely,
    /// `HOURLY`
    Hourly,
    /// `DAILY`
    Daily,
    /// `WEEKLY`
    Weekly,
    /// `MONTHLY`
    Monthly,
    /// `YEARLY`
    Yearly,
}

/// When a series ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleEnd {
    /// After so many occurrences.
    Count(u32),
    /// With the last occurrence at or before this moment.
    UntilUtc(DateTime<Utc>),
    /// With the last occurrence at or before this reading of the clock.
    UntilLocal(NaiveDateTime),
    /// With the last occurrence on or before this day.
    UntilDate(NaiveDate),
}

/// A day of the week, perhaps only one of those in the month or year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NthWeekday {
    /// Which: the second is 2, the last -1; every one if absent.
    pub nth: Option<i8>,
    /// The day.
    pub weekday: Weekday,
}

/// A recurrence rule. Its text form is that of the standard: see `FromStr` and `Display`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecurrenceRule {
    /// The unit.
    pub frequency: Frequency,
    /// Every so many units; at least 1.
    pub interval: u32,
    /// The end; none for a series without one.
    pub end: Option<RuleEnd>,
    /// Seconds, 0 to 59.
    pub by_second: Vec<u8>,
    /// Minutes, 0 to 59.
    pub by_minute: Vec<u8>,
    /// Hours, 0 to 23.
    pub by_hour: Vec<u8>,
    /// Days of the week.
    pub by_day: Vec<NthWeekday>,
    /// Days of the month, from the end if negative.
    pub by_month_day: Vec<i8>,
    /// Days of the year, from the end if negative.
    pub by_year_day: Vec<i16>,
    /// Weeks of the year, from the end if negative.
    pub by_week: Vec<i8>,
    /// Months, 1 to 12.
    pub by_month: Vec<u8>,
    /// Which of the occurrences of one unit count, from the end if negative.
    pub by_position: Vec<i16>,
    /// The day weeks begin with.
    pub week_start: Weekday,
    /// Parts that are not understood, such as `RSCALE`. A rule with such a part is not expanded beyond its start.
    pub other: Vec<(String, String)>,
}

impl RecurrenceRule {
    /// A rule that repeats every unit, without an end.
    #[must_use]
    pub fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            end: None,
            by_second: Vec::new(),
            by_minute: Vec::new(),
            by_hour: Vec::new(),
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_year_day: Vec::new(),
            by_week: Vec::new(),
            by_month: Vec::new(),
            by_position: Vec::new(),
            week_start: Weekday::Mon,
            other: Vec::new(),
        }
    }

    /// Every so many units.
    #[must_use]
    pub fn interval(mut self, interval: u32) -> Self {
        self.interval = interval.max(1);
        self
    }

    /// Only so many occurrences; at least one.
    #[must_use]
    pub fn count(mut self, count: u32) -> Self {
        self.end = Some(RuleEnd::Count(count.max(1)));
        self
    }

    /// The last occurrence is at or before this.
    #[must_use]
    pub fn until(mut self, end: DateTime<Utc>) -> Self {
        self.end = Some(RuleEnd::UntilUtc(end));
        self
    }

    /// Only on these days of the week.
    #[must_use]
    pub fn on(mut self, days: impl IntoIterator<Item = Weekday>) -> Self {
        self.by_day = days
            .into_iter()
            .map(|weekday| NthWeekday { nth: None, weekday })
            .collect();
        self
    }

    /// Only on one of the days of the week in a month or year, such as the last Friday.
    #[must_use]
    pub fn on_the(mut self, nth: i8, weekday: Weekday) -> Self {
        self.by_day = vec![NthWeekday {
            nth: Some(nth),
            weekday,
        }];
        self
    }
}
