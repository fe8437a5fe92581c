//! Dates in HTTP (RFC 9110, section 5.6.7): the form of today, the two obsolete ones that have to be read as well, and
//! RFC 3339, which some servers write instead.

use chrono::{DateTime, NaiveDateTime, Utc};

/// Two-digit years up to this one are of this century: the standard's fifty years from now are not worth a clock.
const LAST_SHORT_YEAR: u32 = 70;

pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let with_offset =
        DateTime::parse_from_rfc2822(text).or_else(|_other| DateTime::parse_from_rfc3339(text));
    match with_offset {
        Ok(time) => Some(time.with_timezone(&Utc)),
        Err(_other) => rfc850(text).or_else(|| asctime(text)),
    }
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc850(text: &str) -> Option<DateTime<Utc>> {
    let (_, rest) = text.split_once(", ")?;
    let (date, time) = rest.strip_suffix(" GMT")?.split_once(' ')?;
    let (day_month, year) = date.rsplit_once('-')?;
    let short: u32 = year.parse().ok().filter(|_| year.len() == 2)?;
    let century = if short < LAST_SHORT_YEAR { 20 } else { 19 };
    let full = format!("{day_month}-{century}{year} {time}");
    let time = NaiveDateTime::parse_from_str(&full, "%d-%b-%Y %H:%M:%S").ok()?;
    Some(time.and_utc())
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(text: &str) -> Option<DateTime<Utc>> {
    let time = NaiveDateTime::parse_from_str(text, "%a %b %e %H:%M:%S %Y").ok()?;
    Some(time.and_utc())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "1994-11-06T08:49:37Z",
        ] {
            let seconds = parse(text).map(|time| time.timestamp());
            assert_eq!(seconds, Some(784_111_777), "{text}");
        }
        assert_eq!(parse("06-Nov-94"), None);
        assert_eq!(parse(""), None);
    }

    proptest! {
        #[test]
        fn fuzz_any_text_is_a_date_or_none(text in "([A-Z][a-z]{2,5}[, ]{1,2}|[0-9]{1,4}[-: ]|GMT|\\PC){0,12}") {
            let _date = parse(&text);
        }
    }
}
