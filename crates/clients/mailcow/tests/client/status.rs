use bheem_mailcow::ErrorKind;
use wiremock::MockServer;

use crate::{answer, at};

#[tokio::test]
async fn facts_are_read() {
    let server = MockServer::start().await;
    let policy = r#"{"length":"8","chars":"0","special_chars":"1","numbers":1,"lowerupper":"0"}"#;
    answer(&server, "passwordpolicy", policy, 1).await;
    answer(&server, "status/version", r#"{"version":"2026-08"}"#, 1).await;
    let dkim = r#"{"pubkey":"k","length":"2048","dkim_txt":"v=DKIM1;k=rsa;p=k","dkim_selector":"dkim","privkey":""}"#;
    answer(&server, "dkim/shop.example", dkim, 1).await;
    answer(&server, "dkim/bare.example", "[]", 1).await;
    let mailcow = at(&server);
    let policy = mailcow.password_policy().await.unwrap();
    assert_eq!(
        (
            policy.length,
            policy.requires_special,
            policy.requires_digit
        ),
        (Some(8), true, true)
    );
    assert!(!policy.requires_letter && !policy.requires_both_cases);
    assert_eq!(mailcow.version().await.unwrap().version, "2026-08");
    let dkim = mailcow.find_dkim("shop.example").await.unwrap().unwrap();
    assert_eq!(
        (dkim.selector.as_str(), dkim.key_bits),
        ("dkim", Some(2048))
    );
    assert!(dkim.txt.starts_with("v=DKIM1"));
    assert!(mailcow.find_dkim("bare.example").await.unwrap().is_none());
}

#[tokio::test]
async fn an_error_in_place_of_an_object_is_an_error() {
    let server = MockServer::start().await;
    answer(
        &server,
        "status/version",
        r#"{"type":"error","msg":"redis is away"}"#,
        1,
    )
    .await;
    assert_eq!(
        at(&server).version().await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
}
