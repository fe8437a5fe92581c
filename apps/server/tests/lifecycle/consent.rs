//! Nobody becomes a member by force, and anybody may leave.

use bheem_http_kit::Method;
use serde_json::json;

use crate::support::{PASSWORD, Person, TestApp, eventually, flow::query};

/// Somebody with an address of their own that is proven.
async fn holder(app: &TestApp, name: &str) -> (Person, String) {
    let root = app.super_admin().await;
    let address = format!("{name}@home.test");
    let made = root
        .post(
            "/admin/tenants",
            &json!({"name": "Home", "slug": format!("{name}-home"), "owner_email": address, "plan": "free"}),
        )
        .await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    eventually("the invitation of the owner", async || {
        !app.messages_to(&address).is_empty()
    })
    .await;
    let token = TestApp::link_token(&app.messages_to(&address)[0]);
    let set = json!({"token": token, "password": PASSWORD});
    let answer = app.send(Method::POST, "/auth/set-password", &set).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    (app.sign_in(&address, PASSWORD).await, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_account_is_a_member_only_by_its_holders_word() {
    let app = TestApp::start().await;
    let (carl, address) = holder(&app, "carl").await;
    let eve = app.person("eve").await;
    let evil = app.tenant(&eve, "Evil").await;
    let users = format!("/admin/tenants/{evil}/users");
    let body = json!({"email": address, "name": "Carl", "role": "admin"});
    let added = eve.post(&users, &body).await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    assert_eq!(added.body["status"], "invited");
    assert_eq!(added.body["is_active"], false);
    assert_eq!(added.body["user_id"], carl.id.as_str());

    // Nothing of the tenant's binds or opens anything yet.
    let path = format!("/admin/tenants/{evil}");
    query(
        &app.database,
        &format!(
            "UPDATE workspace.tenants SET requires_second_factor = true WHERE slug = '{evil}'"
        ),
    );
    let carl = app.sign_in(&address, PASSWORD).await;
    assert_eq!(
        carl.get("/tenants/my").await.body.as_array().unwrap().len(),
        1
    );
    carl.get(&path).await.is_problem(404, "not_found");
    let domain = carl.post("/domains", &json!({"domain": "carl.test"})).await;
    assert_eq!(domain.status, 201, "{:?}", domain.body);
    let invitations = carl.get("/tenants/invitations").await;
    assert_eq!(invitations.body[0]["tenant_slug"], evil.as_str());
    assert_eq!(invitations.body[0]["role"], "admin");
    let decline = format!("/tenants/{evil}/members/me/decline");
    assert_eq!(carl.post(&decline, &json!({})).await.status, 204);
    carl.post(&decline, &json!({}))
        .await
        .is_problem(404, "not_found");
    let accept = format!("/tenants/{evil}/members/me/accept");
    carl.post(&accept, &json!({}))
        .await
        .is_problem(404, "not_found");
    assert_eq!(carl.get("/tenants/invitations").await.body, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_accepts_gets_services_and_who_leaves_loses_them() {
    let app = TestApp::start().await;
    let (carl, address) = holder(&app, "carl").await;
    let ada = app.person("ada").await;
    let corp = app.tenant(&ada, "Corp").await;
    let users = format!("/admin/tenants/{corp}/users");
    let own = format!("{users}/{}", carl.id);
    let body = json!({"email": address, "name": "Carl"});
    assert_eq!(ada.post(&users, &body).await.body["status"], "invited");
    ada.post(&users, &body)
        .await
        .is_problem(409, "invitation_pending");
    ada.patch(&own, &json!({"is_active": true}))
        .await
        .is_problem(409, "invitation_pending");

    let accepted = carl
        .post(&format!("/tenants/{corp}/members/me/accept"), &json!({}))
        .await;
    assert_eq!(accepted.status, 200, "{:?}", accepted.body);
    assert_eq!(accepted.body["status"], "active");
    let services = accepted.body["services_provisioned"].to_string();
    assert!(services.contains("nextcloud"), "{services}");

    let me = format!("/tenants/{corp}/members/me");
    let left = carl.delete(&me).await;
    assert_eq!(left.status, 200, "{:?}", left.body);
    assert_eq!(left.body["status"], "deactivated");
    carl.delete(&me).await.is_problem(404, "not_found");
    // Their account is their own and goes on.
    assert_eq!(carl.get("/auth/me").await.status, 200);
    // Coming back is their word again.
    let again = ada.patch(&own, &json!({"is_active": true})).await;
    assert_eq!(again.body["status"], "invited", "{:?}", again.body);
    ada.delete(&format!("{users}/{}", ada.id))
        .await
        .is_problem(409, "last_owner");
    ada.delete(&me).await.is_problem(409, "last_owner");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_accepts_the_invitation_that_it_came_with_and_no_other() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (corp, evil) = (
        app.tenant(&ada, "Corp").await,
        app.tenant(&eve, "Evil").await,
    );
    let body = json!({"email": "new@else.test", "name": "New"});
    let added = ada
        .post(&format!("/admin/tenants/{corp}/users"), &body)
        .await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    let token = TestApp::link_token(&app.messages_to("new@else.test")[0]);
    let added = eve
        .post(&format!("/admin/tenants/{evil}/users"), &body)
        .await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    let set = json!({"token": token, "password": PASSWORD});
    assert_eq!(
        app.send(Method::POST, "/auth/set-password", &set)
            .await
            .status,
        200
    );
    let new = app.sign_in("new@else.test", PASSWORD).await;
    let mine = new.get("/tenants/my").await;
    assert_eq!(mine.body.as_array().unwrap().len(), 1, "{:?}", mine.body);
    assert_eq!(mine.body[0]["slug"], corp.as_str());
    let asked = new.get("/tenants/invitations").await;
    assert_eq!(asked.body[0]["tenant_slug"], evil.as_str());
}
