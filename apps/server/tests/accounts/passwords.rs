//! A new password ends what applications may do without the person, unless they keep it.

use bheem_http_kit::Method;
use serde_json::json;

use crate::{
    PASSWORD,
    support::{TestApp, browser::Browser, eventually, flow, flow::RelyingParty},
    tokens,
};

const SCOPE: [(&str, &str); 1] = [("scope", "openid offline_access")];

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_what_applications_have_unless_they_keep_it() {
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let party = RelyingParty::register(&app, &admin, &json!({})).await;
    let address = "ada@acme.test";
    let ada = app.person(address).await;
    let prove =
        format!("UPDATE auth.users SET email_verified_at = now() WHERE email = '{address}'");
    flow::query(&app.database, &prove);
    let is_good = async |token: &str| {
        let refreshed = party.refresh(&app.base_url, token).await.unwrap();
        refreshed.body["refresh_token"].as_str().map(str::to_owned)
    };
    let given = tokens(&party, &mut Browser::default(), address, "n", &SCOPE).await;
    let change = json!({
        "current_password": PASSWORD, "new_password": "a whole new phrase", "keep_applications": true,
    });
    let changed = ada.post("/auth/change-password", &change).await;
    assert_eq!(changed.status, 200, "{:?}", changed.body);
    let kept = is_good(&given.text("refresh_token")).await.expect("kept");
    let change = json!({"current_password": "a whole new phrase", "new_password": PASSWORD});
    let changed = ada.post("/auth/change-password", &change).await;
    assert_eq!(changed.status, 200, "{:?}", changed.body);
    assert_eq!(is_good(&kept).await, None);
    // The session that changed it goes on.
    assert_eq!(ada.get("/auth/me").await.status, 200);

    for keeps in [true, false] {
        let given = tokens(&party, &mut Browser::default(), address, "n", &SCOPE).await;
        let before = app.messages_to(address).len();
        let ask = json!({"email": address});
        let asked = app.send(Method::POST, "/auth/password/reset/request", &ask);
        assert_eq!(asked.await.status, 200);
        eventually("the link", async || app.messages_to(address).len() > before).await;
        let token = TestApp::link_token(app.messages_to(address).last().unwrap());
        let set = json!({"token": token, "password": PASSWORD, "keep_applications": keeps});
        let set = app
            .send(Method::POST, "/auth/password/reset/confirm", &set)
            .await;
        assert_eq!(set.status, 200, "{:?}", set.body);
        let left = is_good(&given.text("refresh_token")).await;
        assert_eq!(left.is_some(), keeps);
    }
}
