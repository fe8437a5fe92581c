//! An account that a tenant manages is opened and closed by that tenant alone.

use bheem_http_kit::Method;
use serde_json::json;

use crate::support::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn another_tenant_does_not_open_what_the_managing_one_closed() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (corp, evil) = (
        app.tenant(&ada, "Corp").await,
        app.tenant(&eve, "Evil").await,
    );
    app.proven_domain(&ada, &corp, "corp.test").await;
    let john = app
        .invited(&ada, &corp, json!({"username": "john", "name": "John"}))
        .await;
    let member = ada
        .get(&format!("/admin/tenants/{corp}/users/{}", john.id))
        .await;
    assert_eq!(member.body["is_managed"], true);
    let path = format!("/admin/tenants/{corp}/users/{}", john.id);
    assert_eq!(ada.delete(&path).await.status, 200);
    john.get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");

    let users = format!("/admin/tenants/{evil}/users");
    let body = json!({"email": "john@corp.test", "name": "John", "role": "owner"});
    eve.post(&users, &body)
        .await
        .is_problem(409, "account_disabled");
    let login = json!({"username": "john@corp.test", "password": PASSWORD});
    let refused = app.send(Method::POST, "/auth/login", &login).await;
    assert_ne!(refused.status, 200, "{:?}", refused.body);
    assert_eq!(ada.get(&path).await.body["is_active"], false);
    // The managing tenant opens it again.
    let back = ada.patch(&path, &json!({"is_active": true})).await;
    assert_eq!(back.status, 200, "{:?}", back.body);
    app.sign_in("john@corp.test", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_an_account_ends_what_would_live_again_when_it_is_opened() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let corp = app.tenant(&ada, "Corp").await;
    app.proven_domain(&ada, &corp, "corp.test").await;
    let john = app
        .invited(&ada, &corp, json!({"username": "john", "name": "John"}))
        .await;
    let path = format!("/admin/tenants/{corp}/users/{}", john.id);
    assert_eq!(ada.delete(&path).await.status, 200);
    let back = ada.patch(&path, &json!({"is_active": true})).await;
    assert_eq!(back.status, 200, "{:?}", back.body);
    john.get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");
    let refresh = json!({"refresh_token": john.refresh_token});
    let refreshed = app.send(Method::POST, "/auth/refresh", &refresh).await;
    assert_eq!(refreshed.status, 401, "{:?}", refreshed.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_accounts_on_a_domain_that_somebody_else_has_proven() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (corp, evil) = (
        app.tenant(&ada, "Corp").await,
        app.tenant(&eve, "Evil").await,
    );
    app.proven_domain(&ada, &corp, "corp.test").await;
    let users = format!("/admin/tenants/{evil}/users");
    let body = json!({"email": "cfo@corp.test", "name": "CFO", "personal_email": "eve@evil.test"});
    eve.post(&users, &body)
        .await
        .is_problem(409, "domain_of_another_tenant");
    assert!(app.messages_to("eve@evil.test").is_empty());
}
