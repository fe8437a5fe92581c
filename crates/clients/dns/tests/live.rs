//! Against the name servers of the world, with `LIVE_DNS_URL`, the address of a resolver such as `192.0.2.53:53`, and
//! `LIVE_DNS_DOMAIN`, a domain that sends mail: ignored unless asked for (`just live dns`). Questions change nothing.
#![cfg(test)]

use bheem_dns::{Answer, Resolver};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
#[ignore = "needs LIVE_DNS_URL and LIVE_DNS_DOMAIN"]
async fn a_domain_is_seen_alike_by_a_resolver_and_by_its_own_servers() {
    let server = setting("LIVE_DNS_URL");
    let domain = setting("LIVE_DNS_DOMAIN");
    let world = Resolver::builder([server.parse().unwrap()])
        .build()
        .unwrap();
    let zone = world.authoritative(&domain).await.unwrap();
    let hosts = zone.mx(&domain).await.unwrap();
    assert!(matches!(&hosts, Answer::Records(found) if !found.is_empty()));
    assert_eq!(world.mx(&domain).await.unwrap(), hosts);
    assert!(zone.inspect_spf(&domain).await.unwrap().record.is_some());
    let absent = format!("does-not-exist-anywhere.{domain}");
    assert!(zone.txt(&absent).await.unwrap().is_void());
}
