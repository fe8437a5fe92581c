//! Recurrence with zones against python-dateutil and zoneinfo: 2,000 rules, the same in every run.
//!
//! Positions in weeks (BYSETPOS with WEEKLY) are not compared: dateutil counts them in the first week from the start on,
//! where RFC 5545, section 3.3.10, counts in the whole week.
//!
//! Left out where Python or its packages cannot be installed, which is an error where all checks are run (`CI` is set).
#![cfg(test)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use bheem_caldav::{ICalendar, Limits, Omission, Tz, When, Window, Zones};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

const CASES: u32 = 2_000;
/// What `scripts/test-tools` answers when something cannot be installed here.
const CANNOT: i32 = 77;
const PYTHON: &str = include_str!("differential/oracle.py");

const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "Europe/London",
];

/// Numbers that are the same in every run (the constants are Knuth's).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let index = self.below(from.len().try_into().unwrap());
        from[usize::try_from(index).unwrap()]
    }
}

struct Case {
    zone: &'static str,
    start: String,
    rule: String,
    window: Window,
}

/// A frequency, the longest window in days, and the parts to choose from.
fn family(number: u64) -> (&'static str, u64, &'static [&'static [&'static str]]) {
    match number {
        0 => (
            "SECONDLY",
            1,
            &[&["", ";BYSECOND=0,15"], &["", ";BYMINUTE=0,30"]],
        ),
        1 => (
            "MINUTELY",
            3,
            &[
                &["", ";BYMINUTE=0,7,30"],
                &["", ";BYHOUR=0,1,2,3,12"],
                &["", ";BYDAY=SU,MO,WE"],
            ],
        ),
        2 => (
            "HOURLY",
            40,
            &[
                &["", ";BYMINUTE=10,50"],
                &["", ";BYHOUR=1,2,3,22"],
                &["", ";BYDAY=SU", ";BYMONTHDAY=-1,1,15"],
            ],
        ),
        3 => (
            "DAILY",
            500,
            &[
                &["", ";BYMONTH=3,10,11"],
                &["", ";BYDAY=MO,SU", ";BYMONTHDAY=29,-1"],
                &["", ";BYHOUR=2,14"],
            ],
        ),
        4 => (
            "WEEKLY",
            900,
            &[
                &["", ";BYDAY=SU", ";BYDAY=MO,WE,FR"],
                &["", ";BYMONTH=3,11"],
                &["", ";WKST=SU", ";BYDAY=TU,SU"],
            ],
        ),
        5 => (
            "MONTHLY",
            2_200,
            &[
                &[
                    "",
                    ";BYDAY=2SU,-1FR",
                    ";BYMONTHDAY=31",
                    ";BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,2",
                ],
                &["", ";BYMONTH=2,3,10"],
            ],
        ),
        _ => (
            "YEARLY",
            9_000,
            &[
                &[
                    "",
                    ";BYMONTH=3;BYDAY=-1SU",
                    ";BYYEARDAY=60,-1",
                    ";BYWEEKNO=1,20,53;BYDAY=MO",
                    ";BYDAY=20MO,-1SU",
                    ";BYMONTHDAY=29;BYMONTH=2",
                ],
                &["", ";WKST=SU"],
            ],
        ),
    }
}

