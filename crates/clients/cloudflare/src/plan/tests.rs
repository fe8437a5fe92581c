use std::net::Ipv4Addr;

use super::*;
use crate::{NewRecord, RecordType, txt};

const HOST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

fn wish() -> Wish {
    Wish::new("a.test", Marker::new("1").unwrap())
}

pub(super) fn record(id: &str, from: &NewRecord) -> Record {
    let value = serde_json::json!({
        "id": id, "name": from.name, "type": from.record_type, "content": from.content, "ttl": from.ttl,
        "proxied": from.proxied, "priority": from.priority, "comment": from.comment, "data": from.data,
    });
    serde_json::from_value(value).unwrap()
}

fn foreign(id: &str, from: impl std::borrow::Borrow<NewRecord>) -> Record {
    record(id, from.borrow())
}

fn own(id: &str, from: NewRecord) -> Record {
    record(id, &from.comment("workspace:1"))
}

#[test]
fn an_empty_zone_gets_everything_marked() {
    let wish = wish()
        .record(NewRecord::mx("a.test", 10, "mail.b.test"))
        .record(NewRecord::txt("a.test", "v=spf1 mx ~all"))
        .record(NewRecord::cname("autodiscover.a.test", "mail.b.test").comment("clients"))
        .record(NewRecord::srv(
            "_imaps._tcp.a.test",
            0,
            1,
            993,
            "mail.b.test",
        ));
    let plan = plan_records(&[], &wish);
    assert!(plan.problems.is_empty());
    assert_eq!(plan.batch.posts.len(), 4);
    let comments: Vec<_> = plan
        .batch
        .posts
        .iter()
        .map(|post| post.comment.as_deref())
        .collect();
    assert!(
        comments.contains(&Some("workspace:1 clients")) && comments.contains(&Some("workspace:1"))
    );
}

#[test]
fn spf_is_merged_into_what_is_there_and_two_are_refused() {
    let wish = wish().record(NewRecord::txt("a.test", "v=spf1 include:mail.test ~all"));
    let there = foreign("1", NewRecord::txt("A.test", "v=spf1 mx -all"));
    let plan = plan_records(std::slice::from_ref(&there), &wish);
    assert!(plan.batch.posts.is_empty() && plan.batch.deletes.is_empty());
    let change = &plan.batch.patches[0].change;
    assert_eq!(
        txt::unquote(change.content.as_ref().unwrap()),
        "v=spf1 mx include:mail.test -all"
    );
    assert_eq!(change.comment, None, "it stays whose it is");

    let second = own(
        "2",
        NewRecord::txt("a.test", "v=spf1 include:mail.test ~all"),
    );
    let plan = plan_records(&[there, second], &wish);
    assert!(plan.batch.is_empty());
    assert_eq!(
        plan.problems,
        [Problem::SeveralSpf {
            name: "a.test".to_owned()
        }]
    );
}

#[test]
fn foreign_mail_exchangers_stay_unless_confirmed() {
    let there = [
        foreign("1", NewRecord::mx("a.test", 1, "aspmx.example")),
        own("2", NewRecord::mx("a.test", 20, "old.b.test")),
    ];
    let wish = wish().record(NewRecord::mx("a.test", 10, "mail.b.test"));
    let plan = plan_records(&there, &wish);
    assert!(plan.batch.posts.is_empty());
    assert!(
        matches!(&plan.problems[..], [Problem::ForeignMx { hosts, .. }] if hosts == &["aspmx.example"])
    );
    let plan = plan_records(&there, &wish.replacing_foreign_mx());
    assert!(plan.problems.is_empty());
    assert_eq!(plan.batch.deletes[0].id, "1");
    assert_eq!(
        plan.batch.patches[0].id, "2",
        "what is ours becomes what is wanted"
    );
}

#[test]
fn an_alias_is_alone_but_at_the_top() {
    let wish = wish()
        .record(NewRecord::cname("autodiscover.a.test", "mail.b.test"))
        .record(NewRecord::txt("a.test", "token=1"));
    let there = [
        foreign("1", NewRecord::a("autodiscover.a.test", HOST)),
        foreign("2", NewRecord::cname("a.test", "site.example").proxied()),
    ];
    let plan = plan_records(&there, &wish);
    assert_eq!(
        plan.problems,
        [Problem::Excluded {
            name: "autodiscover.a.test".to_owned(),
            record_type: RecordType::Cname,
            by: RecordType::A,
        }]
    );
    assert_eq!(
        plan.batch.posts.len(),
        1,
        "flattened at the top, so that a text may be there"
    );
}

