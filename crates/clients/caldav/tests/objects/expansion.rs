use bheem_caldav::{ICalendar, Limits, Tz, Window};
use proptest::prelude::*;

use super::support::{at, series, starts};

#[test]
fn a_meeting_keeps_its_hour_when_the_clocks_change() {
    let daily = series(
        ";TZID=Europe/Paris:20260327T090000",
        "RRULE:FREQ=DAILY;COUNT=4\r\n",
    );
    assert_eq!(
        starts(&daily),
        [
            "20260327T0800",
            "20260328T0800",
            "20260329T0700",
            "20260330T0700"
        ]
    );
}

#[test]
fn dates_are_added_taken_out_and_replaced() {
    let calendar = series(
        ":20260105T100000Z",
        "RRULE:FREQ=WEEKLY;COUNT=3\r\nRDATE:20260107T100000Z\r\nEXDATE:20260112T100000Z\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n\
         UID:series@x\r\nRECURRENCE-ID:20260119T100000Z\r\nDTSTART:20260120T150000Z\r\nDTEND:20260120T160000Z\r\n",
    );
    assert_eq!(
        starts(&calendar),
        ["20260105T1000", "20260107T1000", "20260120T1500"]
    );
}

#[test]
fn an_override_for_a_range_moves_what_follows() {
    let calendar = series(
        ":20260105T100000Z",
        "RRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:series@x\r\n\
         RECURRENCE-ID;RANGE=THISANDFUTURE:20260112T100000Z\r\nDTSTART:20260112T123000Z\r\n",
    );
    assert_eq!(
        starts(&calendar),
        ["20260105T1000", "20260112T1230", "20260119T1230"]
    );
}

#[test]
fn days_last_days() {
    let calendar = series(
        ";VALUE=DATE:20260329",
        "RRULE:FREQ=YEARLY;UNTIL=20270329\r\n",
    )
    .to_string();
    let calendar =
        ICalendar::parse(calendar.replace("DURATION:PT1H", "DURATION:P2D").as_bytes()).unwrap();
    let window = Window::new(at("2026-03-30T12:00:00Z"), at("2026-03-30T13:00:00Z"));
    let found = calendar
        .expand(window, Tz::Europe__Paris, Limits::default())
        .unwrap();
    let [instance] = found.instances.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (instance.starts_at, instance.ends_at),
        (at("2026-03-28T23:00:00Z"), at("2026-03-30T22:00:00Z"))
    );
    assert_eq!(
        (instance.start.value(), instance.end.value()),
        ("20260329".to_owned(), "20260331".to_owned())
    );
    assert_eq!(starts(&calendar).len(), 2);
}

#[test]
fn rules_of_strangers_end() {
    for rule in ["FREQ=SECONDLY", "FREQ=SECONDLY;COUNT=4000000000"] {
        let calendar = series(":19700101T000000Z", &format!("RRULE:{rule}\r\n"));
        let window = Window::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let found = calendar.expand(window, Tz::UTC, Limits::default()).unwrap();
        assert!(
            !found.is_complete && found.instances.len() <= 5_000,
            "{rule}"
        );
    }
    let unknown = series(":20260105T100000Z", "RRULE:FREQ=YEARLY;RSCALE=HEBREW\r\n");
    let window = Window::new(at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
    let found = unknown.expand(window, Tz::UTC, Limits::default()).unwrap();
    assert_eq!((found.instances.len(), found.is_complete), (1, false));
}

proptest! {
    #[test]
    fn fuzz_any_object_is_expanded_or_refused(lines in prop::collection::vec(
        "(RRULE|RDATE|EXDATE|DTEND|DURATION|RECURRENCE-ID|DTSTART|TZID)(;TZID=Europe/Paris|;VALUE=DATE|;RANGE=THISANDFUTURE)?:(FREQ=SECONDLY|FREQ=YEARLY;BYWEEKNO=53|20260[1-9]0[1-9]T101010Z?|20260[1-9]0[1-9]|P9999W|-P3D)", 0..8)
    ) {
        let calendar = series(":20260105T100000Z", &(lines.join("\r\n") + "\r\n"));
        let window = Window::new(at("2026-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"));
        if let Ok(found) = calendar.expand(window, Tz::Asia__Kolkata, Limits::new(100, 5_000)) {
            prop_assert!(found.instances.len() <= 100);
            for instance in found.instances {
                prop_assert!(instance.ends_at >= instance.starts_at && window.overlaps(instance.starts_at, instance.ends_at));
            }
        }
    }
}
