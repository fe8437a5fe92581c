//! What the resolver and a name server agree on, whether it is a stand-in or real. The server is authoritative for the zone
//! `a.test` with the records of [`records`].

use bheem_dns::{Answer, Cause, Check, Resolver, Verdict};

/// The sample of RFC 8463, appendix A.2.
const KEY: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const PROOF: &str = "workspace-verification=2b7e151628aed2a6";
/// Of `big.a.test`: they fit no packet.
const MANY: usize = 40;

/// Name, type and value; a mail exchanger's value is its preference and its host. Texts are plain.
pub(crate) fn records() -> Vec<(String, &'static str, String)> {
    let long = format!(
        "v=spf1 {}include:_spf.a.test -all",
        "ip4:192.0.2.100 ".repeat(20)
    );
    let mut records: Vec<(String, &'static str, String)> = [
        ("a.test", "NS", "ns.a.test"),
        ("ns.a.test", "A", "127.0.0.1"),
        ("a.test", "MX", "20 backup.a.test"),
        ("a.test", "MX", "10 mail.a.test"),
        ("null.a.test", "MX", "0 ."),
        ("mail.a.test", "A", "192.0.2.10"),
        ("mail.a.test", "AAAA", "2001:db8::10"),
        ("a.test", "TXT", "v=spf1 include:_spf.a.test mx ~all"),
        ("a.test", "TXT", PROOF),
        ("_spf.a.test", "TXT", "v=spf1 ip4:192.0.2.0/24 -all"),
        ("long.a.test", "TXT", long.as_str()),
        ("two.a.test", "TXT", "v=spf1 -all"),
        ("two.a.test", "TXT", "v=spf1 mx -all"),
        (
            "_dmarc.a.test",
            "TXT",
            "v=DMARC1; p=quarantine; rua=mailto:d@a.test",
        ),
        ("s1._domainkey.a.test", "TXT", KEY),
        ("s2._domainkey.a.test", "TXT", "v=DKIM1; p="),
        ("autodiscover.a.test", "CNAME", "clients.a.test"),
        ("clients.a.test", "CNAME", "mail.a.test"),
        ("one.a.test", "CNAME", "other.a.test"),
        ("other.a.test", "CNAME", "one.a.test"),
        ("xn--bcher-kva.a.test", "TXT", "books"),
    ]
    .map(|(name, kind, value)| (name.to_owned(), kind, value.to_owned()))
    .into();
    records.extend((0..MANY).map(|number| {
        let text = format!("{number:03} {}", "x".repeat(196));
        ("big.a.test".to_owned(), "TXT", text)
    }));
    records
}

/// Everything that is asked of a server.
pub(crate) async fn suite(resolver: &Resolver) {
    answers(resolver).await;
    aliases(resolver).await;
    checks(resolver).await;
    policies(resolver).await;
}

async fn answers(resolver: &Resolver) {
    let texts = resolver.txt("A.test.").await.unwrap().into_records();
    assert_eq!(texts.len(), 2);
    assert!(resolver.has_txt("a.test", PROOF).await.unwrap());
    assert!(
        !resolver
            .has_txt("a.test", "workspace-verification=2b7e")
            .await
            .unwrap(),
        "never a part"
    );
    let exchangers = resolver.mx("a.test").await.unwrap().into_records();
    let shown: Vec<_> = exchangers
        .iter()
        .map(|mx| (mx.preference, mx.exchange.as_str()))
        .collect();
    assert_eq!(shown, [(10, "mail.a.test"), (20, "backup.a.test")]);
    let null = resolver.mx("null.a.test").await.unwrap().into_records();
    assert!(null.len() == 1 && null[0].is_null(), "it takes no mail");
    let addresses = resolver
        .addresses("mail.a.test")
        .await
        .unwrap()
        .into_records();
    assert_eq!(
        addresses,
        [
            "192.0.2.10".parse::<std::net::IpAddr>().unwrap(),
            "2001:db8::10".parse().unwrap()
        ]
    );
    assert_eq!(
        resolver.ns("a.test").await.unwrap().into_records(),
        ["ns.a.test"]
    );
    assert_eq!(resolver.txt("mail.a.test").await.unwrap(), Answer::NoData);
    assert_eq!(
        resolver.txt("_domainkey.a.test").await.unwrap(),
        Answer::NoData,
        "names lie below it"
    );
    assert_eq!(
        resolver.txt("nope.a.test").await.unwrap(),
        Answer::NoSuchName
    );
    assert_eq!(
        resolver.addresses("nope.a.test").await.unwrap(),
        Answer::NoSuchName
    );
    let large = resolver.txt("big.a.test").await.unwrap().into_records();
    assert_eq!(large.len(), MANY, "asked again over TCP");
    let international = resolver.txt("bücher.a.test").await.unwrap();
    assert_eq!(international.into_records(), ["books"]);
    let error = resolver.txt("not..a.name").await.unwrap_err();
    assert_eq!(error.cause, Cause::Name);
}

