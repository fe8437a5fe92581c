//! The texts that mail relies on: what is read, what is refused, and that nothing foreign makes it panic.
#![cfg(test)]

use bheem_dns::{
    Alignment, DkimError, DkimKey, DmarcPolicy, DmarcRecord, KeyType, MtaSts, TagError,
    TlsReporting,
};
use proptest::prelude::*;

/// A `SubjectPublicKeyInfo` of 2048 bits.
const RSA: &str = concat!(
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvyZNqfhTaNtO5SFmpkWpEcXfQ7eCCfWZQRl9cFYafgAetP",
    "Og1V2doECyXQHkxzVbJ5JQycx6NKM5CxcZL641D05Jl709cjlH4FXEvkkN1L7M4iqmJqo92Lb6U0y1Q7AUNlAU/aqD",
    "wOrsHy9MvBm9LoyUOGAiwBsRIFPXuzCYYUJ3yTuPTW0tw570ll6/QijQq8SKK2EYaG6sIKy2Z5i2wPL0GdgnLb6B0a",
    "lQS5itT+Tlm5egKE+3B4fOStDZl19um1+E6Nr3OJosW2jBDprIdUCL7FbRmihcXzKzUhrzDCJBxuFMLFQ/fTohX50j",
    "G4rdGAZS7ZM2aXiZ5s77aohe8QIDAQAB",
);
/// A bare `RSAPublicKey` of 1024 bits.
const BARE: &str = concat!(
    "MIGJAoGBALVmqh3XqkHyfpLGM2646SJbUnAWemdFN+I6xg5XJHYVmizFmdyNH/xbqZZTNhHIVCStfzQW+7iDVHrOi4",
    "xpjkGI22ASq6/EWNhnQ5LdGbxha0BHOLPwQJJjaFu13jkVqVXqjGpNQ6/VpGN2DU/qXQipB3hBlZ/WB2hQ6LF4yGoV",
    "AgMBAAE=",
);
/// The sample of RFC 8463, appendix A.2.
const EDWARDS: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

#[test]
fn keys_of_each_kind_are_read() {
    let spaced: String = RSA.chars().flat_map(|one| [one, ' ']).collect();
    for (text, kind, bits) in [
        (format!("v=DKIM1; k=rsa; p={RSA}"), KeyType::Rsa, 2048),
        (format!("p={spaced};"), KeyType::Rsa, 2048),
        (
            format!("v=DKIM1; h=sha256; t=y:s; p={BARE}"),
            KeyType::Rsa,
            1024,
        ),
        (
            format!("v=DKIM1;k=ed25519;p={EDWARDS}"),
            KeyType::Ed25519,
            256,
        ),
    ] {
        let key = DkimKey::parse(&text).unwrap();
        assert_eq!(
            (key.key_type.clone(), key.bits),
            (kind, Some(bits)),
            "{text}"
        );
        assert!(!key.is_revoked());
    }
    let key = DkimKey::parse(&format!("v=DKIM1; h=sha256; t=y:s; p={BARE}")).unwrap();
    assert!(key.is_testing && key.is_strict);
    assert_eq!(
        (key.hashes, key.key.is_empty()),
        (vec!["sha256".to_owned()], false)
    );
    assert_eq!(
        DkimKey::parse(&format!("p={RSA}")).unwrap().to_base64(),
        RSA
    );
    assert!(DkimKey::parse("v=DKIM1; p=").unwrap().is_revoked());
    let strange = DkimKey::parse("k=future; p=AAAA").unwrap();
    assert_eq!(
        (strange.key_type, strange.bits),
        (KeyType::Other("future".to_owned()), None)
    );
}

#[test]
fn what_is_no_key_is_refused() {
    let half: String = RSA.chars().take(200).collect();
    for (text, error) in [
        (
            "v=DKIM1; k=rsa".to_owned(),
            DkimError::Tags(TagError::Missing("p")),
        ),
        (
            format!("v=DKIM2; p={RSA}"),
            DkimError::Tags(TagError::Version("DKIM1")),
        ),
        (
            format!("p={RSA}; v=DKIM1"),
            DkimError::Tags(TagError::Version("DKIM1")),
        ),
        (
            format!("p={RSA}; p="),
            DkimError::Tags(TagError::Twice("p".to_owned())),
        ),
        ("v=DKIM1; p=*".to_owned(), DkimError::Base64),
        (format!("v=DKIM1; p={half}"), DkimError::Key),
        (format!("v=DKIM1; k=ed25519; p={RSA}"), DkimError::Key),
        (
            "nonsense".to_owned(),
            DkimError::Tags(TagError::Form("nonsense".to_owned())),
        ),
    ] {
        assert_eq!(DkimKey::parse(&text), Err(error), "{text}");
    }
}

