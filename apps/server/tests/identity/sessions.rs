//! Browsers' sessions are among a person's sessions, and end as they do.

use bheem_http_kit::Method;
use serde_json::{Value, json};

use crate::{
    PASSWORD,
    factors::strong,
    is_signed_in,
    support::{Person, TestApp, browser::Browser, eventually, flow::RelyingParty},
    tokens,
    totp::App,
};

async fn with_browser(app: &TestApp) -> (RelyingParty, Browser) {
    let admin = app.super_admin().await;
    let party = RelyingParty::register(app, &admin, &json!({})).await;
    let mut browser = Browser::default();
    tokens(&party, &mut browser, "ada", "n", &[]).await;
    assert!(is_signed_in(&party, &mut browser).await);
    (party, browser)
}

async fn browsers(person: &Person) -> Vec<Value> {
    let sessions = person.get("/auth/sessions").await;
    let sessions = sessions.body.as_array().unwrap();
    let browsers = sessions.iter().filter(|one| one["kind"] == "browser");
    browsers.cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_listed_and_ended_by_its_owner_alone() {
    let app = TestApp::at_localhost(|_| {}).await;
    let ada = app.person("ada").await;
    let eve = app.person("eve").await;
    let (party, mut browser) = with_browser(&app).await;
    let listed = browsers(&ada).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["is_current"], false);
    assert!(browsers(&eve).await.is_empty());
    let path = format!("/auth/sessions/{}", listed[0]["id"].as_str().unwrap());
    eve.delete(&path).await.is_problem(404, "not_found");
    assert!(is_signed_in(&party, &mut browser).await);
    assert_eq!(ada.delete(&path).await.status, 204);
    assert!(!is_signed_in(&party, &mut browser).await);
    assert!(browsers(&ada).await.is_empty());
    assert_eq!(ada.get("/auth/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_browsers_too() {
    let app = TestApp::at_localhost(|_| {}).await;
    let ada = app.person("ada").await;
    let (party, mut browser) = with_browser(&app).await;
    let change = json!({"current_password": PASSWORD, "new_password": "a whole new phrase"});
    let changed = ada.post("/auth/change-password", &change).await;
    assert_eq!(changed.status, 200, "{:?}", changed.body);
    assert!(!is_signed_in(&party, &mut browser).await);
    assert_eq!(ada.get("/auth/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_every_session_and_what_browsers_opened() {
    let app = TestApp::at_localhost(|_| {}).await;
    let address = "ada@acme.test";
    let body = json!({"username": "ada", "password": PASSWORD, "email": address});
    let made = app.send(Method::POST, "/auth/register", &body).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let prove =
        format!("UPDATE auth.users SET email_verified_at = now() WHERE email = '{address}'");
    crate::flow::query(&app.database, &prove);
    let ada = app.sign_in("ada", PASSWORD).await;
    eventually("the welcome", async || app.messages_to(address).len() == 1).await;
    let (party, mut browser) = with_browser(&app).await;
    let given = tokens(&party, &mut browser, "ada", "reset", &[]).await;
    let ask = json!({"email": address});
    app.send(Method::POST, "/auth/password/reset/request", &ask)
        .await;
    let link = async || {
        let messages = app.messages_to(address);
        let mut links = messages
            .iter()
            .filter(|one| one.to_string().contains("#token="));
        links.next_back().map(TestApp::link_token)
    };
    eventually("the link", async || link().await.is_some()).await;
    let confirm = json!({"token": link().await.unwrap(), "new_password": "a whole new phrase"});
    let done = app
        .send(Method::POST, "/auth/password/reset/confirm", &confirm)
        .await;
    assert_eq!(done.status, 200, "{:?}", done.body);
    assert!(!is_signed_in(&party, &mut browser).await);
    ada.get("/auth/me").await.is_problem(401, "unauthenticated");
    let token = given.text("access_token");
    let (status, _) = party.userinfo(&party.issuer, &token).await.unwrap();
    assert_eq!(status, 401);
    party
        .is_refused(&party.issuer, &given.text("refresh_token"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_seen_and_removed_by_its_owner_alone() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let weak = app.sign_in("ada", PASSWORD).await;
    let authenticator = App::enrol(&ada).await;
    let id = "01890000-0000-7000-8000-000000000001";
    crate::flow::query(
        &app.database,
        &format!(
            "INSERT INTO auth.passkeys (id, account_id, credential_id, name, passkey, created_at) \
             VALUES ('{id}', '{}', '\\x01', 'Key', '{{}}', now())",
            ada.id
        ),
    );
    let path = format!("/auth/passkeys/{id}");
    assert_eq!(eve.get("/auth/passkeys").await.body, json!([]));
    assert_eq!(eve.delete(&path).await.status, 404);
    assert_eq!(ada.get("/auth/passkeys").await.body[0]["name"], "Key");
    // Who has a second factor proves it, too, before factors change.
    weak.delete(&path)
        .await
        .is_problem(401, "second_factor_required");
    let ada = strong(&app, "ada", &authenticator.code(1)).await;
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(ada.get("/auth/passkeys").await.body, json!([]));
    ada.delete(&path).await.is_problem(404, "not_found");
}
