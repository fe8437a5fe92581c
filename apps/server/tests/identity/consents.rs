//! What a person agreed to is theirs to see and to take back.

use serde_json::json;

use crate::{
    code,
    support::{TestApp, browser::Browser, flow, flow::RelyingParty},
    tokens,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_is_taken_back_ends_what_it_gave() {
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let party = RelyingParty::register(&app, &admin, &json!({})).await;
    let mut browser = Browser::default();
    let first = tokens(&party, &mut browser, "ada", "first", &[]).await;
    let mut hers = Browser::default();
    let other = tokens(&party, &mut hers, "eve", "other", &[]).await;

    let listed = ada.get("/auth/consents").await;
    assert_eq!(listed.status, 200);
    assert_eq!(listed.body.as_array().unwrap().len(), 1);
    assert_eq!(listed.body[0]["client_id"], party.client_id.as_str());
    assert_eq!(listed.body[0]["client_name"], "Notes");
    assert_eq!(listed.body[0]["scopes"], json!(["openid", "profile"]));

    let path = format!("/auth/consents/{}", party.client_id);
    assert_eq!(ada.delete(&path).await.status, 204);
    ada.delete(&path).await.is_problem(404, "not_found");
    ada.delete("/auth/consents/nobody")
        .await
        .is_problem(404, "not_found");
    assert_eq!(ada.get("/auth/consents").await.body, json!([]));
    let token = first.text("access_token");
    let (status, _) = party.userinfo(&party.issuer, &token).await.unwrap();
    assert_eq!(status, 401);
    party
        .is_refused(&party.issuer, &first.text("refresh_token"))
        .await;
    // She is asked again, and may agree again.
    let silent = party.authorize("silent", &[("prompt", "none")]);
    let page = browser
        .fetch(bheem_http_kit::Method::GET, &silent, &[], None)
        .await;
    let end = page.location().unwrap();
    assert_eq!(
        flow::parameter(&end, "error").as_deref(),
        Some("consent_required")
    );
    code(&party, &mut browser, "ada", "again", &[]).await;

    // What somebody else agreed to is as it was.
    assert_eq!(
        eve.get("/auth/consents")
            .await
            .body
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let token = other.text("access_token");
    let (status, _) = party.userinfo(&party.issuer, &token).await.unwrap();
    assert_eq!(status, 200);
}
