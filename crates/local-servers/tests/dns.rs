//! The resolver against Knot.
#![cfg(test)]

#[path = "../../clients/dns/tests/contract/mod.rs"]
mod suite;

use bheem_dns::{Answer, Cause, Effect, ErrorKind, Resolver, Verdict};
use bheem_local_servers::{
    knot::{Knot, Zone},
    tools,
};

fn zones() -> Vec<Zone> {
    let start = Zone::new("a.test").unwrap();
    let full = suite::records()
        .iter()
        .fold(start, |zone, (name, kind, value)| {
            zone.record(name, kind, value).unwrap()
        });
    vec![full, Zone::new("b.test").unwrap()]
}

async fn start() -> Option<Knot> {
    let program = tools("knot").await.unwrap()?;
    Some(Knot::start(&program, &zones()).await.unwrap())
}

fn resolver(server: &Knot) -> Resolver {
    let address = server.address();
    Resolver::builder([address])
        .authoritative_port(address.port())
        .private_servers()
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_contract_holds() {
    let Some(server) = start().await else {
        return;
    };
    let world = resolver(&server);
    suite::suite(&world).await;
    suite::authority(&world).await;
}

#[tokio::test]
async fn a_change_is_seen_at_once() {
    let Some(server) = start().await else {
        return;
    };
    let dns = resolver(&server).authoritative("a.test").await.unwrap();
    let name = "_proof.a.test";
    assert_eq!(
        dns.check_txt(name, "one \"quoted\" ü").await.verdict,
        Verdict::Missing
    );
    server
        .add("a.test", name, "TXT", "one \"quoted\" ü")
        .await
        .unwrap();
    assert!(dns.check_txt(name, "one \"quoted\" ü").await.is_valid());
    server
        .add("a.test", "a.test", "MX", "5 other.test")
        .await
        .unwrap();
    let check = dns
        .check_mx("a.test", &["mail.a.test", "backup.a.test"])
        .await;
    assert!(matches!(&check.verdict, Verdict::Mismatch { found } if found[0] == "5 other.test"));
    server.remove("a.test", name, "TXT").await.unwrap();
    assert_eq!(dns.txt(name).await.unwrap(), Answer::NoSuchName);
}

#[tokio::test]
async fn what_is_not_the_servers_is_refused_and_that_is_not_an_absence() {
    let Some(server) = start().await else {
        return;
    };
    let dns = resolver(&server);
    let error = dns.txt("elsewhere.test").await.unwrap_err();
    assert_eq!(
        (error.cause, error.kind(), error.effect()),
        (Cause::Refused, ErrorKind::Unauthorized, Effect::Rejected)
    );
    let check = dns.check_txt("elsewhere.test", "x").await;
    let kind = ErrorKind::Unauthorized;
    assert_eq!(check.verdict, Verdict::Unavailable { kind });
    // Where an alias leads to such a place, nothing can be said about the alias either.
    server
        .add("a.test", "out.a.test", "CNAME", "host.elsewhere.test")
        .await
        .unwrap();
    assert_eq!(dns.a("out.a.test").await.unwrap_err().cause, Cause::Refused);
    // There are no name servers to be found for a zone without any.
    let error = dns.authoritative("x.b.test").await.unwrap_err();
    assert!(matches!(error.cause, Cause::NoServers | Cause::Refused));
}

#[tokio::test]
async fn what_would_break_out_of_a_zone_file_is_not_taken() {
    assert!(Zone::new("a.test\nb").is_err());
    let zone = || Zone::new("a.test").unwrap();
    assert!(
        zone()
            .record("a.test", "A", "192.0.2.1\n$INCLUDE /etc/passwd")
            .is_err()
    );
    assert!(zone().record("a test", "A", "192.0.2.1").is_err());
    let Some(server) = start().await else {
        return;
    };
    assert!(
        server
            .add("a.test", "x.a.test", "A", "192.0.2.1\nsend")
            .await
            .is_err()
    );
    let elsewhere = server
        .add("elsewhere.test", "x.elsewhere.test", "A", "192.0.2.1")
        .await;
    assert!(elsewhere.is_err(), "the server has no such zone");
}