#[test]
fn policies_are_read_with_what_is_usual_filled_in() {
    let policy = DmarcRecord::parse("v=DMARC1; p=none").unwrap();
    assert_eq!(
        (policy.policy, policy.percent, policy.subdomain_policy),
        (DmarcPolicy::None, 100, None)
    );
    let policy = "v=DMARC1;p=Reject;sp=quarantine;adkim=s;pct=20;rua=mailto:a@a.test, mailto:b@a.test;ruf=mailto:c@a.test;";
    let policy = DmarcRecord::parse(policy).unwrap();
    assert_eq!(
        (policy.policy, policy.subdomain_policy),
        (DmarcPolicy::Reject, Some(DmarcPolicy::Quarantine))
    );
    assert_eq!(
        (policy.dkim_alignment, policy.spf_alignment),
        (Alignment::Strict, Alignment::Relaxed)
    );
    assert_eq!(
        (
            policy.percent,
            policy.aggregate_reports.len(),
            policy.failure_reports.len()
        ),
        (20, 2, 1)
    );
    let reports_only = DmarcRecord::parse("v=DMARC1; p=wrong; rua=mailto:a@a.test").unwrap();
    assert_eq!(reports_only.policy, DmarcPolicy::None);
    for wrong in [
        "v=DMARC1",
        "p=none; v=DMARC1",
        "v=DMARC1; p=wrong",
        "v=DMARC1; rua=nowhere",
        "v=DMARC1; p=reject; sp=wrong",
        "v=dmarc1; p=none",
    ] {
        assert!(DmarcRecord::parse(wrong).is_err(), "{wrong}");
    }
    assert!(
        DmarcRecord::is_one("v=DMARC1; broken")
            && !DmarcRecord::is_one("google-site-verification=1")
    );
}

/// RFC 7489, section 6.3: what is wrong counts as if it were not there; section 6.6.3, step 6: without a policy that is
/// understood, whoever wants reports has "none".
#[test]
fn faults_in_policies_are_discarded_and_told() {
    use DmarcPolicy::{None, Quarantine, Reject};
    let value = TagError::Value;
    let form = |text: &str| TagError::Form(text.to_owned());
    for (text, policy, below, wrong) in [
        (
            "v=DMARC1; rua=mailto:d@a.test",
            None,
            Option::None,
            vec![TagError::Missing("p")],
        ),
        (
            "v=DMARC1; p=wrong; rua=mailto:d@a.test",
            None,
            Option::None,
            vec![value("p")],
        ),
        (
            "v=DMARC1; p=reject; sp=wrong; rua=x, mailto:d@a.test!10m",
            None,
            Option::None,
            vec![value("sp")],
        ),
        (
            "v=DMARC1; p=reject; fo:0; sp=quarantine",
            Reject,
            Some(Quarantine),
            vec![form("fo:0")],
        ),
        (
            "v=DMARC1; p=reject; pct=100%",
            Reject,
            Option::None,
            vec![value("pct")],
        ),
        (
            "v=DMARC1; p=reject; pct=101; adkim=x; aspf=",
            Reject,
            Option::None,
            vec![value("adkim"), value("aspf"), value("pct")],
        ),
        ("v=DMARC1;; p=reject;;", Reject, Option::None, vec![]),
        (
            "v=DMARC1; p=reject; p=none",
            Reject,
            Option::None,
            vec![TagError::Twice("p".to_owned())],
        ),
        ("v=DMARC1; p=none; unknown=1", None, Option::None, vec![]),
    ] {
        let record = DmarcRecord::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(
            (record.policy, record.subdomain_policy, record.percent),
            (policy, below, 100),
            "{text}"
        );
        assert_eq!(record.discarded, wrong, "{text}");
        assert!(DmarcRecord::is_one(text));
    }
}

#[test]
fn the_texts_of_encrypted_delivery_are_read() {
    assert_eq!(
        MtaSts::parse("v=STSv1; id=20260101T1;").unwrap().id,
        "20260101T1"
    );
    for wrong in [
        "v=STSv1",
        "v=STSv1; id=",
        "v=STSv1; id=a-b",
        "id=1; v=STSv1",
        "v=STSv2; id=1",
    ] {
        assert!(MtaSts::parse(wrong).is_err(), "{wrong}");
    }
    let reports = TlsReporting::parse("v=TLSRPTv1;rua=mailto:a@a.test,https://a.test/r").unwrap();
    assert_eq!(reports.addresses.len(), 2);
    for wrong in ["v=TLSRPTv1", "v=TLSRPTv1; rua=ftp://a.test"] {
        assert!(TlsReporting::parse(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn fuzz_any_text_is_read_or_refused(text in "\\PC{0,300}|(v=(DKIM1|DMARC1|STSv1|TLSRPTv1); )?([kptvr]{1,3}=[A-Za-z0-9+/= ]{0,40};? ?){0,6}") {
        if let Ok(key) = DkimKey::parse(&text) {
            prop_assert!(key.key.len() <= text.len());
        }
        if let Ok(policy) = DmarcRecord::parse(&text) {
            let told: usize = policy.aggregate_reports.iter().chain(&policy.failure_reports).map(String::len).sum();
            prop_assert!(told <= text.len() && policy.discarded.len() <= text.len() && policy.percent <= 100);
        }
        let _sts = MtaSts::parse(&text);
        let _reports = TlsReporting::parse(&text);
        let _is_one = DmarcRecord::is_one(&text);
    }

    #[test]
    fn fuzz_a_damaged_key_is_no_panic(at in 0_usize..200, byte in "[A-Za-z0-9+/]") {
        let mut text = RSA.to_owned();
        text.replace_range(at..=at, &byte);
        if let Ok(key) = DkimKey::parse(&format!("p={text}")) {
            prop_assert!(key.bits.unwrap() <= 2048 * 8);
        }
    }
}