async fn aliases(resolver: &Resolver) {
    let chain = resolver.cname_chain("autodiscover.a.test").await.unwrap();
    assert_eq!(chain.targets, ["clients.a.test", "mail.a.test"]);
    assert!(chain.leads_to("Mail.a.test.") && chain.end() == Some("mail.a.test"));
    assert!(
        resolver
            .cname_chain("mail.a.test")
            .await
            .unwrap()
            .targets
            .is_empty()
    );
    let through = resolver.a("autodiscover.a.test").await.unwrap();
    assert_eq!(through.into_records().len(), 1);
    let circle = resolver.cname_chain("one.a.test").await.unwrap_err();
    assert_eq!(circle.cause, Cause::AliasLoop);
}

fn name_of(check: &Check) -> &'static str {
    match check.verdict {
        Verdict::Valid => "valid",
        Verdict::Missing => "missing",
        Verdict::Mismatch { .. } => "mismatch",
        Verdict::Multiple { .. } => "multiple",
        Verdict::Invalid { .. } => "invalid",
        Verdict::Unavailable { .. } => "unavailable",
        _ => "another",
    }
}

async fn checks(resolver: &Resolver) {
    let other_key = KEY.replace("11qY", "22qY");
    for (check, expected) in [
        (resolver.check_txt("a.test", PROOF).await, "valid"),
        (resolver.check_txt("a.test", "other").await, "mismatch"),
        (resolver.check_txt("nope.a.test", PROOF).await, "missing"),
        (
            resolver
                .check_mx("a.test", &["MAIL.a.test.", "backup.a.test"])
                .await,
            "valid",
        ),
        (
            resolver.check_mx("a.test", &["mail.a.test"]).await,
            "mismatch",
        ),
        (
            resolver.check_mx("mail.a.test", &["mail.a.test"]).await,
            "missing",
        ),
        (
            resolver
                .check_cname("autodiscover.a.test", "mail.a.test")
                .await,
            "valid",
        ),
        (
            resolver
                .check_cname("autodiscover.a.test", "elsewhere.test")
                .await,
            "mismatch",
        ),
        (
            resolver.check_cname("mail.a.test", "elsewhere.test").await,
            "missing",
        ),
        (
            resolver.check_cname("one.a.test", "elsewhere.test").await,
            "invalid",
        ),
        (resolver.check_spf("a.test", "_spf.a.test").await, "valid"),
        (
            resolver.check_spf("a.test", "spf.elsewhere.test").await,
            "mismatch",
        ),
        (
            resolver.check_spf("two.a.test", "_spf.a.test").await,
            "multiple",
        ),
        (
            resolver.check_spf("mail.a.test", "_spf.a.test").await,
            "missing",
        ),
        (
            resolver.check_dkim("s1._domainkey.a.test", KEY).await,
            "valid",
        ),
        (
            resolver
                .check_dkim("s1._domainkey.a.test", &other_key)
                .await,
            "mismatch",
        ),
        (
            resolver.check_dkim("s2._domainkey.a.test", KEY).await,
            "invalid",
        ),
        (resolver.check_dkim("two.a.test", KEY).await, "multiple"),
        (
            resolver.check_dkim("nope._domainkey.a.test", KEY).await,
            "missing",
        ),
        (resolver.check_dmarc("a.test").await, "valid"),
        // The policy of the organisation.
        (resolver.check_dmarc("mail.a.test").await, "valid"),
    ] {
        assert_eq!(name_of(&check), expected, "{check:?}");
        assert_eq!(
            check.found.is_empty(),
            matches!(expected, "missing") || check.name == "one.a.test"
        );
    }
}

async fn policies(resolver: &Resolver) {
    let report = resolver.inspect_spf("a.test").await.unwrap();
    assert!(
        report.is_valid() && report.includes("_spf.a.test"),
        "{report:?}"
    );
    assert_eq!((report.lookups, report.void_lookups), (2, 0));
    let long = resolver.inspect_spf("long.a.test").await.unwrap();
    assert!(
        long.is_valid() && long.includes("_spf.a.test"),
        "joined without anything between the strings"
    );
    assert!(long.found[0].len() > 255);
}

/// What follows when the server is known to be authoritative and says so: `world` finds it by the zone's own records.
pub(crate) async fn authority(world: &Resolver) {
    for name in ["a.test", "deep.below.mail.a.test"] {
        let zone = world.authoritative(name).await.unwrap();
        assert_eq!(zone.zone(), Some("a.test"));
        assert!(zone.has_txt("a.test", PROOF).await.unwrap());
        suite(&zone).await;
    }
}