fn case(numbers: &mut Numbers) -> Case {
    let zone = ZONES[usize::try_from(numbers.below(8)).unwrap()];
    let day = NaiveDate::from_ymd_opt(2015, 1, 1).unwrap() + Days::new(numbers.below(4_000));
    let (hour, minute) = (
        u32::try_from(numbers.below(24)).unwrap(),
        u32::try_from(numbers.below(4) * 15).unwrap(),
    );
    let local = day.and_hms_opt(hour, minute, 0).unwrap();
    let (frequency, days, parts) = family(numbers.below(7));
    // Of seconds, one in which the chosen ones come up.
    let interval = match frequency {
        "SECONDLY" => 5 * (1 + numbers.below(12)),
        _ => 1 + numbers.below(5),
    };
    let mut rule = format!("FREQ={frequency};INTERVAL={interval}");
    for choices in parts {
        let part = numbers.pick(choices);
        // No part twice: the first one counts.
        let name = part.split('=').next().unwrap();
        if name.is_empty() || !rule.contains(name) {
            rule.push_str(part);
        }
    }
    let start = Zones::default().moment(&When::in_zone(local, zone.parse().unwrap()));
    let days = i64::try_from(1 + numbers.below(days)).unwrap();
    match numbers.below(3) {
        0 => {}
        1 => write!(rule, ";COUNT={}", 1 + numbers.below(30)).unwrap(),
        _ => {
            let until = start + TimeDelta::days(days) / 2;
            write!(rule, ";UNTIL={}", until.format("%Y%m%dT%H%M%SZ")).unwrap();
        }
    }
    Case {
        zone,
        start: local.format("%Y%m%dT%H%M%S").to_string(),
        rule,
        window: Window::new(start, start + TimeDelta::days(days)),
    }
}

fn ours(case: &Case) -> Vec<i64> {
    let text = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:d\nDTSTART;TZID={}:{}\nRRULE:{}\nEND:VEVENT\nEND:VCALENDAR\n",
        case.zone, case.start, case.rule
    );
    let calendar = ICalendar::parse(text.as_bytes()).unwrap();
    let limits = Limits::new(100_000, Limits::default().steps);
    let found = calendar.expand(case.window, Tz::UTC, limits).unwrap();
    // A rule that never comes true is walked to the limit, which is told.
    let is_sound = |one: &Omission| *one == Omission::Limit;
    assert!(
        found.omissions.iter().all(is_sound),
        "{text}: {:?}",
        found.omissions
    );
    let moments = found.instances.iter().map(|one| one.starts_at.timestamp());
    moments.collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether all checks are run is for the environment to say"
)]
fn python() -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../scripts/test-tools");
    let output = Command::new(script).arg("python").output().unwrap();
    let reason = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(CANNOT) && std::env::var_os("CI").is_none() {
        eprintln!("left out, as Python cannot be installed here: {reason}");
        return None;
    }
    assert!(output.status.success(), "{reason}");
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[test]
fn another_library_finds_the_same_instances() {
    let Some(python) = python() else {
        return;
    };
    let mut numbers = Numbers(20_261_129);
    let cases: Vec<Case> = (0..CASES).map(|_| case(&mut numbers)).collect();
    let questions: String = cases.iter().fold(String::new(), |mut text, case| {
        let (from, to) = (case.window.start.timestamp(), case.window.end.timestamp());
        writeln!(
            text,
            "{} {} {} {from} {to}",
            case.zone, case.start, case.rule
        )
        .unwrap();
        text
    });
    // The zones of the package, not those of this machine.
    let mut child = Command::new(python)
        .args(["-c", PYTHON])
        .env("PYTHONTZPATH", "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(questions.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(answers.len(), cases.len());
    let (mut compared, mut differ) = (0, Vec::new());
    for (case, answer) in cases.iter().zip(answers) {
        let theirs: Vec<i64> = answer
            .split_whitespace()
            .map(|at| at.parse().unwrap())
            .collect();
        let ours = ours(case);
        compared += theirs.len();
        if ours != theirs {
            let shown = |list: &[i64], other: &[i64]| -> Vec<DateTime<Utc>> {
                let only = list.iter().filter(|at| !other.contains(at)).take(3);
                only.filter_map(|at| DateTime::from_timestamp(*at, 0))
                    .collect()
            };
            differ.push(format!(
                "{} {} {}: only ours {:?}, only theirs {:?}",
                case.zone,
                case.start,
                case.rule,
                shown(&ours, &theirs),
                shown(&theirs, &ours)
            ));
        }
    }
    assert!(
        differ.is_empty(),
        "{} of {CASES} differ:\n{}",
        differ.len(),
        differ[..differ.len().min(20)].join("\n")
    );
    assert!(compared > 20_000, "{compared} instances say too little");
}
