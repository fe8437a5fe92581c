//! Answers that nobody should give.

use bheem_http_kit::testing::Peer;
use bheem_notify::{ErrorKind, Sms};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{at, client};

#[tokio::test]
async fn they_are_refused_without_a_panic() {
    let deep = "[".repeat(1_000_000);
    let object = r#"{"a":"#.repeat(100_000);
    for body in [
        b"null".as_slice(),
        b"[]",
        b"\"sent\"",
        b"\xff\xfe{\"id\": 1}",
        b"{\"id\": 1} trailing",
        deep.as_bytes(),
        object.as_bytes(),
    ] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_bytes(body);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let notify = at(&server);
        let error = notify
            .send_sms("k", &Sms::new("+49", "hi"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        let error = notify.verify_otp("+49", &"1".into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
}

#[tokio::test]
async fn odd_types_are_neither_ids_nor_verdicts() {
    let server = MockServer::start().await;
    let odd = r#"{"id": {"id": 1}, "message_id": [], "data": "x", "verified": "true", "valid": 1}"#;
    let answer = ResponseTemplate::new(200).set_body_string(odd);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let peer = Peer {
        url: server.uri(),
        timeout: std::time::Duration::from_mins(1),
        max_body_bytes: 1024,
    };
    let notify = client(&peer);
    let sent = notify.send_sms("k", &Sms::new("+49", "hi")).await.unwrap();
    assert_eq!(sent.id, None);
    let error = notify.verify_otp("+49", &"1".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "not taken for yes");
}

#[tokio::test]
async fn a_key_that_breaks_its_header_is_not_sent() {
    let server = MockServer::start().await;
    let error = at(&server)
        .send_sms("k\r\nx-evil: 1", &Sms::new("+49", "hi"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(server.received_requests().await.unwrap().is_empty());
}
