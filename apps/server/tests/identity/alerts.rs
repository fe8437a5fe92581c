//! People are told of sign-ins that they should know of, and can look at all of them.

use bheem_http_kit::Method;
use serde_json::{Value, json};

use crate::{
    PASSWORD,
    support::{TestApp, eventually, flow},
};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// The variables of the alerts that somebody was sent.
fn alerts(app: &TestApp, address: &str) -> Vec<Value> {
    app.messages_to(address)
        .into_iter()
        .filter(|message| message.to_string().contains("security_alert"))
        .collect()
}

async fn proven(app: &TestApp, address: &str) -> crate::support::Person {
    let person = app.person(address).await;
    let prove =
        format!("UPDATE auth.users SET email_verified_at = now() WHERE email = '{address}'");
    flow::query(&app.database, &prove);
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_is_told_of_once() {
    let app = TestApp::start().await;
    let address = "ada@acme.test";
    let ada = proven(&app, address).await;
    let body = json!({"username": address, "password": PASSWORD});
    let agent = [("user-agent", FIREFOX)];
    for _ in 0..2 {
        let signed_in = app
            .send_with(Method::POST, "/auth/login", &agent, &body)
            .await;
        assert_eq!(signed_in.status, 200, "{:?}", signed_in.body);
    }
    eventually("the alert", async || !alerts(&app, address).is_empty()).await;
    let services = &app.running.app().services;
    while services.send_alerts().await.unwrap() > 0 {}
    let alerts = alerts(&app, address);
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!(alerts[0]["template_name"], "security_alert");
    let told = &alerts[0]["template_vars"];
    for (name, value) in [
        ("event", "New Login"),
        ("device", "Firefox on Linux"),
        ("ip", "127.0.0.1"),
        ("location", "unknown"),
    ] {
        assert_eq!(told[name], value, "{told}");
    }
    assert!(told["time"].as_str().unwrap().ends_with(" UTC"), "{told}");
    let events = ada.get("/auth/login-events").await;
    let events = events.body.as_array().unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(events[0]["user_agent"], FIREFOX);
    assert_eq!(events[0]["method"], "password");
    let new: Vec<_> = events.iter().map(|event| &event["is_new_device"]).collect();
    assert_eq!(new, [false, true, true]);
    // They are nobody else's.
    let eve = app.person("eve").await;
    let hers = eve.get("/auth/login-events").await;
    assert_eq!(hers.body.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_in_a_row_are_told_of_and_listed() {
    let app = TestApp::start().await;
    let address = "ada@acme.test";
    let ada = proven(&app, address).await;
    let guess = json!({"username": address, "password": "wrong password!"});
    for _ in 0..7 {
        let refused = app.send(Method::POST, "/auth/login", &guess).await;
        assert_eq!(refused.status, 401);
    }
    eventually("the alert", async || !alerts(&app, address).is_empty()).await;
    let alerts = alerts(&app, address);
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(alerts[0].to_string().contains("Failed sign-in attempts"));
    let events = ada.get("/auth/login-events").await;
    let failed = events.body.as_array().unwrap().iter();
    let failed = failed.filter(|event| event["success"] == false).count();
    assert_eq!(failed, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_nobody_has_proven_is_not_written_to() {
    let app = TestApp::start().await;
    let address = "ada@acme.test";
    app.person(address).await;
    let guess = json!({"username": "ada@acme.test", "password": "wrong password!"});
    for _ in 0..5 {
        app.send(Method::POST, "/auth/login", &guess).await;
    }
    let due =
        "SELECT count(*) FROM auth.login_events WHERE alert IS NOT NULL AND alerted_at IS NULL";
    eventually("the mark is taken away", async || {
        flow::query(&app.database, due) == "0"
    })
    .await;
    assert!(alerts(&app, address).is_empty());
}