#[test]
fn a_selector_and_a_policy_of_somebody_else_are_not_doubled() {
    let wish = wish()
        .record(NewRecord::txt("_dmarc.a.test", "v=DMARC1; p=none"))
        .record(NewRecord::txt("dkim._domainkey.a.test", "v=DKIM1; p=AAAA"));
    let there = [
        foreign("1", NewRecord::txt("_dmarc.a.test", "v=DMARC1; p=reject")),
        own(
            "2",
            NewRecord::txt("dkim._domainkey.a.test", "v=DKIM1; p=BBBB"),
        ),
    ];
    let plan = plan_records(&there, &wish);
    assert!(matches!(
        &plan.problems[..],
        [Problem::Occupied { record_type: RecordType::Txt, found, .. }] if found == &["v=DMARC1; p=reject"]
    ));
    assert_eq!(
        plan.batch.patches.len(),
        1,
        "the key is ours and is changed"
    );
    assert!(plan.batch.posts.is_empty() && plan.batch.deletes.is_empty());
}

#[test]
fn a_proxied_mail_host_is_a_problem_whoever_made_it() {
    let wish = wish()
        .record(NewRecord::mx("a.test", 10, "mail.a.test"))
        .record(NewRecord::a("mail.a.test", HOST).proxied());
    let problem = Problem::ProxiedMailHost {
        name: "mail.a.test".to_owned(),
    };
    let problems = plan_records(&[], &wish).problems;
    assert_eq!(problems.as_slice(), std::slice::from_ref(&problem));
    let there = [foreign("1", NewRecord::a("mail.a.test", HOST).proxied())];
    assert_eq!(plan_records(&there, &wish).problems, [problem]);
}

#[test]
fn what_lies_below_a_delegation_is_told() {
    let there = [foreign(
        "1",
        NewRecord::new("sub.a.test", RecordType::Ns, "ns.example"),
    )];
    let wish = wish().record(NewRecord::txt("x.sub.a.test", "token=1"));
    let plan = plan_records(&there, &wish);
    assert!(matches!(
        &plan.problems[..],
        [Problem::Excluded {
            by: RecordType::Ns,
            ..
        }]
    ));
}

#[test]
fn what_is_no_longer_wanted_goes_if_it_is_ours() {
    let there = [
        own("1", NewRecord::txt("a.test", "token=old")),
        foreign("2", NewRecord::txt("a.test", "token=theirs")),
        record(
            "3",
            &NewRecord::txt("a.test", "token=other").comment("workspace:12"),
        ),
    ];
    let plan = plan_records(&there, &wish());
    let ids: Vec<_> = plan
        .batch
        .deletes
        .iter()
        .map(|delete| delete.id.as_str())
        .collect();
    assert_eq!(ids, ["1"]);
}

#[test]
fn removal_takes_what_is_ours_and_leaves_what_others_count_on() {
    let wish = wish().record(NewRecord::txt("a.test", "v=spf1 include:mail.test ~all"));
    let ours = own(
        "1",
        NewRecord::txt("a.test", "v=spf1 include:mail.test include:shop.test ~all"),
    );
    let plan = plan_removal(
        &[ours, own("2", NewRecord::mx("a.test", 10, "x.test"))],
        &wish,
    );
    assert_eq!(plan.batch.deletes.len(), 1);
    let change = &plan.batch.patches[0].change;
    assert_eq!(
        txt::unquote(change.content.as_ref().unwrap()),
        "v=spf1 include:shop.test ~all"
    );
    assert_eq!(change.comment.as_deref(), Some(""));

    let theirs = foreign(
        "1",
        NewRecord::txt("a.test", "v=spf1 include:mail.test -all"),
    );
    let plan = plan_removal(&[theirs], &wish);
    assert!(plan.batch.is_empty());
    assert!(
        matches!(&plan.problems[..], [Problem::SpfStays { term, .. }] if term == "include:mail.test")
    );
    let alone = own(
        "1",
        NewRecord::txt("a.test", "v=spf1 include:mail.test ~all"),
    );
    assert_eq!(plan_removal(&[alone], &wish).batch.deletes.len(), 1);
}

#[test]
fn marks_cannot_be_mistaken_for_one_another() {
    assert!(Marker::new("").is_err() && Marker::new("a b").is_err() && Marker::new("ü").is_err());
    let marker = Marker::new("1").unwrap();
    let with = |comment: &str| record("1", &NewRecord::txt("a.test", "x").comment(comment));
    assert!(marker.owns(&with("workspace:1")) && marker.owns(&with("workspace:1 note")));
    assert!(!marker.owns(&with("workspace:12")) && !marker.owns(&with("my workspace:1")));
}
