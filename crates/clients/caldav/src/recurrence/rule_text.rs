//! The text form of a recurrence rule.

use std::fmt;
use std::str::FromStr;

use chrono::Weekday;

use super::rule::{Frequency, NthWeekday, RecurrenceRule, RuleEnd};
use crate::format::{FormatError, When, utc_text};

/// Lists longer than every possible value are refused.
const MAX_LIST: usize = 800;
const INVALID: FormatError = FormatError::Property("RRULE");

impl FromStr for RecurrenceRule {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let mut frequency = None;
        let mut rule = Self::every(Frequency::Daily);
        for part in text
            .trim()
            .split(';')
            .filter(|part| !part.trim().is_empty())
        {
            let (name, value) = part.split_once('=').ok_or(INVALID)?;
            let (name, value) = (name.trim().to_ascii_uppercase(), value.trim());
            match name.as_str() {
                "FREQ" => frequency = Some(frequency_of(value).ok_or(INVALID)?),
                "INTERVAL" => {
                    rule.interval = value
                        .parse()
                        .ok()
                        .filter(|number| *number > 0)
                        .ok_or(INVALID)?;
                }
                "COUNT" => {
                    let count = value
                        .parse()
                        .ok()
                        .filter(|number| *number > 0)
                        .ok_or(INVALID)?;
                    rule.end = Some(RuleEnd::Count(count));
                }
                "UNTIL" => rule.end = Some(until(value).ok_or(INVALID)?),
                // A leap second is the second before it.
                "BYSECOND" => {
                    rule.by_second = numbers::<u8>(value, 0, 60)?
                        .into_iter()
                        .map(|second| second.min(59))
                        .collect();
                }
                "BYMINUTE" => rule.by_minute = numbers(value, 0, 59)?,
                "BYHOUR" => rule.by_hour = numbers(value, 0, 23)?,
                "BYDAY" => rule.by_day = list(value, nth_weekday)?,
                "BYMONTHDAY" => rule.by_month_day = signed(value, 31)?,
                "BYYEARDAY" => rule.by_year_day = signed(value, 366)?,
                "BYWEEKNO" => rule.by_week = signed(value, 53)?,
                "BYMONTH" => rule.by_month = numbers(value, 1, 12)?,
                "BYSETPOS" => rule.by_position = signed(value, 366)?,
                "WKST" => rule.week_start = weekday(value).ok_or(INVALID)?,
                "RSCALE" if value.eq_ignore_ascii_case("GREGORIAN") => {}
                _ => rule.other.push((name, value.to_owned())),
            }
        }
        rule.frequency = frequency.ok_or(INVALID)?;
        Ok(rule)
    }
}

impl fmt::Display for RecurrenceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", frequency_text(self.frequency))?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.end {
            None => {}
            Some(RuleEnd::Count(count)) => write!(f, ";COUNT={count}")?,
            Some(RuleEnd::UntilUtc(at)) => write!(f, ";UNTIL={}", utc_text(at))?,
            Some(RuleEnd::UntilLocal(local)) => {
                write!(f, ";UNTIL={}", When::Floating(local).value())?;
            }
            Some(RuleEnd::UntilDate(date)) => write!(f, ";UNTIL={}", When::Date(date).value())?,
        }
        let part =
            |f: &mut fmt::Formatter<'_>, name: &str, values: Vec<String>| match values.as_slice() {
                [] => Ok(()),
                values => write!(f, ";{name}={}", values.join(",")),
            };
        part(f, "BYSECOND", texts(&self.by_second))?;
        part(f, "BYMINUTE", texts(&self.by_minute))?;
        part(f, "BYHOUR", texts(&self.by_hour))?;
        let days = self.by_day.iter().map(|day| {
            let nth = day.nth.map(|nth| nth.to_string()).unwrap_or_default();
            format!("{nth}{}", weekday_text(day.weekday))
        });
        part(f, "BYDAY", days.collect())?;
        part(f, "BYMONTHDAY", texts(&self.by_month_day))?;
        part(f, "BYYEARDAY", texts(&self.by_year_day))?;
        part(f, "BYWEEKNO", texts(&self.by_week))?;
        part(f, "BYMONTH", texts(&self.by_month))?;
        part(f, "BYSETPOS", texts(&self.by_position))?;
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", weekday_text(self.week_start))?;
        }
        for (name, value) in &self.other {
            write!(f, ";{name}={value}")?;
        }
        Ok(())
    }
}

