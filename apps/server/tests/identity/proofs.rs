//! Proving an address and a telephone number.

use bheem_http_kit::Method;
use serde_json::{Value, json};

use crate::{
    PASSWORD,
    support::{TestApp, eventually, flow},
};

const PHONE: &str = "+14155550123";

#[tokio::test(flavor = "multi_thread")]
async fn a_link_proves_an_address_once() {
    let app = TestApp::start().await;
    let address = "ada@acme.test";
    let ada = app.person(address).await;
    eventually("the welcome", async || app.messages_to(address).len() == 1).await;
    assert_eq!(ada.get("/auth/me").await.body["email_verified"], false);
    let asked = ada.post("/auth/email/verify", &json!({})).await;
    assert_eq!(asked.status, 202, "{:?}", asked.body);
    eventually("the link", async || app.messages_to(address).len() == 2).await;
    let link = json!({"token": TestApp::link_token(&app.messages_to(address)[1])});
    let wrong = json!({"token": "nothing"});
    let path = "/auth/email/confirm";
    app.send(Method::POST, path, &wrong)
        .await
        .is_problem(422, "invalid");
    assert_eq!(ada.post(path, &link).await.status, 200);
    ada.post(path, &link).await.is_problem(422, "invalid");
    let again = app.sign_in(address, PASSWORD).await;
    assert_eq!(again.get("/auth/me").await.body["email_verified"], true);
    again
        .post("/auth/email/verify", &json!({}))
        .await
        .is_problem(422, "invalid");
    // A link that proves an address sets no password.
    let set = json!({"token": link["token"], "password": "a whole new phrase"});
    app.send(Method::POST, "/auth/set-password", &set)
        .await
        .is_problem(422, "invalid");
}

/// The code in a message.
fn code_in(message: &Value) -> String {
    let text = message.to_string();
    let (_, rest) = text.split_once("code is ").expect("a code");
    rest.chars().take_while(char::is_ascii_digit).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_sms_proves_a_number_within_five_tries_and_ten_minutes() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let (send, verify) = ("/auth/phone/send", "/auth/phone/verify");
    ada.post(send, &json!({"phone": "0172 123"}))
        .await
        .is_problem(422, "invalid");
    let mut codes = Vec::new();
    for number in 1..=3 {
        let asked = ada.post(send, &json!({"phone": "+1 (415) 555-0123"})).await;
        assert_eq!(asked.status, 202, "{:?}", asked.body);
        eventually("the code", async || app.messages_to(PHONE).len() == number).await;
        let code = code_in(app.messages_to(PHONE).last().unwrap());
        assert_eq!(code.len(), 6);
        match number {
            // Five wrong tries end it, also for who knows it then.
            1 => {
                for _ in 0..5 {
                    let wrong = json!({"code": "12345"});
                    ada.post(verify, &wrong).await.is_problem(422, "invalid");
                }
                let right = json!({"code": code});
                ada.post(verify, &right).await.is_problem(422, "invalid");
            }
            2 => {
                let ten_minutes = "UPDATE auth.verification_codes SET \
                    created_at = created_at - interval '10 minutes', \
                    expires_at = expires_at - interval '10 minutes'";
                flow::query(&app.database, ten_minutes);
                let right = json!({"code": code});
                ada.post(verify, &right).await.is_problem(422, "invalid");
            }
            _ => {
                // It is nobody else's.
                let eve = app.person("eve").await;
                let right = json!({"code": code});
                eve.post(verify, &right).await.is_problem(422, "invalid");
                assert_eq!(ada.post(verify, &right).await.status, 200);
                ada.post(verify, &right).await.is_problem(422, "invalid");
            }
        }
        codes.push(code);
    }
    let proven = "SELECT phone FROM auth.users WHERE phone_verified_at IS NOT NULL";
    assert_eq!(flow::query(&app.database, proven), PHONE);
    // Neither the table nor the record of runs holds a code.
    for table in ["auth.verification_codes", "saga.run"] {
        let rows = flow::query(&app.database, &format!("SELECT t::text FROM {table} t"));
        assert!(
            codes
                .iter()
                .all(|code| !rows.contains(&format!("\"{code}\"")))
        );
    }
    ada.post(send, &json!({"phone": "+14155550199"}))
        .await
        .is_problem(429, "too_many_requests");
}
