//! As much of iCalendar (RFC 5545) as a server must look at.

use super::lines::unfold;

/// What the server goes by.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) uid: String,
    /// `VEVENT`, `VTODO` or `VJOURNAL`.
    pub(super) component: String,
    /// The first beginning and the last end, as `20261121T000000`; empty if there is none.
    pub(super) start: String,
    pub(super) end: String,
    pub(super) repeats: bool,
}

/// `None` for what is no calendar with one object in it.
pub(super) fn summarise(text: &str) -> Option<Summary> {
    let lines = unfold(text);
    let is_calendar = lines
        .first()
        .is_some_and(|line| line.eq_ignore_ascii_case("BEGIN:VCALENDAR"))
        && lines
            .last()
            .is_some_and(|line| line.eq_ignore_ascii_case("END:VCALENDAR"));
    if !is_calendar {
        return None;
    }
    let mut summary = Summary::default();
    let mut open: Vec<String> = Vec::new();
    for line in &lines {
        let (head, value) = line.split_once(':')?;
        let name = head
            .split(';')
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        match name.as_str() {
            "BEGIN" => {
                let component = value.trim().to_ascii_uppercase();
                let is_object = matches!(component.as_str(), "VEVENT" | "VTODO" | "VJOURNAL");
                if open.len() == 1 && is_object {
                    summary.component.clone_from(&component);
                }
                open.push(component);
            }
            "END" if open.pop()? != value.trim().to_ascii_uppercase() => return None,
            "END" => {}
            _ if open.len() == 2 && open.last() == Some(&summary.component) => {
                note(&mut summary, &name, value.trim());
            }
            _ => {}
        }
    }
    (open.is_empty() && !summary.component.is_empty()).then_some(summary)
}

fn note(summary: &mut Summary, name: &str, value: &str) {
    match name {
        "UID" => value.clone_into(&mut summary.uid),
        "DTSTART" => {
            let start = moment(value);
            if summary.start.is_empty() || start < summary.start {
                summary.start.clone_from(&start);
            }
            summary.end = std::mem::take(&mut summary.end).max(start);
        }
        "DTEND" | "DUE" => summary.end = std::mem::take(&mut summary.end).max(moment(value)),
        "RRULE" | "RDATE" => summary.repeats = true,
        _ => {}
    }
}

/// A date or time in a form that sorts; the zone is not looked at.
pub(super) fn moment(value: &str) -> String {
    let digits = value.trim_end_matches('Z');
    if digits.contains('T') {
        digits.to_owned()
    } else {
        format!("{digits}T000000")
    }
}

impl Summary {
    /// Whether it may happen between two moments. A series is taken to go on for ever: its end is
    /// for the client to find out.
    pub(super) fn overlaps(&self, start: Option<&str>, end: Option<&str>) -> bool {
        if self.start.is_empty() {
            return true;
        }
        let begins_in_time = end.is_none_or(|end| self.start < moment(end));
        let ends_in_time = start.is_none_or(|start| {
            let start = moment(start);
            self.repeats || self.end > start || self.start >= start
        });
        begins_in_time && ends_in_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:one-\r\n two\r\n\
        DTSTART;TZID=Europe/Paris:20261121T100000\r\nDTEND:20261121T110000Z\r\n\
        BEGIN:VALARM\r\nUID:alarm\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn reads_folded_lines_and_skips_inner_components() {
        let summary = summarise(EVENT).unwrap();
        assert_eq!(summary.uid, "one-two");
        assert_eq!(summary.component, "VEVENT");
        assert_eq!(summary.start, "20261121T100000");
        assert!(summary.overlaps(Some("20261121T000000Z"), Some("20261122T000000Z")));
        assert!(!summary.overlaps(Some("20261122T000000Z"), None));
        assert!(!summary.overlaps(None, Some("20261121T000000Z")));
    }

    #[test]
    fn refuses_what_is_no_calendar() {
        for text in [
            "",
            "hello",
            "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        ] {
            assert_eq!(summarise(text), None, "{text}");
        }
    }
}