fn texts<T: fmt::Display>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn list<T>(value: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, FormatError> {
    let entries = value.split(',').take(MAX_LIST + 1);
    let entries = entries
        .map(|entry| read(entry.trim()).ok_or(INVALID))
        .collect::<Result<Vec<T>, _>>()?;
    if entries.len() > MAX_LIST {
        Err(INVALID)
    } else {
        Ok(entries)
    }
}

/// Sorted and without repetition, as the walk wants them.
fn numbers<T: FromStr + Ord + Copy>(value: &str, low: T, high: T) -> Result<Vec<T>, FormatError> {
    let mut found = list(value, |entry| {
        entry
            .parse::<T>()
            .ok()
            .filter(|number| (low..=high).contains(number))
    })?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn signed<T: FromStr + Ord + Copy + TryFrom<i16>>(
    value: &str,
    limit: i16,
) -> Result<Vec<T>, FormatError> {
    list(value, |entry| {
        let number = entry
            .strip_prefix('+')
            .unwrap_or(entry)
            .parse::<i16>()
            .ok()?;
        (number != 0 && (-limit..=limit).contains(&number)).then(|| T::try_from(number).ok())?
    })
}

fn until(value: &str) -> Option<RuleEnd> {
    match When::parse(value, None)? {
        When::Date(date) => Some(RuleEnd::UntilDate(date)),
        When::Utc(at) => Some(RuleEnd::UntilUtc(at)),
        other => Some(RuleEnd::UntilLocal(other.local())),
    }
}

fn nth_weekday(entry: &str) -> Option<NthWeekday> {
    let at = entry.find(|c: char| c.is_ascii_alphabetic())?;
    let weekday = weekday(entry.get(at..)?)?;
    let number = entry.get(..at)?;
    if number.is_empty() {
        return Some(NthWeekday { nth: None, weekday });
    }
    let nth: i8 = number.strip_prefix('+').unwrap_or(number).parse().ok()?;
    (nth != 0 && (-53..=53).contains(&nth)).then_some(NthWeekday {
        nth: Some(nth),
        weekday,
    })
}

fn frequency_of(value: &str) -> Option<Frequency> {
    Some(match value.to_ascii_uppercase().as_str() {
        "SECONDLY" => Frequency::Secondly,
        "MINUTELY" => Frequency::Minutely,
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return None,
    })
}

fn frequency_text(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Secondly => "SECONDLY",
        Frequency::Minutely => "MINUTELY",
        Frequency::Hourly => "HOURLY",
        Frequency::Daily => "DAILY",
        Frequency::Weekly => "WEEKLY",
        Frequency::Monthly => "MONTHLY",
        Frequency::Yearly => "YEARLY",
    }
}

fn weekday(value: &str) -> Option<Weekday> {
    Some(match value.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

fn weekday_text(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rules_are_read_and_written() {
        for text in [
            "FREQ=DAILY",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=MO,WE;WKST=SU",
            "FREQ=MONTHLY;UNTIL=20271231T235959Z;BYDAY=-1FR,2MO",
            "FREQ=YEARLY;UNTIL=20271231;BYMONTHDAY=-1;BYYEARDAY=100,-1;BYWEEKNO=20;BYMONTH=1,2;BYSETPOS=-1",
            "FREQ=HOURLY;BYSECOND=0,30;BYMINUTE=15;BYHOUR=9,10",
            "FREQ=YEARLY;RSCALE=HEBREW",
        ] {
            assert_eq!(text.parse::<RecurrenceRule>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "COUNT=1",
            "FREQ=NEVER",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;BYMONTH=13",
            "FREQ=DAILY;COUNT=-1",
            "FREQ=DAILY;BYDAY=XX",
            "FREQ=DAILY;BYDAY=0MO",
            "FREQ=DAILY;BYHOUR",
            "FREQ=DAILY;BYMONTHDAY=0",
        ] {
            assert!(wrong.parse::<RecurrenceRule>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_any_text_is_read_or_refused(text in "(FREQ=|DAILY|;|BYDAY=|BY[A-Z]{3,6}=|[0-9,+-]{1,4}|COUNT=|UNTIL=|é){0,12}") {
            if let Ok(rule) = text.parse::<RecurrenceRule>() {
                prop_assert_eq!(rule.to_string().parse::<RecurrenceRule>().unwrap(), rule);
            }
        }
    }
}
