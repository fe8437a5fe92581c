//! The client against the wire.
#![cfg(test)]

use bheem_http_kit::testing::{Peer, Route, captured_log, misbehaving_peers};
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_msg91::{Channel, Client, Effect, ErrorKind, Flow, Mobile, Recipient, SecretString};
use serde_json::json;
use wiremock::matchers::{any, body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn client(peer: &Peer) -> Client {
    Client::builder(&peer.url, "key".into())
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    Client::builder(server.uri(), "key".into()).build().unwrap()
}

fn mobile() -> Mobile {
    Mobile::parse("+919876543210").unwrap()
}

fn code() -> SecretString {
    SecretString::from("482913")
}

#[tokio::test]
async fn a_code_is_sent_with_the_key_in_a_header_and_its_own_end() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/v5/otp"))
        .and(header("authkey", "key"))
        .and(query_param("template_id", "t"))
        .and(query_param("mobile", "919876543210"))
        .and(query_param("otp", "482913"))
        .and(query_param("otp_length", "6"))
        .and(query_param("otp_expiry", "10"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"type": "success", "request_id": "r"})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let sent = at(&server)
        .send_code("t", &mobile(), &code(), 10)
        .await
        .unwrap();
    assert_eq!(sent.request_id.as_deref(), Some("r"));
    let asked = &server.received_requests().await.unwrap()[0];
    assert!(!asked.url.as_str().contains("authkey"));
}

#[tokio::test]
async fn a_flow_is_sent_as_documented() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/v5/flow/"))
        .and(body_json(json!({
            "template_id": "t", "short_url": "0",
            "recipients": [{"mobiles": "919876543210", "NAME": "John"}],
        })))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"type": "success", "message": "3763"})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let recipient = Recipient::new(mobile())
        .variable("NAME", "John")
        .variable("mobiles", "1");
    let mut flow = Flow::new("t").to(recipient);
    flow.short_url = Some(false);
    let sent = at(&server).send_flow(&flow).await.unwrap();
    assert_eq!(sent.request_id.as_deref(), Some("3763"));
}

#[tokio::test]
async fn a_failure_is_one_whatever_its_status() {
    for (status, message, kind) in [
        (200, "Mobile no. not found", ErrorKind::Invalid),
        (400, "Template ID missing", ErrorKind::Invalid),
        (200, "Authentication failure", ErrorKind::Unauthorized),
        (401, "Unauthorized", ErrorKind::Unauthorized),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/api/v5/otp/retry"))
            .and(query_param("retrytype", "voice"))
            .respond_with(
                ResponseTemplate::new(status)
                    .set_body_json(json!({"type": "error", "message": message})),
            )
            .expect(1)
            .mount(&server)
            .await;
        let error = at(&server)
            .resend_code(&mobile(), Channel::Voice)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, Effect::Rejected),
            "{message}"
        );
    }
}

#[tokio::test]
async fn every_operation_understands_misbehaviour() {
    let ok = Some(r#"{"type": "success", "request_id": "r"}"#);
    let route = |method, path| Route {
        method,
        path,
        body: ok,
    };
    misbehaving_peers(route("POST", "/api/v5/otp"), |peer| async move {
        client(&peer).send_code("t", &mobile(), &code(), 10).await
    })
    .await;
    misbehaving_peers(route("GET", "/api/v5/otp/retry"), |peer| async move {
        client(&peer).resend_code(&mobile(), Channel::Text).await
    })
    .await;
    misbehaving_peers(route("POST", "/api/v5/flow/"), |peer| async move {
        client(&peer).send_flow(&Flow::new("t")).await
    })
    .await;
}

#[tokio::test]
async fn hostile_answers_are_refused_without_a_panic() {
    let deep = "[".repeat(1_000_000);
    for body in [
        br#"{"type": 7}"#.as_slice(),
        br#"{"type": "maybe"}"#,
        b"\xff\xfe{}",
        b"null",
        deep.as_bytes(),
    ] {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(200).set_body_bytes(body))
            .mount(&server)
            .await;
        let error = at(&server).send_flow(&Flow::new("t")).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Protocol, Effect::Unknown)
        );
    }
}

#[tokio::test]
async fn neither_key_nor_code_nor_number_is_shown() {
    let server = MockServer::start().await;
    let (key, code) = (throwaway_password(), throwaway_password());
    let echo =
        json!({"type": "error", "message": format!("{} 919876543210", code.expose_secret())});
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(echo))
        .mount(&server)
        .await;
    let work = async {
        let client = Client::builder(server.uri(), key.clone()).build().unwrap();
        let error = client
            .send_code("t", &mobile(), &code, 10)
            .await
            .unwrap_err();
        format!("{client:?} {error:?} {error} {:?}", mobile())
    };
    let (shown, log) = captured_log(work).await;
    assert!(log.contains("operation=\"send_code\""), "{log}");
    for secret in [key.expose_secret(), code.expose_secret(), "919876543210"] {
        assert!(!log.contains(secret) && !shown.contains(secret));
    }
}
