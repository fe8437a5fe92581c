//! The invariants of planning, in zones of any kind. Names and contents come from few, so that they meet.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{tests::record, *};
use crate::{NewRecord, RecordType};

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a.test",
        "A.test.",
        "mail.a.test",
        "_dmarc.a.test",
        "s1._domainkey.a.test",
        "sub.a.test",
        "x.sub.a.test",
        "not a name",
    ])
    .prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    let spf =
        "v=spf1( [+~?-]?(mx|a|include:[xyz]\\.test|ip4:192\\.0\\.2\\.[1-3])){0,4}( [~?-]all)?";
    prop_oneof![
        spf.prop_map(String::from),
        prop::sample::select(vec![
            "v=DMARC1; p=none",
            "v=DMARC1; p=reject",
            "v=DKIM1; p=AA",
            "token=1",
            "token=2"
        ])
        .prop_map(str::to_owned),
        "\\PC{0,30}",
    ]
}

fn new_record() -> impl Strategy<Value = NewRecord> {
    let host = || prop::sample::select(vec!["mail.a.test", "other.test", "MAIL.a.test."]);
    let kinds = (
        name(),
        0_u8..7,
        host(),
        text(),
        1_u16..3,
        any::<bool>(),
        0_u32..3,
    );
    kinds.prop_map(|(name, kind, host, text, priority, is_proxied, ttl)| {
        let record = match kind {
            0 => NewRecord::a(name, [192, 0, 2, 1].into()),
            1 => NewRecord::cname(name, host),
            2 => NewRecord::mx(name, priority, host),
            3 => NewRecord::new(name, RecordType::Ns, host),
            4 => NewRecord::srv(name, priority, 1, 993, host),
            _ => NewRecord::txt(name, &text),
        };
        let record = record.ttl(if ttl == 0 { 1 } else { ttl * 60 });
        if is_proxied && kind < 2 {
            record.proxied()
        } else {
            record
        }
    })
}

/// Who owns what is there: nobody known, the owner, another owner.
fn zone() -> impl Strategy<Value = Vec<Record>> {
    let one = (
        new_record(),
        prop::sample::select(vec!["", "workspace:1", "workspace:2"]),
    );
    prop::collection::vec(one, 0..10).prop_map(|records| {
        let mut zone: BTreeMap<_, Record> = BTreeMap::new();
        for (index, (new, comment)) in records.into_iter().enumerate() {
            if new.check().is_ok() {
                let new = if comment.is_empty() {
                    new
                } else {
                    new.comment(comment)
                };
                let record = record(&index.to_string(), &new);
                zone.entry(record.key()).or_insert(record);
            }
        }
        zone.into_values().collect()
    })
}

fn a_wish() -> impl Strategy<Value = Wish> {
    (prop::collection::vec(new_record(), 0..6), any::<bool>()).prop_map(|(records, may)| {
        let wish = Wish::new("a.test", Marker::new("1").unwrap());
        let wish = records.into_iter().fold(wish, Wish::record);
        if may {
            wish.replacing_foreign_mx()
        } else {
            wish
        }
    })
}

fn apply(zone: &[Record], plan: &Plan) -> Vec<Record> {
    let mut zone: Vec<Record> = zone
        .iter()
        .filter(|record| {
            plan.batch
                .deletes
                .iter()
                .all(|delete| delete.id != record.id)
        })
        .cloned()
        .collect();
    for patch in &plan.batch.patches {
        let record = zone
            .iter_mut()
            .find(|record| record.id == patch.id)
            .unwrap();
        let change = patch.change.clone();
        record.content = change.content.unwrap_or_else(|| record.content.clone());
        record.ttl = change.ttl.unwrap_or(record.ttl);
        record.proxied = change.proxied.unwrap_or(record.proxied);
        record.priority = change.priority.or(record.priority);
        record.comment = change.comment.or_else(|| record.comment.clone());
    }
    for (index, post) in plan.batch.posts.iter().enumerate() {
        zone.push(record(&format!("new-{index}"), post));
    }
    zone
}

/// How many SPF records each name has.
fn policies(zone: &[Record]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for key in zone.iter().map(Record::key).filter(state::is_spf) {
        *found.entry(key.name).or_default() += 1;
    }
    found
}

fn without_blame(problem: &Problem) -> Problem {
    match problem.clone() {
        Problem::Excluded {
            name, record_type, ..
        } => Problem::Excluded {
            name,
            by: record_type.clone(),
            record_type,
        },
        other => other,
    }
}

proptest! {
    #[test]
    fn fuzz_a_plan_that_was_applied_leaves_nothing_to_do(zone in zone(), wish in a_wish()) {
        let plan = plan_records(&zone, &wish);
        let after = apply(&zone, &plan);
        let again = plan_records(&after, &wish);
        prop_assert!(again.batch.is_empty(), "{:#?}\nthen {:#?}", plan, again);
        // The same is in the way, though the record that is blamed for it may be one that was written meanwhile.
        let told = |plan: &Plan| plan.problems.iter().map(without_blame).collect::<Vec<_>>();
        prop_assert_eq!(told(&again), told(&plan));
    }

    #[test]
    fn fuzz_what_is_not_ours_is_kept(zone in zone(), wish in a_wish()) {
        for plan in [plan_records(&zone, &wish), plan_removal(&zone, &wish)] {
            let after = apply(&zone, &plan);
            for before in zone.iter().filter(|record| !wish.owner.owns(record)) {
                let Some(now) = after.iter().find(|record| record.id == before.id) else {
                    prop_assert!(wish.may_replace_mx && before.record_type == RecordType::Mx);
                    continue;
                };
                if state::is_spf(&before.key()) {
                    let words = |record: &Record| record.text().split(' ').map(str::to_owned).collect::<Vec<_>>();
                    let kept = words(now);
                    prop_assert!(words(before).iter().all(|word| kept.contains(word)));
                } else {
                    prop_assert_eq!(now, before);
                }
            }
        }
    }

    #[test]
    fn fuzz_there_is_never_a_second_policy_and_each_record_is_touched_once(zone in zone(), wish in a_wish()) {
        let plan = plan_records(&zone, &wish);
        let before = policies(&zone);
        for (name, count) in policies(&apply(&zone, &plan)) {
            prop_assert!(count <= before.get(&name).copied().unwrap_or_default().max(1));
        }
        let patched = plan.batch.patches.iter().map(|patch| &patch.id);
        let mut ids: Vec<_> = plan.batch.deletes.iter().map(|delete| &delete.id).chain(patched).collect();
        let touched = ids.len();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), touched);
        prop_assert!(plan.batch.posts.iter().all(|post| post.check().is_ok()));
    }

    #[test]
    fn fuzz_a_removal_leaves_nothing_marked(zone in zone(), wish in a_wish()) {
        let after = apply(&zone, &plan_removal(&zone, &wish));
        prop_assert!(!after.iter().any(|record| wish.owner.owns(record)));
        prop_assert!(plan_removal(&after, &wish).batch.is_empty());
    }
}
