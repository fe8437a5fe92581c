//! What the client and Cloudflare agree on, whether it is a stand-in or real.

use bheem_cloudflare::{
    Batch, Client, Created, Deleted, Effect, ErrorKind, Marker, NewRecord, Reason, RecordFilter,
    RecordPatch, RecordType, Wish, ZoneFilter, ZoneSearch, plan_records, plan_removal,
};
use futures::TryStreamExt as _;

/// Records below `prefix` in an active zone, which are made and removed again.
pub(crate) async fn suite(cloudflare: &Client, zone_name: &str, prefix: &str) {
    zones(cloudflare, zone_name).await;
    let zone = cloudflare
        .zones()
        .find_by_name(zone_name)
        .await
        .unwrap()
        .unwrap();
    let top = format!("{prefix}.{zone_name}");
    records(cloudflare, &zone.id, &top).await;
    pages(cloudflare, &zone.id, &top).await;
    batches(cloudflare, &zone.id, &top).await;
    plans(cloudflare, &zone.id, zone_name, &top).await;
    absences(cloudflare, &zone.id).await;
}

async fn zones(cloudflare: &Client, zone_name: &str) {
    assert!(cloudflare.tokens().verify().await.unwrap().is_active());
    let zone = cloudflare
        .zones()
        .find_by_name(zone_name)
        .await
        .unwrap()
        .unwrap();
    assert!(zone.is_active());
    assert_eq!(
        cloudflare.zones().find(&zone.id).await.unwrap().unwrap(),
        zone
    );
    let deep = format!("a.b.{zone_name}");
    let found = cloudflare.zones().find_zone_for(&deep).await.unwrap();
    assert_eq!(found, ZoneSearch::Controlled(zone.clone()));
    let nobodys = cloudflare
        .zones()
        .find_zone_for("nobody.invalid")
        .await
        .unwrap();
    assert_eq!(nobodys, ZoneSearch::Absent);
    let all: Vec<_> = cloudflare
        .zones()
        .stream(ZoneFilter::default())
        .try_collect()
        .await
        .unwrap();
    assert!(all.iter().any(|one| one.id == zone.id));
}

async fn records(cloudflare: &Client, zone_id: &str, top: &str) {
    let records = cloudflare.records(zone_id);
    let long = format!("v=DKIM1; k=rsa; p={}", "A".repeat(400));
    let key = NewRecord::txt(format!("s1._domainkey.{top}"), &long).comment("workspace:c");
    let written = records.create(&key).await.unwrap();
    assert_eq!(
        (written.outcome, written.record.text()),
        (Created::Created, long.clone())
    );
    let again = records.create(&key).await.unwrap();
    assert_eq!(
        (again.outcome, &again.record.id),
        (Created::Exists, &written.record.id)
    );
    let found = records.find_identical(&key).await.unwrap().unwrap();
    assert_eq!(found.comment.as_deref(), Some("workspace:c"));

    let changed = records
        .update(&found.id, &RecordPatch::text("a \"quoted\" text"))
        .await
        .unwrap();
    assert_eq!(changed.text(), "a \"quoted\" text");
    assert_eq!(
        changed.comment.as_deref(),
        Some("workspace:c"),
        "what is not named stays"
    );
    let replaced = NewRecord::txt(&key.name, "v=DKIM1; p=").ttl(300);
    let replaced = records.replace(&found.id, &replaced).await.unwrap();
    assert_eq!((replaced.ttl, replaced.comment), (300, None));
    assert_eq!(
        records.find(&found.id).await.unwrap().unwrap().text(),
        "v=DKIM1; p="
    );

    let exchanger = NewRecord::mx(top, 10, format!("mail.{top}"));
    let exchanger = records.create(&exchanger).await.unwrap().record;
    assert_eq!(exchanger.priority, Some(10));
    let alias = NewRecord::cname(format!("www.{top}"), format!("mail.{top}"));
    let alias = records.create(&alias).await.unwrap().record;
    let beside = NewRecord::a(format!("www.{top}"), [192, 0, 2, 1].into());
    let error = records.create(&beside).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Conflicting));
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Conflict, Effect::Rejected)
    );
    let service = NewRecord::srv(
        format!("_imaps._tcp.{top}"),
        0,
        1,
        993,
        &format!("mail.{top}"),
    );
    let service_record = records.create(&service).await.unwrap().record;
    assert_eq!(
        records.create(&service).await.unwrap().outcome,
        Created::Exists
    );
    for id in [found.id, exchanger.id, alias.id, service_record.id] {
        assert_eq!(records.delete(&id).await.unwrap(), Deleted::Removed);
        assert_eq!(records.delete(&id).await.unwrap(), Deleted::Absent);
    }
}

