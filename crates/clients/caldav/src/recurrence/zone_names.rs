//! Names of zones that are none of the IANA database's, and what they mean.

use chrono::{NaiveDate, NaiveDateTime, Offset as _, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};

/// Longer names are no names.
const MAX_NAME: usize = 120;

/// The zone of the database that a name means, if it means one.
pub(super) fn zone(name: &str) -> Option<Tz> {
    if let Ok(zone) = name.parse() {
        return Some(zone);
    }
    let name = name.trim();
    if name.len() > MAX_NAME {
        return None;
    }
    let in_any_case = |zone: &&Tz| zone.name().eq_ignore_ascii_case(name);
    suffix(name)
        .or_else(|| TZ_VARIANTS.iter().find(in_any_case).copied())
        .or_else(|| name.replacen('-', "/", 1).parse().ok())
        .or_else(|| of_cities(name))
        .or_else(|| match name.parse().ok()? {
            // What only has an offset is told apart from a zone: it has no summer time.
            calcard::common::timezone::Tz::Tz(zone) if offset(name).is_none() => Some(zone),
            calcard::common::timezone::Tz::Tz(zone) if !zone.name().starts_with("Etc/") => {
                Some(zone)
            }
            _ => None,
        })
}

/// Libraries put their own domain before the name (libical, Mozilla, Citadel): `/vendor.example/Europe/Berlin`.
fn suffix(name: &str) -> Option<Tz> {
    name.match_indices('/')
        .find_map(|(at, _)| name.get(at + 1..)?.parse().ok())
}

/// Names for people, `(UTC+01:00) Amsterdam, Berlin`: the first city that the database has, with that offset at some
/// time of the year.
fn of_cities(name: &str) -> Option<Tz> {
    let (_, cities) = name.strip_prefix('(')?.split_once(')')?;
    let told = offset(name)?;
    cities
        .split([',', '/', ';'])
        .map(str::trim)
        .find_map(|city| {
            let is_it = |zone: &&Tz| {
                let own = zone.name().rsplit('/').next().unwrap_or_default();
                own.replace('_', " ").eq_ignore_ascii_case(city)
                    && offsets(**zone).contains(&Some(told))
            };
            TZ_VARIANTS.iter().find(is_it).copied()
        })
}

/// In winter and in summer, in seconds.
fn offsets(zone: Tz) -> [Option<i32>; 2] {
    [1, 7].map(|month| {
        let at: NaiveDateTime = NaiveDate::from_ymd_opt(2026, month, 1)?.into();
        Some(zone.offset_from_utc_datetime(&at).fix().local_minus_utc())
    })
}

/// The offset in seconds that is part of a name: `GMT+05:30`, `(UTC-03.00) Somewhere`.
pub(super) fn offset(name: &str) -> Option<i32> {
    let name = name.trim();
    let text = match name.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?.0,
        None => name,
    };
    let text = text
        .strip_prefix("GMT")
        .or_else(|| text.strip_prefix("UTC"))?;
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = digits
        .split_once([':', '.'])
        .or_else(|| digits.split_at_checked(2).filter(|_| digits.len() == 4))?;
    let number = |text: &str, limit: i32| {
        let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<i32>()
            .ok()
            .filter(|number| is_number && *number < limit)
    };
    Some(sign * (number(hours, 15)? * 3600 + number(minutes, 60)? * 60))
}

/// Is the offset all that there is to the name? Else there may be summer time.
pub(super) fn is_offset_only(name: &str) -> bool {
    !name.trim().starts_with('(')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_programs_mean_zones() {
        for (name, expected) in [
            ("Europe/Berlin", Some(Tz::Europe__Berlin)),
            (
                "/freeassociation.sourceforge.net/Europe/Berlin",
                Some(Tz::Europe__Berlin),
            ),
            (
                "/freeassociation.sourceforge.net/Tzfile/America/Argentina/Jujuy",
                Some(Tz::America__Argentina__Jujuy),
            ),
            (
                "/mozilla.org/20050126_1/Europe/Berlin",
                Some(Tz::Europe__Berlin),
            ),
            (
                "/softwarestudio.org/Olson_20011030_5/America/New_York",
                Some(Tz::America__New_York),
            ),
            (
                "/citadel.org/20210210_1/Europe/Berlin",
                Some(Tz::Europe__Berlin),
            ),
            ("US-Eastern", Some(Tz::US__Eastern)),
            ("europe/berlin", Some(Tz::Europe__Berlin)),
            (
                "(GMT+01.00) Amsterdam / Berlin / Bern / Rome",
                Some(Tz::Europe__Amsterdam),
            ),
            (
                "(UTC+01:00) Nirgendwo, Stockholm, Wien",
                Some(Tz::Europe__Stockholm),
            ),
            ("(UTC+09:00) Berlin", None),
            ("(UTC+05:30) Chennai, Kolkata", Some(Tz::Asia__Kolkata)),
            ("Romance Standard Time", Some(Tz::Europe__Paris)),
            ("GMT+05:30", None),
            ("Nowhere/Else", None),
            ("(", None),
            ("", None),
        ] {
            assert_eq!(zone(name), expected, "{name}");
        }
        assert_eq!(zone(&"x/".repeat(10_000)), None);
    }

    #[test]
    fn offsets_in_names_are_read() {
        for (name, expected) in [
            ("GMT+05:30", Some(19_800)),
            ("UTC-0330", Some(-12_600)),
            ("(UTC-03.00) X", Some(-10_800)),
            ("GMT+5", None),
            ("GMT+25:00", None),
            ("GMT+é:00", None),
            ("(GMT+01:00", None),
            ("Etc/GMT-1", None),
        ] {
            assert_eq!(offset(name), expected, "{name}");
        }
    }
}
