//! Dates as headers write them, today's form and the obsolete ones (RFC 5322, sections 3.3 and 4.3).

use chrono::{DateTime, Duration, NaiveDate, Utc};

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Zones with names, in minutes. The standard has those of North America; the others are in use and mean one thing.
const ZONES: [(&str, i64); 16] = [
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("wet", 0),
    ("cet", 60),
    ("cest", 120),
    ("eet", 120),
    ("eest", 180),
];

/// Reads a date. Besides the standard's forms: that of C's `asctime`, dates with dashes, times without seconds, RFC
/// 3339.
pub(crate) fn date(text: &str) -> Option<DateTime<Utc>> {
    let text = without_comments(text.get(..200).unwrap_or(text));
    if let Ok(date) = DateTime::parse_from_rfc3339(text.trim()) {
        return Some(date.with_timezone(&Utc));
    }
    let (mut day, mut month, mut year, mut time, mut offset) = (None, None, None, None, None);
    for word in text
        .split([' ', ',', '\t', '\r', '\n'])
        .flat_map(split_dashes)
    {
        let word = word.to_ascii_lowercase();
        if word.is_empty() {
        } else if time.is_none() && word.contains(':') {
            time = Some(clock(&word)?);
        } else if let Ok(number) = word.parse::<u32>()
            && !word.starts_with(['+', '-'])
        {
            if day.is_none() {
                day = Some(number);
            } else if year.is_none() {
                year = Some(full_year(&word, number)?);
            }
        } else if month.is_none() && is_month(&word) {
            month = MONTHS.iter().position(|name| word.starts_with(name));
        } else if time.is_some() && offset.is_none() {
            offset = zone(&word);
        }
    }
    let month = u32::try_from(month?).ok()?.checked_add(1)?;
    let date = NaiveDate::from_ymd_opt(year?, month, day?)?;
    let midnight = date.and_hms_opt(0, 0, 0)?.and_utc();
    let seconds = time?.checked_sub(offset.unwrap_or(0).checked_mul(60)?)?;
    midnight.checked_add_signed(Duration::try_seconds(seconds)?)
}

/// `1-Jul-2025`, but not `-0330`.
fn split_dashes(word: &str) -> std::str::Split<'_, char> {
    let is_date = word.starts_with(|letter: char| letter.is_ascii_digit()) && !word.contains(':');
    word.split(if is_date { '-' } else { '\n' })
}

