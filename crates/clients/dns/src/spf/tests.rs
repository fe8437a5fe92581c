use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn walk(zone: &[(&str, &[&str])]) -> SpfReport {
    let zone: BTreeMap<&str, &[&str]> = zone.iter().copied().collect();
    let mut walk = SpfWalk::new("a.test");
    let mut questions = 0;
    while let Some(question) = walk.next_question() {
        questions += 1;
        assert!(questions <= 11, "bounded");
        let found = |name: &str| zone.get(name).copied().unwrap_or_default();
        walk.answer(match question {
            Question::Texts(name) => {
                Evidence::Texts(found(&name).iter().map(|&text| text.to_owned()).collect())
            }
            Question::Addresses(name) | Question::Exchangers(name) => {
                Evidence::Count(found(&name).len())
            }
        });
    }
    walk.into_report()
}

#[test]
fn every_kind_of_term_is_read_and_written() {
    let text = "v=spf1 +a mx/24//64 -a:b.test/16 ~include:c.test ?exists:%{ir}.%{v}._spf.%{d2} ptr:d.test \
        ip4:192.0.2.0/24 ip6:2001:db8::/32 -all exp=why.%{d} other=x";
    let record: SpfRecord = text.parse().unwrap();
    assert_eq!(record.to_string(), text.replace("+a", "a"));
    assert_eq!(record.to_string().parse::<SpfRecord>().unwrap(), record);
    assert_eq!(record.default_qualifier(), Some(Qualifier::Fail));
    assert_eq!(
        record.directives[2].mechanism,
        Mechanism::A(DomainSpec::parse("b.test"), 16, 128)
    );
    assert_eq!(
        "V=SPF1 ALL".parse::<SpfRecord>().unwrap().directives.len(),
        1
    );
    assert_eq!(
        "v=spf1".parse::<SpfRecord>().unwrap().default_qualifier(),
        Some(Qualifier::Neutral)
    );
}

#[test]
fn any_mistake_makes_a_record_worthless() {
    for wrong in [
        "v=spf10 all",
        "",
        "v=spf1\tall",
        "v=spf1 al",
        "v=spf1 all:x.test",
        "v=spf1 include",
        "v=spf1 include:",
        "v=spf1 include:localhost",
        "v=spf1 ip4:300.0.0.1",
        "v=spf1 ip4:192.0.2.1/33",
        "v=spf1 ip4:192.0.2.1/01",
        "v=spf1 ip6:192.0.2.1",
        "v=spf1 a/33",
        "v=spf1 a//129",
        "v=spf1 a:",
        "v=spf1 exists:%{x}.test",
        "v=spf1 exists:%{d",
        "v=spf1 exists:%",
        "v=spf1 exists:%{drr}",
        "v=spf1 exists:%{d.2}",
        "v=spf1 --all",
        "v=spf1 redirect=a.test redirect=b.test",
        "v=spf1 a:b.123",
        "v=spf1 include:ü.test",
    ] {
        assert!(wrong.parse::<SpfRecord>().is_err(), "{wrong}");
    }
}

#[test]
fn includes_are_followed_at_any_depth_if_they_let_pass() {
    let report = walk(&[
        (
            "a.test",
            &[
                "other",
                "v=spf1 include:b.test -include:bad.test ~all include:after.test",
            ],
        ),
        ("b.test", &["v=spf1 redirect=C.test"]),
        ("c.test", &["v=spf1 ip4:192.0.2.1 -all"]),
        ("bad.test", &["v=spf1 include:worse.test -all"]),
        ("worse.test", &["v=spf1 all"]),
    ]);
    assert!(report.is_valid(), "{report:?}");
    assert_eq!((report.lookups, report.void_lookups), (4, 0));
    assert!(report.includes("B.test.") && report.includes("c.test"));
    assert!(
        !report.includes("bad.test")
            && !report.includes("worse.test")
            && !report.includes("after.test")
    );
}

