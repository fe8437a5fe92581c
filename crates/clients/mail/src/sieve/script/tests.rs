use proptest::prelude::*;

use super::*;

#[test]
fn rules_and_an_answer_become_a_script() {
    let script = Script::new()
        .vacation(
            Vacation::new("Away.\n.\nBye \"all\"")
                .subject("Away")
                .address("a@b.example")
                .from(NaiveDate::from_ymd_opt(2026, 1, 2).unwrap())
                .until(NaiveDate::from_ymd_opt(2026, 1, 9).unwrap()),
        )
        .rule(
            Rule::new("lists")
                .any()
                .when(Condition::Field(
                    Field::Subject,
                    Match::Contains,
                    "[list]".into(),
                ))
                .when(Condition::Size(Comparison::Over, 1000))
                .then(Action::FileInto("Lists/ü".into()))
                .then(Action::Stop),
        );
    let wanted = concat!(
        "require [\"date\", \"fileinto\", \"mailbox\", \"relational\", \"vacation\"];\r\n",
        "if allof (currentdate :value \"ge\" \"date\" \"2026-01-02\", currentdate :value \"le\" \"date\" \"2026-01-09\") {\r\n",
        "vacation :days 7 :subject \"Away\" :addresses [\"a@b.example\"] \"Away.\r\n.\r\nBye \\\"all\\\"\";\r\n}\r\n",
        "# lists\r\n",
        "if anyof (header :contains \"subject\" \"[list]\", size :over 1000) {\r\n",
        "fileinto :create \"Lists/ü\";\r\nstop;\r\n}\r\n",
    );
    assert_eq!(script.to_sieve().unwrap(), wanted);
    assert_eq!(Script::new().to_sieve().unwrap(), "");
}

#[test]
fn what_could_leave_its_place_is_refused() {
    let rule = |rule: Rule| Script::new().rule(rule).to_sieve();
    assert!(rule(Rule::new("a\nredirect \"x@y\";")).is_err());
    assert!(rule(Rule::new("a").then(Action::FileInto("a\r\nb".into()))).is_err());
    assert!(rule(Rule::new("a").then(Action::Redirect("a@b.example\"; keep".into()))).is_err());
    let field = Field::Header("X\" \"y".into());
    assert!(rule(Rule::new("a").when(Condition::Field(field, Match::Is, "x".into()))).is_err());
}

/// Takes out strings and comments as a parser of the language would (RFC 5228, section 2).
fn outside(script: &str) -> String {
    let mut out = String::new();
    let mut letters = script.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => loop {
                match letters.next().expect("a string that does not end") {
                    '\\' => {
                        letters.next();
                    }
                    '"' => break,
                    _ => {}
                }
            },
            '#' => while letters.next().is_some_and(|letter| letter != '\n') {},
            other => out.push(other),
        }
    }
    out
}

proptest! {
    #[test]
    fn fuzz_no_text_leaves_its_string(name in any::<String>(), value in "[\"\\\\;{}#a\\n ]{0,12}|.*", folder in any::<String>(), answer in any::<String>()) {
        let make = |name: &str, value: &str, folder: &str, answer: &str| {
            Script::new()
                .vacation(Vacation::new(answer).subject(value))
                .rule(
                    Rule::new(name)
                        .when(Condition::Field(Field::From, Match::Is, value.into()))
                        .then(Action::FileInto(folder.into())),
                )
                .to_sieve()
        };
        if let Ok(script) = make(&name, &value, &folder, &answer) {
            prop_assert_eq!(outside(&script), outside(&make("x", "x", "x", "x").unwrap()));
        }
    }
}
