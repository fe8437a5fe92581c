//! Messages and edits of what real programs write.

use bheem_caldav::{
    EditError, EventPatch, EventStatus, ICalendar, Limits, Method, Participation, Period, Tz, When,
    Window,
};

use super::support::{at, now, series, starts};

fn message(method: &str, lines: &str) -> ICalendar {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:m\r\n\
         DTSTAMP:20260101T000000Z\r\nORGANIZER:mailto:o@a.test\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    ICalendar::parse(text.as_bytes()).unwrap()
}

/// RFC 5546, section 3.2.5: what takes an invitation back need not say when it was.
#[test]
fn a_cancellation_without_a_time_is_read() {
    let cancel = message(
        "CANCEL",
        "ATTENDEE:mailto:p@a.test\r\nSEQUENCE:2\r\nSTATUS:CANCELLED\r\n",
    );
    let event = cancel.event().unwrap();
    assert_eq!(
        (cancel.method(), event.status),
        (Some(Method::Cancel), Some(EventStatus::Cancelled))
    );
    assert_eq!(
        (event.start, event.sequence, event.uid.as_str()),
        (None, 2, "m")
    );
    assert!(cancel.events().is_complete());
    let window = Window::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    let found = cancel.expand(window, Tz::UTC, Limits::default()).unwrap();
    assert!(found.instances.is_empty() && found.is_complete);
}

/// RFC 6868 is the legal form of a quote in a name; the address is what counts.
#[test]
fn attendees_with_odd_names_can_answer() {
    for (line, name) in [
        (
            r#"CN="Firstname \"Nickname\" Lastname";PARTSTAT=NEEDS-ACTION"#,
            "Firstname \"Nickname\" Lastname",
        ),
        (r#"CN="Eve \"X\" Doe""#, "Eve \"X\" Doe"),
        (r#"CN="Pat" Miller"#, "Pat Miller"),
        (
            r#"CN="Smith, Sam; (Sales)";DELEGATED-TO="mailto:j@a.test""#,
            "Smith, Sam; (Sales)",
        ),
        (
            r#"CN=x;MEMBER="mailto:one@a.test","mailto:two@a.test""#,
            "x",
        ),
        (r#"CN=x;X-COMMENT="a&quot;b&quot;: https://a.test/x""#, "x"),
    ] {
        let lines = format!("DTSTART:20260105T090000Z\r\nATTENDEE;{line}:MAILTO:p@a.test\r\n");
        let mut request = message("REQUEST", &lines);
        let event = request.event().unwrap();
        assert_eq!(event.attendees[0].name.as_deref(), Some(name));
        assert_eq!(event.unread, Vec::<String>::new());
        request
            .respond("p@a.test", &Participation::Accepted, None, Tz::UTC, now())
            .unwrap();
        let answered = ICalendar::parse(request.to_string().as_bytes())
            .unwrap()
            .event()
            .unwrap();
        assert_eq!(
            answered.attendees[0].participation,
            Participation::Accepted,
            "{line}"
        );
        assert_eq!(answered.attendees[0].name.as_deref(), Some(name));
    }
    // A line that is none is told of, and kept.
    let odd = message(
        "REQUEST",
        "DTSTART:20260105T090000Z\r\nATTENDEE;CN=\"x:mailto:p@a.test\r\n",
    );
    let event = odd.event().unwrap();
    assert_eq!(
        (event.attendees.len(), event.unread),
        (0, vec!["ATTENDEE".to_owned()])
    );
    assert!(
        odd.to_string()
            .contains("ATTENDEE;CN=\"x:mailto:p@a.test\r\n")
    );
}

#[test]
fn dates_with_a_length_of_their_own_survive_edits() {
    let weekly = "RRULE:FREQ=WEEKLY;COUNT=3\r\n\
                  RDATE;VALUE=PERIOD:20260107T100000Z/PT3H,20260114T100000Z/20260114T140000Z\r\n";
    let calendar = series(":20260105T100000Z", weekly);
    let lengths = |calendar: &ICalendar| -> Vec<String> {
        let window = Window::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let found = calendar.expand(window, Tz::UTC, Limits::default()).unwrap();
        let found = found.instances.iter();
        found
            .map(|one| {
                format!(
                    "{}+{}",
                    one.starts_at.format("%dT%H"),
                    (one.ends_at - one.starts_at).num_hours()
                )
            })
            .collect()
    };
    let all = ["05T10+1", "07T10+3", "12T10+1", "14T10+4", "19T10+1"];
    assert_eq!(lengths(&calendar), all);
    // The override of one keeps its length.
    let mut edited = calendar.clone();
    let id = When::parse("20260107T100000Z", None).unwrap();
    edited
        .edit_instance(&id, &EventPatch::new().summary("Long"), Tz::UTC, now())
        .unwrap();
    assert_eq!(lengths(&edited), all);
    // A cut shares them out, and a move takes them along.
    let cut = When::parse("20260112T100000Z", None).unwrap();
    let later = EventPatch::new().start(&When::parse("20260112T120000Z", None).unwrap());
    let halves = calendar.split(&cut, "new", &later, Tz::UTC, now()).unwrap();
    assert_eq!(lengths(&halves.before), ["05T10+1", "07T10+3"]);
    assert_eq!(lengths(&halves.after), ["12T12+1", "14T12+4", "19T12+1"]);
    let after = halves.after.event().unwrap();
    let times =
        ["20260114T120000Z", "20260114T160000Z"].map(|text| When::parse(text, None).unwrap());
    let [start, end] = times;
    assert_eq!(after.recurrence_periods, [Period::between(start, end)]);
}

#[test]
fn edits_concern_the_newer_of_two_versions() {
    let mut calendar = series(
        ":20260105T100000Z",
        "RRULE:FREQ=DAILY;COUNT=2\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:series@x\r\nSEQUENCE:2\r\nSUMMARY:older\r\n\
         RECURRENCE-ID:20260106T100000Z\r\nDTSTART:20260106T110000Z\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:series@x\r\n\
         SEQUENCE:10\r\nSUMMARY:newer\r\nRECURRENCE-ID:20260106T100000Z\r\nDTSTART:20260106T120000Z\r\n",
    );
    assert_eq!(starts(&calendar), ["20260105T1000", "20260106T1200"]);
    let id = When::parse("20260106T100000Z", None).unwrap();
    calendar
        .edit_instance(&id, &EventPatch::new().location("Here"), Tz::UTC, now())
        .unwrap();
    let events = calendar.events().items;
    let places: Vec<Option<&str>> = events.iter().map(|one| one.location.as_deref()).collect();
    assert_eq!(places, [None, None, Some("Here")]);
    calendar.cancel_instance(&id, Tz::UTC, now()).unwrap();
    assert_eq!(starts(&calendar), ["20260105T1000"]);
}

#[test]
fn what_cannot_be_shared_out_is_not_cut() {
    for lines in [
        "EXRULE:FREQ=DAILY;INTERVAL=2\r\n",
        "EXDATE:sometime\r\n",
        "END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:no UID\r\n",
    ] {
        let calendar = series(
            ":20260105T100000Z",
            &format!("RRULE:FREQ=DAILY;COUNT=9\r\n{lines}"),
        );
        let id = When::parse("20260108T100000Z", None).unwrap();
        let cut = calendar.split(&id, "new", &EventPatch::new(), Tz::UTC, now());
        assert!(
            matches!(cut, Err(EditError::CannotSplit | EditError::NoSuchInstance)),
            "{cut:?}"
        );
    }
}