async fn pages(cloudflare: &Client, zone_id: &str, top: &str) {
    let records = cloudflare.records(zone_id);
    let mut batch = Batch::default();
    for number in 0..7 {
        batch = batch.post(NewRecord::txt(top, &format!("number {number}")));
    }
    records.batch(&batch).await.unwrap();
    let mut filter = RecordFilter::name(top).of_type(RecordType::Txt);
    filter.per_page = Some(5);
    let first = records.page(&filter, 1).await.unwrap();
    assert_eq!((first.items.len(), first.next), (5, Some(2)));
    let all = records.all(filter).await.unwrap();
    assert_eq!(all.len(), 7);
    let removal = all
        .iter()
        .fold(Batch::default(), |batch, one| batch.delete(&one.id));
    assert_eq!(records.batch(&removal).await.unwrap().deletes.len(), 7);
}

async fn batches(cloudflare: &Client, zone_id: &str, top: &str) {
    let records = cloudflare.records(zone_id);
    let first = NewRecord::txt(top, "first");
    let id = records.create(&first).await.unwrap().record.id;
    let broken = Batch::default()
        .delete(&id)
        .post(NewRecord::cname(top, "x.example"))
        .post(NewRecord::a(top, [192, 0, 2, 1].into()));
    let error = records.batch(&broken).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Conflict, Effect::Rejected)
    );
    let left = records.all(RecordFilter::name(top)).await.unwrap();
    assert_eq!(left.len(), 1, "all or nothing");

    let good = Batch::default()
        .patch(&id, RecordPatch::text("second"))
        .post(NewRecord::txt(top, "first"));
    let done = records.batch(&good).await.unwrap();
    assert_eq!(
        (done.patches[0].text(), done.posts[0].text()),
        ("second".to_owned(), "first".to_owned())
    );
    let both = Batch::default().delete(&id).delete(&done.posts[0].id);
    records.batch(&both).await.unwrap();
}

async fn plans(cloudflare: &Client, zone_id: &str, zone_name: &str, top: &str) {
    let records = cloudflare.records(zone_id);
    let theirs = NewRecord::txt(top, "v=spf1 include:old.example -all");
    let theirs = records.create(&theirs).await.unwrap().record;
    let mark = Marker::new("contract").unwrap();
    let wish = Wish::new(zone_name, mark.clone())
        .record(NewRecord::mx(top, 10, "mail.example"))
        .record(NewRecord::txt(top, "v=spf1 include:mail.example ~all"))
        .record(NewRecord::txt(format!("_dmarc.{top}"), "v=DMARC1; p=none"))
        .record(NewRecord::cname(
            format!("autodiscover.{top}"),
            "mail.example",
        ))
        .record(NewRecord::srv(
            format!("_imaps._tcp.{top}"),
            0,
            1,
            993,
            "mail.example",
        ));
    let look = || records.all(RecordFilter::default());
    let plan = plan_records(&look().await.unwrap(), &wish);
    assert!(plan.problems.is_empty(), "{:?}", plan.problems);
    records.batch(&plan.batch).await.unwrap();
    let after = look().await.unwrap();
    assert_eq!(after.iter().filter(|record| mark.owns(record)).count(), 4);
    let merged = records.find(&theirs.id).await.unwrap().unwrap();
    assert_eq!(
        merged.text(),
        "v=spf1 include:old.example include:mail.example -all"
    );
    assert!(plan_records(&after, &wish).is_fulfilled());

    records
        .batch(&plan_removal(&after, &wish).batch)
        .await
        .unwrap();
    let left = look().await.unwrap();
    assert!(!left.iter().any(|record| mark.owns(record)));
    assert_eq!(records.delete(&theirs.id).await.unwrap(), Deleted::Removed);
}

async fn absences(cloudflare: &Client, zone_id: &str) {
    let nowhere = "0123456789abcdef0123456789abcdef";
    let records = cloudflare.records(zone_id);
    assert!(records.find(nowhere).await.unwrap().is_none());
    assert_eq!(records.delete(nowhere).await.unwrap(), Deleted::Absent);
    let patch = RecordPatch::text("x");
    assert_eq!(
        records.update(nowhere, &patch).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert!(cloudflare.zones().find(nowhere).await.unwrap().is_none());
    let batch = Batch::default().delete(nowhere);
    assert_eq!(
        records.batch(&batch).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

/// What somebody without a good token meets.
pub(crate) async fn strangers(stranger: &Client) {
    let error = stranger.zones().find_by_name("a.test").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unauthorized, Effect::Rejected)
    );
    let error = stranger.tokens().verify().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
}
