use bheem_caldav::{
    Attendee, EditError, EventPatch, ICalendar, Limits, Method, Participation, ScheduleAgent, Tz,
    Window, busy_periods,
};

use super::support::{at, now, paris};

fn meeting() -> ICalendar {
    let patch = EventPatch::new()
        .summary("Planning")
        .end(&paris("20260105T110000"))
        .organizer(Some(&Attendee::mail("ann@a.test")))
        .attendees(&[
            Attendee::mail("bob@a.test").schedule_agent(ScheduleAgent::Client),
            Attendee::mail("eve@a.test").name("Eve, E."),
        ]);
    ICalendar::event_at("planning@x", &paris("20260105T100000"), &patch, now())
}

#[test]
fn an_invitation_is_sent_answered_and_recorded() {
    let mut hers = meeting();
    let request = hers.request(now());
    assert_eq!(request.method(), Some(Method::Request));
    assert!(
        !request.to_string().contains("SCHEDULE-AGENT")
            && hers.to_string().contains("SCHEDULE-AGENT=CLIENT")
    );

    let mut his = request.without_method();
    his.respond(
        "MAILTO:Bob@a.test",
        &Participation::Accepted,
        None,
        Tz::UTC,
        now(),
    )
    .unwrap();
    let reply = his.reply("bob@a.test", now()).unwrap();
    let answer = reply.event().unwrap();
    assert_eq!(
        (reply.method(), answer.attendees.len()),
        (Some(Method::Reply), 1)
    );
    assert!(hers.apply_reply(&reply, Tz::UTC).unwrap());
    assert!(
        !hers.apply_reply(&reply, Tz::UTC).unwrap(),
        "nothing is new the second time"
    );
    let event = hers.event().unwrap();
    assert_eq!(event.attendees[0].participation, Participation::Accepted);
    assert_eq!(
        (
            event.attendees[1].participation.clone(),
            event.attendees[1].name.as_deref()
        ),
        (Participation::NeedsAction, Some("Eve, E."))
    );
    let stranger = his.respond(
        "mallory@b.test",
        &Participation::Accepted,
        None,
        Tz::UTC,
        now(),
    );
    assert_eq!(stranger, Err(EditError::NotInvited));
    let cancelled = hers.cancellation(now()).event().unwrap();
    assert_eq!(
        (cancelled.status, cancelled.sequence),
        (
            Some(bheem_caldav::EventStatus::Cancelled),
            event.sequence + 1
        )
    );
}

#[test]
fn an_answer_to_an_older_version_does_not_count() {
    let mut hers = meeting();
    let mut his = hers.request(now()).without_method();
    his.respond("bob@a.test", &Participation::Declined, None, Tz::UTC, now())
        .unwrap();
    let reply = his.reply("bob@a.test", now()).unwrap();
    hers.edit_event(
        &EventPatch::new()
            .start(&paris("20260106T100000"))
            .end(&paris("20260106T110000")),
        now(),
    )
    .unwrap();
    assert!(!hers.apply_reply(&reply, Tz::UTC).unwrap());
}

#[test]
fn what_is_declined_does_not_make_busy() {
    let mut his = meeting();
    let window = Window::new(at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let busy = |calendar: &ICalendar| {
        let found = calendar.expand(window, Tz::UTC, Limits::default()).unwrap();
        busy_periods(&found.instances, window, Some("bob@a.test"))
    };
    assert_eq!(busy(&his)[0].kind, bheem_caldav::BusyKind::Tentative);
    his.respond("bob@a.test", &Participation::Declined, None, Tz::UTC, now())
        .unwrap();
    assert!(busy(&his).is_empty());
}
