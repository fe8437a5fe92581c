//! Who is free: the outbox (RFC 6638, section 5) and the report on one calendar (RFC 4791, section 7.10).

use calcard::{
    common::timezone::Tz,
    icalendar::{ICalendar, ICalendarStatus, ICalendarTransparency},
};
use chrono::{DateTime, Utc};

use super::{
    calendars, events, failure,
    lines::{halves, name, unfold},
    scheduling::account_of,
    xml::{CALDAV, Element, escape},
};
use crate::{
    http::{Answer, Request},
    store::Store,
};

/// Series are followed so far.
const MAX_INSTANCES: usize = 3000;

/// Answers a POST to the outbox.
pub(super) fn ask(request: &Request, store: &Store) -> Answer {
    let lines = unfold(&String::from_utf8_lossy(&request.body));
    let value = |wanted: &str| {
        let line = lines.iter().find(|line| name(line) == wanted)?;
        Some(halves(line).1.trim().to_owned())
    };
    let is_request = lines
        .iter()
        .any(|line| line.eq_ignore_ascii_case("BEGIN:VFREEBUSY"));
    let window = value("DTSTART")
        .zip(value("DTEND"))
        .and_then(|(start, end)| window(&start, &end));
    let (true, Some(window)) = (is_request, window) else {
        return failure(400);
    };
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<cal:schedule-response xmlns:d=\"DAV:\" xmlns:cal=\"{CALDAV}\">"
    );
    for line in lines.iter().filter(|line| name(line) == "ATTENDEE") {
        let address = escape(halves(line).1.trim());
        let answer = match account_of(store, line) {
            None => {
                "<cal:request-status>3.7;Could not find principal</cal:request-status>".to_owned()
            }
            Some(account) => {
                let text = component(&of_user(store, &account.id, window), window);
                format!(
                    "<cal:request-status>2.0;Success</cal:request-status><cal:calendar-data>{}</cal:calendar-data>",
                    escape(&text)
                )
            }
        };
        xml.extend([
            "<cal:response><cal:recipient><d:href>",
            &address,
            "</d:href></cal:recipient>",
            &answer,
            "</cal:response>",
        ]);
    }
    xml.push_str("</cal:schedule-response>\n");
    Answer::xml(200, xml)
}

/// Answers the report on one calendar.
pub(super) fn report(store: &Store, user: &str, calendar: &str, root: &Element) -> Answer {
    let range = root.child(CALDAV, "time-range");
    let bound = |which| range.and_then(|range| range.attribute(which));
    let window = bound("start")
        .zip(bound("end"))
        .and_then(|(start, end)| window(start, end));
    let Some(window) = window else {
        return failure(400);
    };
    let busy = of_calendar(store, user, calendar, window);
    Answer::text(
        200,
        "text/calendar; charset=utf-8",
        component(&busy, window),
    )
}

type Window = (i64, i64);

fn window(start: &str, end: &str) -> Option<Window> {
    let moment = |text: &str| {
        let time = chrono::NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").ok()?;
        Some(time.and_utc().timestamp())
    };
    let window = (moment(start)?, moment(end)?);
    (window.0 < window.1).then_some(window)
}

/// Begin, end, and what kind.
type Busy = (i64, i64, &'static str);

fn of_user(store: &Store, user: &str, window: Window) -> Vec<Busy> {
    let names = calendars::names(store, user).into_iter();
    names
        .flat_map(|calendar| of_calendar(store, user, &calendar, window))
        .collect()
}

fn of_calendar(store: &Store, user: &str, calendar: &str, window: Window) -> Vec<Busy> {
    let objects = events::of_calendar(store, user, calendar).into_iter();
    let objects = objects.filter(|(_, event)| event.component == "VEVENT");
    objects
        .flat_map(|(_, event)| of_object(&event.data, window))
        .collect()
}

fn of_object(text: &str, (start, end): Window) -> Vec<Busy> {
    let Ok(calendar) = ICalendar::parse(text) else {
        return Vec::new();
    };
    let instances = calendar
        .expand_dates(Tz::UTC, MAX_INSTANCES)
        .events
        .into_iter();
    let busy = instances.filter_map(|instance| {
        let component = calendar
            .components
            .get(usize::try_from(instance.comp_id).ok()?)?;
        let is_free = matches!(
            component.transparency(),
            Some(ICalendarTransparency::Transparent)
        ) || matches!(component.status(), Some(ICalendarStatus::Cancelled));
        let kind = match component.status() {
            Some(ICalendarStatus::Tentative) => "BUSY-TENTATIVE",
            _ => "BUSY",
        };
        let (from, to) = instance.timestamps();
        (!is_free && from < end && to > start).then(|| (from.max(start), to.min(end), kind))
    });
    busy.collect()
}

fn component(busy: &[Busy], (start, end): Window) -> String {
    let text = |at: i64| {
        let at: DateTime<Utc> = DateTime::from_timestamp(at, 0).unwrap_or_default();
        at.format("%Y%m%dT%H%M%SZ").to_string()
    };
    let mut periods: Vec<Busy> = busy.to_vec();
    periods.sort_unstable();
    periods.dedup();
    let lines: String = periods
        .iter()
        .flat_map(|(from, to, kind)| {
            [
                "FREEBUSY;FBTYPE=".to_owned(),
                (*kind).to_owned(),
                format!(":{}/{}\r\n", text(*from), text(*to)),
            ]
        })
        .collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sabre//Sabre VObject//EN\r\nMETHOD:REPLY\r\nBEGIN:VFREEBUSY\r\n\
         DTSTART:{}\r\nDTEND:{}\r\n{lines}END:VFREEBUSY\r\nEND:VCALENDAR\r\n",
        text(start),
        text(end)
    )
}
