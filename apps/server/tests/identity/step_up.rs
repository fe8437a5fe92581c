//! Administration asks for a strong and recent sign-in, in the words of RFC 9470.

use bheem_http_kit::Method;
use serde_json::json;

use crate::{
    factors::strong,
    support::{TestApp, flow},
    totp::App,
};

const ROOT: &str = "root@workspace.test";

fn challenge(answer: &crate::support::Answer) -> &str {
    answer.is_problem(401, "insufficient_user_authentication");
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert!(
        challenge.contains("error=\"insufficient_user_authentication\""),
        "{challenge}"
    );
    challenge
}

#[tokio::test(flavor = "multi_thread")]
async fn one_factor_is_not_enough_where_two_are_asked_for() {
    let app = TestApp::start_with(|settings| settings.auth.admin_second_factor = true).await;
    let admin = app.super_admin().await;
    let refused = admin.get("/admin/tenants").await;
    assert!(challenge(&refused).contains("acr_values=\"aal2\""));
    // What is one's own needs no more than before.
    assert_eq!(admin.get("/auth/me").await.status, 200);
    let authenticator = App::enrol(&admin).await;
    // Setting it up does not raise a sign-in that there is.
    challenge(&admin.get("/admin/tenants").await);
    let strong = strong(&app, ROOT, &authenticator.code(1)).await;
    assert_eq!(strong.get("/admin/tenants").await.status, 200);

    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    let refused = owner
        .patch(&format!("/admin/tenants/{slug}"), &json!({"name": "New"}))
        .await;
    challenge(&refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_sign_in_is_not_enough_where_a_recent_one_is_asked_for() {
    let app = TestApp::start_with(|settings| settings.auth.admin_max_age_minutes = 60).await;
    let admin = app.super_admin().await;
    assert_eq!(admin.get("/admin/tenants").await.status, 200);
    let past =
        "UPDATE auth.sessions SET authenticated_at = authenticated_at - interval '61 minutes'";
    flow::query(&app.database, past);
    let body = json!({"refresh_token": admin.refresh_token});
    let refreshed = app.send(Method::POST, "/auth/refresh", &body).await;
    assert_eq!(refreshed.status, 200, "{:?}", refreshed.body);
    let later = admin.with_token(&app, &refreshed.text("access_token"));
    let refused = later.get("/admin/tenants").await;
    assert!(challenge(&refused).contains("max_age=\"3600\""));
    assert_eq!(later.get("/auth/me").await.status, 200);
}
