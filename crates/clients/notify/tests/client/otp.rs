use bheem_notify::{ErrorKind, Otp};
use serde_json::json;
use wiremock::matchers::{body_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{at, expect};

#[tokio::test]
async fn a_code_is_sent() {
    let server = MockServer::start().await;
    let target = "/api/v1/bheem-tele/otp/send";
    expect(
        &server,
        target,
        "a",
        json!({"to": "+49", "otp_length": 6}),
        200,
        r#"{"request_id": "r"}"#,
    )
    .await;
    expect(
        &server,
        target,
        "b",
        json!({"to": "+49", "otp_length": 8}),
        200,
        "{}",
    )
    .await;
    assert_eq!(
        at(&server)
            .send_otp("a", &Otp::new("+49"))
            .await
            .unwrap()
            .id
            .as_deref(),
        Some("r")
    );
    at(&server)
        .send_otp("b", &Otp::new("+49").length(8))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_wrong_code_is_an_answer_and_not_an_error() {
    for (status, answer, is_right) in [
        (200, r#"{"verified": true}"#, true),
        (200, r#"{"success": true}"#, true),
        (200, r#"{"valid": false}"#, false),
        (200, r#"{"success": false, "error": "wrong"}"#, false),
        (400, r#"{"detail": "wrong"}"#, false),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/api/v1/bheem-tele/otp/verify"))
            .and(body_json(json!({"to": "+49", "otp": "123456"})))
            .respond_with(ResponseTemplate::new(status).set_body_string(answer))
            .expect(1)
            .mount(&server)
            .await;
        assert_eq!(
            at(&server)
                .verify_otp("+49", &"123456".into())
                .await
                .unwrap(),
            is_right,
            "{answer}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_a_verdict_is_not_taken_for_yes() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_string("{}"))
        .mount(&server)
        .await;
    assert_eq!(
        at(&server)
            .verify_otp("+49", &"123456".into())
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Protocol
    );
}