fn is_month(word: &str) -> bool {
    MONTHS.iter().any(|name| word.starts_with(name))
        && word.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Two digits below 50 are of this century, others and three digits count from 1900 (section 4.3).
fn full_year(word: &str, number: u32) -> Option<i32> {
    let year = match (word.len(), number) {
        (..=2, ..50) => number.checked_add(2000)?,
        (..=3, _) => number.checked_add(1900)?,
        _ => number,
    };
    i32::try_from(year).ok().filter(|year| *year < 10_000)
}

/// `10:00` or `10:00:00`, in seconds. The end of the day is `24:00`.
fn clock(word: &str) -> Option<i64> {
    let mut numbers = word.split(':').map(|digits| digits.parse::<u32>().ok());
    let (hours, minutes) = (numbers.next()??, numbers.next()??);
    let seconds = numbers.next().unwrap_or(Some(0))?;
    let is_valid = hours <= 24 && minutes < 60 && seconds <= 60 && numbers.next().is_none();
    is_valid.then(|| i64::from(hours * 3600 + minutes * 60 + seconds))
}

/// Minutes before Greenwich. An unknown name says nothing (section 4.3), and `GMT+0100` is what it says.
fn zone(word: &str) -> Option<i64> {
    if let Some(at) = word.find(['+', '-']) {
        let (name, number) = word.split_at_checked(at)?;
        let is_named = matches!(name, "" | "gmt" | "utc" | "ut");
        let (sign, digits) = number.split_at_checked(1)?;
        let digits = digits.replace(':', "");
        if !is_named
            || !matches!(digits.len(), 3 | 4)
            || !digits.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let number: i64 = digits.parse().ok()?;
        let minutes = (number / 100) * 60 + number % 100;
        return Some(if sign == "-" { -minutes } else { minutes });
    }
    let known = ZONES.iter().find(|(name, _)| *name == word);
    known.map(|(_, minutes)| *minutes).or_else(|| {
        // Such as `EST5EDT`: summer time or not, nobody knows; the name's first half is said.
        let start = word.get(..3)?;
        let is_double = word.as_bytes().get(3).is_some_and(u8::is_ascii_digit);
        let known = ZONES.iter().find(|(name, _)| *name == start);
        known.filter(|_| is_double).map(|(_, minutes)| *minutes)
    })
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(letter),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn todays_and_obsolete_forms_are_read() {
        // RFC 5322, sections 3.3 and 4.3; forms it does not have by Python's `email.utils.parsedate_tz`, but where a
        // remark is.
        for (text, wanted) in [
            ("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06"),
            ("Fri, 21 Nov 97 09:55:06 EST", "1997-11-21T14:55:06"),
            ("21 Nov 97 09:55 GMT", "1997-11-21T09:55:00"),
            (
                "Thu, 13 Feb 1969 23:32 -0330 (Newfoundland (Time))",
                "1969-02-14T03:02:00",
            ),
            ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37"),
            ("Tue, 24 Jul 2007 18:55 PDT", "2007-07-25T01:55:00"),
            ("Tue, 12 May 2020 12:08:24 UT", "2020-05-12T12:08:24"),
            ("Thu, 14 Aug 2025 14:15:52 A", "2025-08-14T14:15:52"),
            ("Thu, 14 Aug 2025 14:15:52 -0000", "2025-08-14T14:15:52"),
            ("Thu, 14 Aug 2025 14:15:52", "2025-08-14T14:15:52"),
            (
                "Wed, 24 Jul 2019 03:05:23 Pacific Daylight Time",
                "2019-07-24T03:05:23",
            ),
            ("Tue, 1 July 2025 10:00:00 +0200", "2025-07-01T08:00:00"),
            ("Tue, 1-Jul-2025 10:00:00 +0200", "2025-07-01T08:00:00"),
            ("Mon, 05 Jan 2026 24:00:00 +0000", "2026-01-06T00:00:00"),
            // Section 4.3: three digits count from 1900, two below 50 from 2000.
            ("Fri, 21 Nov 103 10:00:00 +0000", "2003-11-21T10:00:00"),
            ("Sun, 21 Nov 49 10:00:00 +0000", "2049-11-21T10:00:00"),
            ("Tue, 21 Nov 50 10:00:00 +0000", "1950-11-21T10:00:00"),
            // What the words say; Python takes them for Greenwich time.
            ("Sat, 2 Jan 2021 10:00:00 GMT+0100", "2021-01-02T09:00:00"),
            ("Tue, 1 Jul 2025 10:00:00 +02:00", "2025-07-01T08:00:00"),
            ("21 Nov 2025 10:00:00 CEST", "2025-11-21T08:00:00"),
            ("Thu, 10 Jul 1997 14:53:31 EST5EDT", "1997-07-10T19:53:31"),
            ("2025-07-01T10:00:00+02:00", "2025-07-01T08:00:00"),
        ] {
            let read = date(text).map(|date| date.format("%Y-%m-%dT%H:%M:%S").to_string());
            assert_eq!(read.as_deref(), Some(wanted), "{text}");
        }
        for text in [
            "",
            "Tue,",
            "x",
            "Di, 17 Mai 2005 12:31:00 +0200",
            "Tue, 32 Jul 2025 10:00 GMT",
            "1 Jul 2025",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_any_text_is_read_without_panic(text in any::<String>(), near in "[0-9A-Za-z:+, -]{0,50}") {
            date(&text);
            date(&near);
        }
    }
}
