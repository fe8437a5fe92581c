//! Dates as in mail (RFC 5322, section 3.3), which Mailgun writes with `UTC`, `GMT` or an offset.

use bheem_http_kit::lenient;
use chrono::DateTime;
use serde::Deserializer;

/// Longer texts are no dates.
const LONGEST: usize = 64;

/// Seconds since 1970, or nothing where there is no date that can be read.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(lenient::text(deserializer)?.and_then(|text| parse(&text)))
}

fn parse(text: &str) -> Option<i64> {
    if text.len() > LONGEST {
        return None;
    }
    let text = text.trim();
    let text = text
        .strip_suffix("UTC")
        .map_or_else(|| text.to_owned(), |rest| format!("{rest}+0000"));
    let date = DateTime::parse_from_rfc2822(&text).or_else(|_| DateTime::parse_from_rfc3339(&text));
    date.ok().map(|date| date.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_however_the_zone_is_told() {
        for text in [
            "Thu, 13 Oct 2011 18:02:00 GMT",
            "Thu, 13 Oct 2011 18:02:00 UTC",
            "Thu, 13 Oct 2011 20:02:00 +0200",
            "13 Oct 2011 18:02:00 +0000",
            "2011-10-13T18:02:00Z",
        ] {
            assert_eq!(parse(text), Some(1_318_528_920), "{text}");
        }
        assert_eq!(parse("yesterday"), None);
        assert_eq!(parse(""), None);
    }

    proptest! {
        #[test]
        fn fuzz_any_text_is_a_date_or_none(text in "\\PC{0,80}") {
            let _date = parse(&text);
        }
    }
}
