//! The name server: what the resolver is promised, failures on demand, and what stands in Cloudflare's zones.

#[path = "../../../clients/dns/tests/contract/mod.rs"]
mod suite;

use bheem_cloudflare::{Client, NewRecord};
use bheem_dns::{Answer, Cause, ErrorKind, Resolver, Verdict};
use bheem_sandbox::{Fault, FaultAction, PublishedRecord, Sandbox};
use serde_json::json;

use crate::support::control;

fn resolver(sandbox: &Sandbox) -> Resolver {
    let address = sandbox.dns.address;
    Resolver::builder([address])
        .authoritative_port(address.port())
        .private_servers()
        .attempts(1)
        .build()
        .unwrap()
}

fn published() -> Vec<PublishedRecord> {
    let records = suite::records().into_iter();
    let records = records.map(|(name, kind, value)| match value.split_once(' ') {
        Some((preference, host)) if kind == "MX" => {
            PublishedRecord::mx(&name, preference.parse().unwrap(), host)
        }
        _ => PublishedRecord::new(&name, kind, &value),
    });
    records.collect()
}

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    sandbox.dns.publish(&published()).unwrap();
    let world = resolver(&sandbox);
    suite::suite(&world).await;
    suite::authority(&world).await;
}

#[tokio::test]
async fn a_change_is_seen_at_once_and_a_failure_is_not_an_absence() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let dns = resolver(&sandbox);
    assert_eq!(dns.check_txt("a.test", "x").await.verdict, Verdict::Missing);
    let record = [PublishedRecord::new("a.test", "TXT", "x")];
    sandbox.dns.publish(&record).unwrap();
    assert!(dns.check_txt("a.test", "x").await.is_valid());
    sandbox.dns.peer.fault(Fault {
        method: Some("QUERY".to_owned()),
        action: FaultAction::Fail,
        ..Fault::default()
    });
    assert_eq!(
        dns.txt("a.test").await.unwrap_err().cause,
        Cause::ServerFailure
    );
    sandbox.dns.unpublish("a.test", None).unwrap();
    assert_eq!(dns.txt("a.test").await.unwrap(), Answer::NoSuchName);
}

#[tokio::test]
async fn a_resolver_keeps_to_servers_of_the_world_unless_told_otherwise() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    sandbox.dns.publish(&published()).unwrap();
    let cautious = Resolver::builder([sandbox.dns.address]).build().unwrap();
    let error = cautious.authoritative("a.test").await.unwrap_err();
    assert_eq!(
        (error.cause, error.kind()),
        (Cause::NoServers, ErrorKind::Unavailable)
    );
}

#[tokio::test]
async fn what_stands_in_an_active_zone_of_cloudflare_is_told() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let dns = resolver(&sandbox);
    let peer = &sandbox.cloudflare;
    let token = peer.credential("token").to_owned();
    let cloudflare = Client::builder(&peer.base_url, token.into())
        .build()
        .unwrap();
    control(
        peer,
        "zones",
        &json!({"name": "shop.test", "status": "pending"}),
    )
    .await;
    let zone = cloudflare
        .zones()
        .find_by_name("shop.test")
        .await
        .unwrap()
        .unwrap();
    let records = cloudflare.records(&zone.id);
    let text = "v=spf1 include:_spf.shop.test \"quoted\" -all";
    for record in [
        NewRecord::txt("shop.test", text),
        NewRecord::mx("shop.test", 10, "mail.shop.test"),
        NewRecord::a("mail.shop.test", [192, 0, 2, 7].into()),
        NewRecord::a("www.shop.test", [192, 0, 2, 8].into()).proxied(),
        NewRecord::cname("autodiscover.shop.test", "mail.shop.test"),
    ] {
        records.create(&record).await.unwrap();
    }
    assert!(
        dns.txt("shop.test").await.unwrap().is_void(),
        "it is not active"
    );

    control(peer, "zones", &json!({"name": "shop.test"})).await;
    assert!(dns.has_txt("shop.test", text).await.unwrap());
    assert!(
        dns.check_mx("shop.test", &["mail.shop.test"])
            .await
            .is_valid()
    );
    let through = dns.a("autodiscover.shop.test").await.unwrap();
    assert_eq!(through, dns.a("mail.shop.test").await.unwrap());
    let proxied = dns.a("www.shop.test").await.unwrap().into_records();
    assert_eq!(
        proxied[0].to_string(),
        "198.51.100.1",
        "the proxies, and not the host"
    );
    let found = records
        .find_identical(&NewRecord::txt("shop.test", text))
        .await
        .unwrap()
        .unwrap();
    records.delete(&found.id).await.unwrap();
    assert!(!dns.has_txt("shop.test", text).await.unwrap());
}
