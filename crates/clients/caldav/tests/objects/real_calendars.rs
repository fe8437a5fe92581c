//! What real programs write, and what it means. Expected values are those of the standard named, and of
//! recurring-ical-events 3.8 (with icalendar 7.3) where that reads it.

use bheem_caldav::{FormatError, ICalendar, Limits, Omission, Tz, Window};

use super::support::at;

/// A calendar with these lines; without `\r`, which is common as well.
fn calendar(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{lines}END:VCALENDAR\n")
}

fn event(uid: &str, lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20260101T000000Z\n{lines}END:VEVENT\n")
}

/// New York, under any name.
fn new_york(name: &str) -> String {
    format!(
        "BEGIN:VTIMEZONE\nTZID:{name}\nBEGIN:STANDARD\nDTSTART:16010101T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n\
         RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\n\
         TZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nRRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
    )
}

struct Found {
    /// `0105T0900-1000 name`, in UTC; the end with its day if that is another.
    instances: Vec<String>,
    omissions: Vec<Omission>,
}

fn expand(text: &str) -> Found {
    let calendar =
        ICalendar::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    let window = Window::new(at("2014-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
    let found = calendar.expand(window, Tz::UTC, Limits::default()).unwrap();
    assert_eq!(found.is_complete, found.omissions.is_empty());
    let instances = found.instances.iter().map(|one| {
        let is_same_day = one.starts_at.date_naive() == one.ends_at.date_naive();
        let end = if is_same_day { "%H%M" } else { "%m%dT%H%M" };
        let name = one.event.summary.as_deref().unwrap_or_default();
        format!(
            "{}-{} {name}",
            one.starts_at.format("%m%dT%H%M"),
            one.ends_at.format(end)
        )
    });
    Found {
        instances: instances.collect(),
        omissions: found.omissions,
    }
}

fn assert_instances(about: &str, text: &str, expected: &[&str]) {
    let found = expand(text);
    assert_eq!(found.instances, expected, "{about}");
    assert_eq!(found.omissions, [], "{about}");
}

#[test]
fn zones_are_found_by_the_names_that_programs_give_them() {
    let timed = |zone: &str| {
        event(
            "z",
            &format!("DTSTART;TZID={zone}:20260701T090000\nDURATION:PT1H\nSUMMARY:x\n"),
        )
    };
    let quoted = "\"Office New York, Branch\"";
    for (about, text, expected) in [
        // RFC 5545, section 3.8.3.1: TZID is TEXT, so a comma is escaped there and not in the parameter.
        ("escaped comma", new_york("Office New York\\, Branch") + &timed(quoted), "0701T1300-1400 x"),
        ("plain comma", new_york("Office New York, Branch") + &timed(quoted), "0701T1300-1400 x"),
        (
            "escaped in both",
            new_york("Office New York\\, Branch") + &timed("\"Office New York\\, Branch\""),
            "0701T1300-1400 x",
        ),
        ("any name", new_york("Customized Time Zone") + &timed("Customized Time Zone"), "0701T1300-1400 x"),
        // Own judgement: no time holds a colon, so the last one ends the name.
        ("unquoted colon", timed("GMT+05:30"), "0701T0330-0430 x"),
        (
            "offsets with a colon",
            "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+05:30\nTZOFFSETTO:+05:30\n\
             END:STANDARD\nEND:VTIMEZONE\n"
                .to_owned()
                + &timed("Ours"),
            "0701T0330-0430 x",
        ),
        // RFC 5545, section 3.2.19: a name that begins with a slash is one of a registry. icalendar strips the prefix.
        ("libical", timed("/freeassociation.sourceforge.net/Europe/Berlin"), "0701T0700-0800 x"),
        ("Mozilla", timed("/mozilla.org/20050126_1/Europe/Berlin"), "0701T0700-0800 x"),
        ("Citadel", timed("/citadel.org/20210210_1/Europe/Berlin"), "0701T0700-0800 x"),
        (
            "softwarestudio",
            timed("/softwarestudio.org/Olson_20011030_5/America/New_York"),
            "0701T1300-1400 x",
        ),
        ("Windows", timed("Romance Standard Time"), "0701T0700-0800 x"),
        ("in lower case", timed("europe/berlin"), "0701T0700-0800 x"),
        ("a dash", timed("US-Eastern"), "0701T1300-1400 x"),
        // Summer time: the offset in the name is that of winter.
        (
            "Exchange",
            timed("\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome\""),
            "0701T0700-0800 x",
        ),
        ("Outlook", timed("(GMT+01.00) Amsterdam / Berlin / Bern"), "0701T0700-0800 x"),
        ("UTC in spite of a zone", timed("Etc/GMT").replace("090000", "090000Z"), "0701T0900-1000 x"),
    ] {
        assert_instances(about, &calendar(&text), &[expected]);
    }
}

#[test]
fn a_zone_that_nobody_knows_is_told() {
    for (zone, expected) in [
        ("Nowhere/Else", "0701T0900-0900 x"),
        // The offset is better than nothing, though there may be summer time.
        ("(UTC-05:00) Somewhere", "0701T1400-1400 x"),
    ] {
        let text = event(
            "z",
            &format!("DTSTART;TZID={zone}:20260701T090000\nSUMMARY:x\n"),
        );
        let found = expand(&calendar(&text));
        assert_eq!(found.instances, [expected]);
        assert_eq!(found.omissions, [Omission::Zone(zone.to_owned())]);
    }
}

const BERLIN: &str = "DTSTART;TZID=Europe/Berlin:20260105T100000\nDURATION:PT1H\nSUMMARY:series\nRRULE:FREQ=WEEKLY;COUNT=3\n";
const DAILY: &str = "DTSTART:20260105T090000Z\nDTEND:20260105T100000Z\nRRULE:FREQ=DAILY;COUNT=3\nSEQUENCE:1\nSUMMARY:series\n";

fn override_of(id: &str, start: &str, rest: &str) -> String {
    event(
        "s",
        &format!("RECURRENCE-ID{id}\nDTSTART{start}\nDURATION:PT1H\n{rest}"),
    )
}

#[test]
fn overrides_of_all_that_follows() {
    for (about, text, expected) in [
        // RFC 5545, section 3.2.13: what follows is moved by the same difference, in whatever form the instance is named.
        (
            "a range named in UTC",
            event("s", BERLIN)
                + &override_of(
                    ";RANGE=THISANDFUTURE:20260112T090000Z",
                    ";TZID=Europe/Berlin:20260112T123000",
                    "SUMMARY:later\n",
                ),
            [
                "0105T0900-1000 series",
                "0112T1130-1230 later",
                "0119T1130-1230 later",
            ]
            .as_slice(),
        ),
        (
            "a range that begins in UTC",
            event("s", &BERLIN.replace("20260105", "20260316"))
                + &override_of(
                    ";RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260323T100000",
                    ":20260323T113000Z",
                    "SUMMARY:later\n",
                ),
            &[
                "0316T0900-1000 series",
                "0323T1130-1230 later",
                "0330T1030-1130 later",
            ],
        ),
        (
            "days that become hours",
            event(
                "s",
                "DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=WEEKLY;COUNT=2\nSUMMARY:day\n",
            ) + &override_of(
                ";RANGE=THISANDFUTURE;VALUE=DATE:20260105",
                ";TZID=America/New_York:20260105T120000",
                "SUMMARY:noon\n",
            ),
            &["0105T1700-1800 noon", "0112T1700-1800 noon"],
        ),
    ] {
        assert_instances(about, &calendar(&text), expected);
    }
}

#[test]
fn versions_of_an_instance() {
    for (about, text, expected) in [
        // RFC 5546, section 2.1.5: of two versions the one with the higher SEQUENCE counts.
        (
            "two versions",
            event("s", DAILY)
                + &override_of(
                    ":20260106T090000Z",
                    ":20260106T140000Z",
                    "SEQUENCE:10\nSUMMARY:newer\n",
                )
                + &override_of(
                    ":20260106T090000Z",
                    ":20260106T110000Z",
                    "SEQUENCE:2\nSUMMARY:older\n",
                ),
            [
                "0105T0900-1000 series",
                "0106T1400-1500 newer",
                "0107T0900-1000 series",
            ]
            .as_slice(),
        ),
        (
            "two versions of the series",
            event("s", &DAILY.replace("SEQUENCE:1", "SEQUENCE:5"))
                + &event("s", &DAILY.replace("SUMMARY:", "SUMMARY:old ")),
            &[
                "0105T0900-1000 series",
                "0106T0900-1000 series",
                "0107T0900-1000 series",
            ],
        ),
        // An instance that was taken out is not in the set that RECURRENCE-ID refers to.
        (
            "EXDATE and an override",
            event("s", &format!("{DAILY}EXDATE:20260106T090000Z\n"))
                + &override_of(":20260106T090000Z", ":20260106T140000Z", "SUMMARY:stale\n"),
            &["0105T0900-1000 series", "0107T0900-1000 series"],
        ),
    ] {
        assert_instances(about, &calendar(&text), expected);
    }
}

#[test]
fn names_of_instances() {
    for (about, text, expected) in [
        (
            "an identifier in another zone",
            event("s", BERLIN)
                + &override_of(
                    ";TZID=America/New_York:20260112T040000",
                    ";TZID=Europe/Paris:20260112T150000",
                    "SUMMARY:moved\n",
                ),
            [
                "0105T0900-1000 series",
                "0112T1400-1500 moved",
                "0119T0900-1000 series",
            ]
            .as_slice(),
        ),
        (
            "an identifier without a zone",
            event("s", BERLIN)
                + &override_of(
                    ":20260112T100000",
                    ";TZID=Europe/Berlin:20260112T150000",
                    "SUMMARY:moved\n",
                ),
            &[
                "0105T0900-1000 series",
                "0112T1400-1500 moved",
                "0119T0900-1000 series",
            ],
        ),
        (
            "an override of no instance stands beside",
            event("s", BERLIN)
                + &override_of(":20260113T090000Z", ":20260114T090000Z", "SUMMARY:orphan\n"),
            &[
                "0105T0900-1000 series",
                "0112T0900-1000 series",
                "0114T0900-1000 orphan",
                "0119T0900-1000 series",
            ],
        ),
        // RFC 5545, section 3.6.1: no DTSTART is needed where a method is given; programs leave it out elsewhere too.
        (
            "an override without a time of its own",
            event("s", DAILY)
                + &event(
                    "s",
                    "RECURRENCE-ID:20260106T090000Z\nSTATUS:CANCELLED\nSUMMARY:called off\n",
                ),
            &[
                "0105T0900-1000 series",
                "0106T0900-1000 called off",
                "0107T0900-1000 series",
            ],
        ),
    ] {
        assert_instances(about, &calendar(&text), expected);
    }
}

#[test]
fn dates_of_a_series() {
    let start = "DTSTART:20260105T090000Z\nDTEND:20260105T100000Z\nSUMMARY:x\n";
    let day = "DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:x\n";
    for (about, lines, expected) in [
        // RFC 2445, section 4.8.5.2; dateutil's rruleset.
        (
            "EXRULE",
            format!("{start}RRULE:FREQ=DAILY;COUNT=7\nEXRULE:FREQ=WEEKLY;BYDAY=SA,SU\n"),
            [
                "0105T0900-1000 x", "0106T0900-1000 x", "0107T0900-1000 x", "0108T0900-1000 x",
                "0109T0900-1000 x",
            ]
            .as_slice(),
        ),
        (
            "EXRULE that ends",
            format!("{start}RRULE:FREQ=DAILY;COUNT=3\nEXRULE:FREQ=DAILY;COUNT=2\n"),
            &["0107T0900-1000 x"],
        ),
        // RFC 5545, section 3.8.5.2: a period has a length of its own.
        (
            "RDATE with periods",
            format!("{start}RDATE;VALUE=PERIOD:20260106T090000Z/20260106T150000Z,20260107T090000Z/PT30M\n"),
            &["0105T0900-1000 x", "0106T0900-1500 x", "0107T0900-0930 x"],
        ),
        (
            "dates of all forms",
            format!(
                "{}RDATE;VALUE=DATE:20260305\nRDATE:20260306T090000Z\nRDATE;TZID=America/New_York:20260307T040000\n\
                 EXDATE;VALUE=DATE:20260306\n",
                start.replace("20260105", "20260302")
            ),
            &["0302T0900-1000 x", "0305T0000-0100 x", "0307T0900-1000 x"],
        ),
        (
            "EXDATE in UTC for days",
            format!("{day}EXDATE:20260106T000000Z\n"),
            &["0105T0000-0106T0000 x", "0107T0000-0108T0000 x"],
        ),
        (
            "EXDATE without a zone",
            "DTSTART;TZID=Europe/Berlin:20260105T090000\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260106T090000\nSUMMARY:x\n".to_owned(),
            &["0105T0800-0800 x"],
        ),
        (
            "EXDATE of the start, which the rule does not name",
            "DTSTART:20140117T073000Z\nRRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20140129T235900Z\nEXDATE:20140117T073000Z\n\
             SUMMARY:x\n"
                .to_owned(),
            &["0121T0730-0730 x", "0128T0730-0730 x"],
        ),
        (
            "UNTIL as a time without a zone",
            "DTSTART;TZID=America/New_York:20260302T200000\nRRULE:FREQ=DAILY;UNTIL=20260303T200000\nSUMMARY:x\n".to_owned(),
            &["0303T0100-0100 x", "0304T0100-0100 x"],
        ),
        (
            "UNTIL in UTC",
            "DTSTART;TZID=America/New_York:20260302T200000\nRRULE:FREQ=DAILY;UNTIL=20260304T010000Z\nSUMMARY:x\n".to_owned(),
            &["0303T0100-0100 x", "0304T0100-0100 x"],
        ),
        // RFC 5545, section 3.3.5: a time in a gap is read with the offset before it.
        (
            "a gap",
            "DTSTART;TZID=America/New_York:20260307T023000\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:x\n".to_owned(),
            &["0307T0730-0730 x", "0308T0730-0730 x", "0309T0630-0630 x"],
        ),
        // RFC 5545, section 3.8.2.2: an end before the start is an error; what is known is when it begins.
        ("an end before the start", start.replace("T100000Z", "T080000Z"), &["0105T0900-0900 x"]),
    ] {
        assert_instances(about, &calendar(&event("d", &lines)), expected);
    }
    let early = calendar(&event("d", &start.replace("T100000Z", "T080000Z")));
    let window = Window::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    let found = ICalendar::parse(early.as_bytes()).unwrap();
    let found = found.expand(window, Tz::UTC, Limits::default()).unwrap();
    assert_eq!(found.instances[0].end, found.instances[0].start);
}

#[test]
fn what_is_not_understood_is_told() {
    let series = "DTSTART:20260105T090000Z\nRRULE:FREQ=DAILY;COUNT=2\nSUMMARY:x\n";
    for (line, name) in [
        ("RRULE:FREQ=FORTNIGHTLY\n", "RRULE"),
        ("EXRULE:FREQ=SOMETIMES\n", "EXRULE"),
        ("EXRULE:FREQ=DAILY;RSCALE=HEBREW\n", "EXRULE"),
        ("EXDATE:tomorrow\n", "EXDATE"),
        ("RDATE:20260107T090000Z,soon\n", "RDATE"),
        ("RDATE;VALUE=PERIOD:20260107T090000Z/later\n", "RDATE"),
        ("DTEND:later\n", "DTEND"),
        ("DURATION:long\n", "DURATION"),
        ("EXDATE\n", "EXDATE"),
    ] {
        let found = expand(&calendar(&event("u", &format!("{series}{line}"))));
        assert!(found.instances.len() >= 2, "{line}");
        let (uid, name) = ("u".to_owned(), name.to_owned());
        assert_eq!(
            found.omissions,
            [Omission::Property { uid, name }],
            "{line}"
        );
    }
}

#[test]
fn one_that_cannot_be_read_hides_no_other() {
    let good = |uid: &str| event(uid, "DTSTART:20260105T090000Z\nSUMMARY:fine\n");
    for (about, broken, reason) in [
        (
            "no start",
            event("b", "DTSTART;VALUE=DATE:\n"),
            FormatError::Property("DTSTART"),
        ),
        (
            "an opaque start",
            event("b", "DTSTART\n"),
            FormatError::Property("DTSTART"),
        ),
        (
            "no UID",
            "BEGIN:VEVENT\nDTSTART:20260105T090000Z\nEND:VEVENT\n".to_owned(),
            FormatError::Property("UID"),
        ),
        (
            "no identifier",
            event("a", "DTSTART:20260105T090000Z\nRECURRENCE-ID:then\n"),
            FormatError::Property("RECURRENCE-ID"),
        ),
    ] {
        let text = calendar(&(good("a") + &broken + &good("c")));
        let found = expand(&text);
        assert_eq!(
            found.instances,
            ["0105T0900-0900 fine", "0105T0900-0900 fine"],
            "{about}"
        );
        let [Omission::Component(left_out)] = found.omissions.as_slice() else {
            panic!("{about}: {:?}", found.omissions)
        };
        assert_eq!(
            (left_out.component.as_str(), left_out.reason),
            ("VEVENT", reason),
            "{about}"
        );
        let calendar = ICalendar::parse(text.as_bytes()).unwrap();
        assert_eq!(
            (
                calendar.events().items.len(),
                calendar.events().unreadable.len()
            ),
            (2, 1)
        );
        assert_eq!(calendar.event().unwrap().uid, "a");
        assert_eq!(
            calendar.to_string().replace("\r\n", "\n"),
            text,
            "nothing is lost in an edit"
        );
    }
    let todos = "BEGIN:VTODO\nUID:1\nSUMMARY:a\nEND:VTODO\nBEGIN:VTODO\nSUMMARY:no UID\nEND:VTODO\n\
                 BEGIN:VTODO\nUID:3\nRRULE:FREQ=NEVER\nEND:VTODO\n";
    let todos = ICalendar::parse(calendar(todos).as_bytes())
        .unwrap()
        .todos();
    assert_eq!((todos.items.len(), todos.unreadable.len()), (2, 1));
    assert_eq!(todos.items[1].unread, ["RRULE"]);
    let alone = ICalendar::parse(calendar(&event("b", "DTSTART:?\n")).as_bytes()).unwrap();
    let window = Window::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    let error = alone
        .expand(window, Tz::UTC, Limits::default())
        .unwrap_err();
    assert_eq!(error, FormatError::Property("DTSTART"));
}

#[test]
fn texts_with_odd_borders_are_read() {
    let one = calendar(&event("t", "DTSTART:20260105T090000Z\nSUMMARY:x\n"));
    for (about, text) in [
        ("a mark of DOS at the end", format!("{one}\u{1a}\n")),
        ("NUL at the end", format!("{one}\0\n")),
        ("a byte order mark", format!("\u{feff}{one}")),
        ("CR only", one.replace('\n', "\r")),
        ("CR CR LF", one.replace('\n', "\r\r\n")),
        (
            "in lower case",
            one.to_lowercase().replace("dtstamp:20260101t000000z", ""),
        ),
        // RFC 5545, section 3.4: a stream may hold several; the same object twice is there once (RFC 5546, 2.1.5).
        ("twice", format!("{one}{one}")),
    ] {
        assert_instances(about, &text, &["0105T0900-0900 x"]);
    }
    let both = one
        .replace("UID:t", "UID:other")
        .replace("SUMMARY:x", "SUMMARY:y");
    assert_instances(
        "two",
        &format!("{one}{both}"),
        &["0105T0900-0900 y", "0105T0900-0900 x"],
    );
    let old = one.replace("SUMMARY:x", "SUMMARY:Gr#").into_bytes();
    let old: Vec<u8> = old
        .into_iter()
        .map(|byte| if byte == b'#' { 0xfc } else { byte })
        .collect();
    let old = ICalendar::parse(&old).unwrap().event().unwrap();
    assert_eq!(old.summary.as_deref(), Some("Grü"));
    let folded = "BEGIN:VEVENT\nUID:f\nDTSTART;TZID=\n Europe/Berlin\n :20260105T090000\nSUMMARY:a\\\n n b\\\n , c\nEND:VEVENT\n";
    let folded = ICalendar::parse(calendar(folded).as_bytes())
        .unwrap()
        .event()
        .unwrap();
    assert_eq!(folded.summary.as_deref(), Some("a\n b, c"));
    assert_eq!(folded.start.unwrap().value(), "20260105T090000");
}
