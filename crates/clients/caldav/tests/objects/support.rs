use bheem_caldav::{ICalendar, Limits, Tz, When, Window};
use chrono::{DateTime, Utc};

pub(super) fn now() -> DateTime<Utc> {
    at("2026-11-21T09:00:00Z")
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn paris(text: &str) -> When {
    When::parse(text, Some("Europe/Paris")).unwrap()
}

/// A series of one hour; further lines go into the event.
pub(super) fn series(start: &str, lines: &str) -> ICalendar {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nX-OURS:1\r\nBEGIN:VEVENT\r\nUID:series@x\r\nDTSTART{start}\r\n\
         DURATION:PT1H\r\nX-UNKNOWN;A=\"b;c\":d\\,e\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    ICalendar::parse(text.as_bytes()).unwrap()
}

/// The beginnings of the instances within two years.
pub(super) fn starts(calendar: &ICalendar) -> Vec<String> {
    let window = Window::new(at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
    let found = calendar.expand(window, Tz::UTC, Limits::default()).unwrap();
    let instances = found.instances.iter();
    instances
        .map(|one| one.starts_at.format("%Y%m%dT%H%M").to_string())
        .collect()
}
