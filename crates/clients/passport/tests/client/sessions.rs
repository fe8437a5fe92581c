use bheem_http_kit::{ErrorKind, ExposeSecret as _};
use bheem_passport::{SignIn, Validation};
use serde_json::json;
use wiremock::matchers::{body_json, body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{COMPANY, at};

#[tokio::test]
async fn a_sign_in_is_a_form_with_the_company_in_a_header() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/v1/auth/login"))
        .and(header("x-company-code", COMPANY))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string("username=john%40a.example&password=a%26b+c"))
        .respond_with(ResponseTemplate::new(200).set_body_json(
            json!({"access_token": "at", "refresh_token": "rt", "token_type": "bearer", "expires_in": 60, "new": 1}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let answer = at(&server)
        .sign_in("john@a.example", "a&b c".into(), COMPANY)
        .await
        .unwrap();
    let SignIn::Tokens(tokens) = answer else {
        panic!("refused")
    };
    assert_eq!(tokens.access_token.expose_secret(), "at");
    assert_eq!(tokens.refresh_token.unwrap().expose_secret(), "rt");
    assert_eq!(tokens.expires_in.unwrap().as_secs(), 60);
}

#[tokio::test]
async fn a_wrong_password_is_a_refusal_and_a_failure_is_none() {
    for (status, is_refused) in [
        (401, true),
        (403, true),
        (404, false),
        (500, false),
        (429, false),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        let answer = at(&server).sign_in("john", "x".into(), COMPANY).await;
        assert_eq!(
            matches!(answer, Ok(SignIn::Refused)),
            is_refused,
            "{status}"
        );
        assert_eq!(answer.is_err(), !is_refused, "{status}");
    }
}

#[tokio::test]
async fn a_refresh_gives_the_next_pair_once() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/v1/auth/refresh"))
        .and(query_param("refresh_token", "old one"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"access_token": "next"})))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    let old = "old one".into();
    let passport = at(&server);
    let next = passport.refresh(&old).await.unwrap().unwrap();
    assert_eq!(next.access_token.expose_secret(), "next");
    assert!(next.refresh_token.is_none());
    assert!(passport.refresh(&old).await.unwrap().is_none());
}

#[tokio::test]
async fn a_token_is_valid_only_when_passport_says_so() {
    for (body, verdict) in [
        (
            json!({"valid": true, "user": {"id": 7, "username": "john"}}),
            Some(true),
        ),
        (json!({"is_valid": true}), Some(true)),
        (json!({"valid": false}), Some(false)),
        (json!({"message": "hello"}), None),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/api/v1/auth/validate"))
            .and(body_json(json!({"token": "t"})))
            .respond_with(ResponseTemplate::new(200).set_body_json(&body))
            .mount(&server)
            .await;
        let answer = at(&server).validate(&"t".into()).await;
        let found = match &answer {
            Ok(Validation::Valid(_)) => Some(true),
            Ok(Validation::Invalid) => Some(false),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Protocol);
                None
            }
        };
        assert_eq!(found, verdict, "{body}");
    }
}

#[tokio::test]
async fn a_refused_token_is_not_valid() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    let answer = at(&server).validate(&"t".into()).await.unwrap();
    assert!(matches!(answer, Validation::Invalid));
}
