//! Cloudflare: what its client is promised, and what the name server tells of it.

#[path = "../../../clients/cloudflare/tests/contract/mod.rs"]
mod suite;

use bheem_cloudflare::{
    Batch, Client, ErrorKind, NewRecord, Reason, RecordFilter, RecordPatch, RecordType, ZoneSearch,
};
use bheem_sandbox::{Fault, FaultAction, Options, PeerHandle, Sandbox};
use serde_json::json;

use crate::support::{control, refused};

fn client(peer: &PeerHandle) -> Client {
    let token = peer.credential("token").to_owned();
    Client::builder(&peer.base_url, token.into())
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.cloudflare;
    control(peer, "zones", &json!({"name": "a.test"})).await;
    suite::suite(&client(peer), "a.test", "c").await;
    for token in ["wrong", ""] {
        let stranger = Client::builder(&peer.base_url, token.to_owned().into());
        suite::strangers(&stranger.build().unwrap()).await;
    }
}

#[tokio::test]
async fn a_pending_zone_is_no_control_until_it_is_active() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.cloudflare;
    let cloudflare = client(peer);
    let body = json!({"name": "shop.example.co.uk", "status": "pending"});
    control(peer, "zones", &body).await;
    control(peer, "zones", &json!({"name": "example.co.uk"})).await;
    assert_eq!(refused(peer, "zones", &json!({"name": "a b"})).await, 422);
    let zones = cloudflare.zones();
    let found = zones.find_zone_for("www.shop.example.co.uk").await.unwrap();
    assert!(matches!(&found, ZoneSearch::Inactive(zone) if zone.name == "shop.example.co.uk"));
    let found = zones.find_zone_for("www.example.co.uk").await.unwrap();
    assert_eq!(found.controlled().unwrap().name, "example.co.uk");
    control(peer, "zones", &json!({"name": "shop.example.co.uk"})).await;
    let found = zones.find_zone_for("www.shop.example.co.uk").await.unwrap();
    assert_eq!(found.controlled().unwrap().name, "shop.example.co.uk");
}

#[tokio::test]
async fn what_is_no_record_is_refused_and_the_chain_says_why() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let cloudflare = client(&sandbox.cloudflare);
    let zone = cloudflare
        .zones()
        .find_by_name("active.test")
        .await
        .unwrap()
        .unwrap();
    let records = cloudflare.records(&zone.id);
    let good = NewRecord::a("www.active.test", [192, 0, 2, 1].into()).ttl(300);
    let good = records.create(&good).await.unwrap().record;
    let mut ttl = RecordPatch::default();
    ttl.ttl = Some(30);
    for patch in [RecordPatch::content("not an address"), ttl] {
        let error = records.update(&good.id, &patch).await.unwrap_err();
        assert_eq!(error.reason(), Some(Reason::Invalid));
    }
    let mut proxied = RecordPatch::default();
    proxied.proxied = Some(true);
    let now = records.update(&good.id, &proxied).await.unwrap();
    assert_eq!(
        (now.proxied, now.ttl),
        (true, 1),
        "behind a proxy the time to live is automatic"
    );
    let many = (0..201).fold(Batch::default(), |batch, number| {
        batch.post(NewRecord::txt("active.test", &number.to_string()))
    });
    let error = records.batch(&many).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let left = records.all(RecordFilter::default()).await.unwrap();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn a_text_that_came_bare_is_told_in_quotes() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let cloudflare = client(&sandbox.cloudflare);
    let zone = cloudflare
        .zones()
        .find_by_name("active.test")
        .await
        .unwrap()
        .unwrap();
    let records = cloudflare.records(&zone.id);
    let bare = NewRecord::new("@.active.test", RecordType::Txt, "x");
    assert!(records.create(&bare).await.is_err());
    let bare = NewRecord::new("t", RecordType::Txt, "v=spf1 -all");
    let written = records.create(&bare).await.unwrap().record;
    assert_eq!(
        (written.name.as_str(), written.content.as_str()),
        ("t.active.test", "\"v=spf1 -all\"")
    );
    let same = NewRecord::txt("t.active.test", "v=spf1 -all");
    assert!(records.find_identical(&same).await.unwrap().is_some());
}

#[tokio::test]
async fn throttling_and_an_answer_that_is_lost_are_told_as_such() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.cloudflare;
    let cloudflare = client(peer);
    let zone = cloudflare
        .zones()
        .find_by_name("active.test")
        .await
        .unwrap()
        .unwrap();
    let records = cloudflare.records(&zone.id);
    peer.fault(Fault {
        method: Some("POST".to_owned()),
        action: FaultAction::ApplyThenDrop,
        ..Fault::default()
    });
    let record = NewRecord::txt("active.test", "x");
    let lost = records.create(&record).await.unwrap_err();
    assert_eq!(lost.effect(), bheem_cloudflare::Effect::Unknown);
    let again = records.create(&record).await.unwrap();
    assert_eq!(again.outcome, bheem_cloudflare::Created::Exists);
    peer.fault(Fault {
        action: FaultAction::Fail,
        status: Some(429),
        ..Fault::default()
    });
    let error = records.find(&again.record.id).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::RateLimited { .. }));
}

#[tokio::test]
async fn zones_and_records_are_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        data_dir: Some(directory.path().to_owned()),
        ..Options::default()
    };
    let record = NewRecord::txt("kept.test", "x").comment("workspace:1");
    let sandbox = Sandbox::start(options.clone()).await.unwrap();
    control(&sandbox.cloudflare, "zones", &json!({"name": "kept.test"})).await;
    let cloudflare = client(&sandbox.cloudflare);
    let zone = cloudflare.zones().find_by_name("kept.test").await.unwrap();
    let zone = zone.unwrap();
    let written = cloudflare.records(&zone.id).create(&record).await.unwrap();
    sandbox.shutdown().await;

    let sandbox = Sandbox::start(options).await.unwrap();
    let cloudflare = client(&sandbox.cloudflare);
    let again = cloudflare.records(&zone.id).find_identical(&record).await;
    assert_eq!(again.unwrap().unwrap(), written.record);
}
