use bheem_caldav::{Alarm, Attendee, EditError, EventPatch, ICalendar, TodoPatch, Tz};
use proptest::prelude::*;

use super::support::{now, paris, series, starts};

#[test]
fn an_edit_costs_nobody_their_properties() {
    let mut calendar = series(":20260105T100000Z", "SUMMARY:Old\r\n");
    calendar
        .edit_event(
            &EventPatch::new()
                .summary("New; \"and\"\nimproved")
                .alarms(&[Alarm::display(15, "Soon")]),
            now(),
        )
        .unwrap();
    let text = calendar.to_string();
    for kept in [
        "X-OURS:1\r\n",
        "X-UNKNOWN;A=\"b;c\":d\\,e\r\n",
        "SUMMARY:New\\; \"and\"\\nimproved\r\n",
        "TRIGGER:-PT15M\r\n",
    ] {
        assert!(text.contains(kept), "{text}");
    }
    let read = ICalendar::parse(text.as_bytes()).unwrap().event().unwrap();
    assert_eq!(
        (read.summary.as_deref(), read.alarms.len()),
        (Some("New; \"and\"\nimproved"), 1)
    );
}

#[test]
fn one_instance_is_changed_or_taken_out() {
    let mut calendar = series(
        ";TZID=Europe/Paris:20260105T100000",
        "RRULE:FREQ=WEEKLY;COUNT=3\r\n",
    );
    let second = paris("20260112T100000");
    calendar
        .edit_instance(
            &second,
            &EventPatch::new()
                .start(&paris("20260112T110000"))
                .summary("Later"),
            Tz::UTC,
            now(),
        )
        .unwrap();
    assert_eq!(
        starts(&calendar),
        ["20260105T0900", "20260112T1000", "20260119T0900"]
    );
    calendar.cancel_instance(&second, Tz::UTC, now()).unwrap();
    assert_eq!(starts(&calendar), ["20260105T0900", "20260119T0900"]);
    let gone = calendar
        .edit_instance(&second, &EventPatch::new(), Tz::UTC, now())
        .unwrap_err();
    assert_eq!(gone, EditError::NoSuchInstance);
    assert!(
        calendar
            .to_string()
            .contains("EXDATE;TZID=Europe/Paris:20260112T100000\r\n")
    );
}

#[test]
fn what_follows_is_changed_in_an_object_of_its_own() {
    let calendar = series(
        ";TZID=Europe/Paris:20260105T100000",
        "RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Europe/Paris:20260126T100000\r\n",
    );
    let cut = calendar
        .split(
            &paris("20260112T100000"),
            "new@x",
            &EventPatch::new().start(&paris("20260112T113000")),
            Tz::UTC,
            now(),
        )
        .unwrap();
    assert_eq!(starts(&cut.before), ["20260105T0900"]);
    assert_eq!(starts(&cut.after), ["20260112T1030", "20260119T1030"]);
    assert_eq!(cut.after.uid().as_deref(), Some("new@x"));
    let first = calendar.split(
        &paris("20260105T100000"),
        "new@x",
        &EventPatch::new(),
        Tz::UTC,
        now(),
    );
    assert_eq!(first, Err(EditError::FirstInstance));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fuzz_a_cut_loses_and_doubles_nothing(
        rule in "FREQ=(DAILY|WEEKLY|MONTHLY)(;INTERVAL=[1-3])?(;BYDAY=MO,WE,FR)?;(COUNT=(9|14)|UNTIL=20260801T000000Z)", at in 1_usize..8
    ) {
        let calendar = series(";TZID=Europe/Paris:20260302T013000", &format!("RRULE:{rule}\r\n"));
        let window = bheem_caldav::Window::new(super::support::at("2026-01-01T00:00:00Z"), super::support::at("2028-01-01T00:00:00Z"));
        let all = calendar.expand(window, Tz::UTC, bheem_caldav::Limits::default()).unwrap().instances;
        if let Some(instance) = all.get(at) {
            let cut = calendar.split(instance.recurrence_id.as_ref().unwrap(), "new@x", &EventPatch::new(), Tz::UTC, now()).unwrap();
            let both: Vec<String> = starts(&cut.before).into_iter().chain(starts(&cut.after)).collect();
            prop_assert_eq!(both, starts(&calendar));
            prop_assert_eq!(starts(&cut.before).len(), at);
        }
    }

    #[test]
    fn fuzz_no_text_becomes_a_line(text in any::<String>(), name in any::<String>()) {
        let patch = EventPatch::new().summary(&text).location(&text).categories(&[&text]).url(Some(&text))
            .attendees(&[Attendee::mail(&text).name(name)]);
        let calendar = ICalendar::event_at(&format!("u{text}"), &paris("20260105T100000"), &patch, now());
        let read = ICalendar::parse(calendar.to_string().as_bytes()).unwrap();
        prop_assert_eq!(read.raw().children_named("VEVENT").count(), 1);
        let names: Vec<&str> = read.raw().children_named("VEVENT").next().unwrap().properties().map(bheem_caldav::Property::name).collect();
        for name in names {
            prop_assert!(["UID", "DTSTART", "CREATED", "SUMMARY", "LOCATION", "CATEGORIES", "URL", "ATTENDEE", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"].contains(&name));
        }
        let todo = ICalendar::todo("t", &TodoPatch::new().summary(&text).description(&text), now());
        prop_assert_eq!(ICalendar::parse(todo.to_string().as_bytes()).unwrap().todos().items.len(), 1);
    }
}

#[test]
fn another_parser_reads_what_is_written() {
    let patch = EventPatch::new()
        .summary("Crème brûlée, ".repeat(12))
        .end(&paris("20260105T110000"));
    let text = ICalendar::event_at("u@x", &paris("20260105T100000"), &patch, now()).to_string();
    let theirs = calcard::icalendar::ICalendar::parse(&text).unwrap();
    let expanded = theirs.expand_dates(calcard::common::timezone::Tz::UTC, 10);
    assert_eq!(
        expanded.events[0].timestamps(),
        (1_767_603_600, 1_767_607_200)
    );
    assert!(
        text.contains("BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n"),
        "{text}"
    );
}