#[test]
fn what_is_missing_or_doubled_is_told() {
    let problem = |zone: &[(&str, &[&str])]| walk(zone).problems;
    let name = "a.test".to_owned();
    assert_eq!(problem(&[]), [SpfProblem::NoRecord { name: name.clone() }]);
    assert_eq!(
        problem(&[("a.test", &["v=spf1 all", "v=spf1"])]),
        [SpfProblem::Several { name: name.clone() }]
    );
    let wrong = problem(&[("a.test", &["v=spf1 al"])]);
    assert!(matches!(
        &wrong[..],
        [SpfProblem::Malformed {
            reason: SpfError::Unknown(_),
            ..
        }]
    ));
    let absent = problem(&[("a.test", &["v=spf1 include:b.test all"])]);
    assert_eq!(
        absent,
        [SpfProblem::NoRecord {
            name: "b.test".to_owned()
        }]
    );
    let circle = problem(&[
        ("a.test", &["v=spf1 include:b.test all"]),
        ("b.test", &["v=spf1 include:a.test all"]),
    ]);
    assert_eq!(circle, [SpfProblem::Loop { name }]);
}

#[test]
fn the_eleventh_lookup_and_the_third_that_finds_nothing_end_it() {
    let ten = "v=spf1 a a a a a a a a a mx all";
    let report = walk(&[("a.test", &[ten])]);
    assert!(report.is_valid() && report.lookups == 10);
    let eleven = ten.replace("mx", "mx ptr");
    assert_eq!(
        walk(&[("a.test", &[&eleven])]).problems,
        [SpfProblem::TooManyLookups]
    );
    let voids = walk(&[(
        "a.test",
        &["v=spf1 a:x.test mx:y.test exists:%{i}.z.test all"],
    )]);
    assert!(voids.is_valid() && voids.has_macros && voids.void_lookups == 2);
    let voids = walk(&[("a.test", &["v=spf1 a:x.test mx:y.test exists:z.test all"])]);
    assert_eq!(voids.problems, [SpfProblem::TooManyVoidLookups]);
}

fn term() -> impl Strategy<Value = String> {
    prop_oneof![
        "[+~?-]?(include|a|mx|exists|ptr|redirect)[:=](a|b|c|%\\{d\\})\\.test"
            .prop_map(String::from),
        "[+~?-]?(a|mx|all|ip4:192\\.0\\.2\\.[0-9]{1,3}/[0-9]{1,2}|ip6:2001:db8::/[0-9]{1,3})"
            .prop_map(String::from),
        "[!-~]{0,12}",
    ]
}

proptest! {
    #[test]
    fn fuzz_any_text_is_read_or_refused(text in "\\PC{0,200}|v=spf1 [!-~ ]{0,200}") {
        if let Ok(record) = text.parse::<SpfRecord>() {
            let again: SpfRecord = record.to_string().parse().unwrap();
            prop_assert_eq!(again, record);
        }
    }

    #[test]
    fn fuzz_a_walk_ends_soon_whatever_records_say(
        records in prop::collection::vec(prop::collection::vec(term(), 0..12), 3),
    ) {
        let texts: Vec<String> = records.iter().map(|terms| format!("v=spf1 {}", terms.join(" "))).collect();
        let mut walk = SpfWalk::new("a.test");
        let mut questions = 0;
        while let Some(question) = walk.next_question() {
            questions += 1;
            prop_assert!(questions <= 11);
            walk.answer(match question {
                Question::Texts(name) => {
                    let at = match name.as_str() { "a.test" => 0, "b.test" => 1, _ => 2 };
                    Evidence::Texts(vec![texts[at].clone()])
                }
                _ => Evidence::Count(1),
            });
        }
        let report = walk.into_report();
        prop_assert!(report.lookups <= 10 || report.problems.contains(&SpfProblem::TooManyLookups));
    }
}
