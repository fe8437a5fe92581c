use bheem_http_kit::ErrorKind;
use bheem_passport::{NewUser, Registered};
use serde_json::json;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{COMPANY, at};

async fn answering(target: &str, status: u16, body: serde_json::Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path(target))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .expect(1)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn ids_are_texts_whether_passport_writes_texts_or_numbers() {
    for (id, expected) in [(json!(42), "42"), (json!("0193-a"), "0193-a")] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/api/v1/auth/me"))
            .and(header("authorization", "Bearer at"))
            .respond_with(ResponseTemplate::new(200).set_body_json(
                json!({"id": id, "username": "john", "email": null, "role": "Customer", "company_code": COMPANY}),
            ))
            .mount(&server)
            .await;
        let john = at(&server).current_user(&"at".into()).await.unwrap();
        assert_eq!(
            (john.id.as_str(), john.username.as_str()),
            (expected, "john")
        );
        assert_eq!(john.company_code.as_deref(), Some(COMPANY));
    }
}

#[tokio::test]
async fn somebody_without_an_id_is_nobody() {
    for id in [json!(null), json!(""), json!({"a": 1}), json!(true)] {
        let server = answering(
            "/api/v1/auth/me",
            200,
            json!({"id": id, "username": "john"}),
        )
        .await;
        let error = at(&server).current_user(&"at".into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{id}");
    }
}

#[tokio::test]
async fn a_registration_carries_name_role_and_company() {
    for status in [200, 201] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/api/v1/auth/register"))
            .and(body_json(json!({
                "username": "john", "password": "p", "role": "Employee", "company_code": COMPANY
            })))
            .respond_with(
                ResponseTemplate::new(status).set_body_json(json!({"id": 9, "username": "john"})),
            )
            .expect(1)
            .mount(&server)
            .await;
        let new = NewUser::new("john", "p".into(), COMPANY).role("Employee");
        let Registered::Created(Some(user)) = at(&server).register(&new).await.unwrap() else {
            panic!("not created")
        };
        assert_eq!(user.id, "9");
    }
}

#[tokio::test]
async fn both_ways_to_say_taken_are_understood_and_other_refusals_are_errors() {
    for (status, detail, is_taken) in [
        (409, "Username taken", true),
        (400, "Username already registered", true),
        (400, "User EXISTS", true),
        (400, "Password too short", false),
        (422, "exists", false),
    ] {
        let server = answering("/api/v1/auth/register", status, json!({"detail": detail})).await;
        let new = NewUser::new("john", "p".into(), COMPANY);
        let answer = at(&server).register(&new).await;
        let found = matches!(answer, Ok(Registered::AlreadyExists));
        assert_eq!(found, is_taken, "{status} {detail}");
        assert_eq!(answer.is_err(), !is_taken, "{status} {detail}");
    }
}

#[tokio::test]
async fn a_wrong_old_password_is_told_from_a_bad_token() {
    let (token, old, new) = ("at".into(), "old".into(), "new".into());
    for (status, expected) in [(200, Some(true)), (403, Some(false)), (401, None)] {
        let server = answering("/api/v1/auth/change-password", status, json!({})).await;
        let answer = at(&server).change_password(&token, &old, &new).await;
        assert_eq!(answer.ok(), expected, "{status}");
    }
}

#[tokio::test]
async fn a_reset_is_asked_for_by_address_and_company() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/v1/auth/password/reset/request"))
        .and(body_json(
            json!({"email": "john@a.example", "company_code": COMPANY}),
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"success": true})))
        .expect(1)
        .mount(&server)
        .await;
    at(&server)
        .request_password_reset("john@a.example", COMPANY)
        .await
        .unwrap();
}
