//! The role on the platform is that of the row, at each request; and administration of accounts.

use bheem_http_kit::Method;
use serde_json::json;

use crate::{
    PASSWORD,
    support::{TestApp, browser::Browser, eventually, flow, flow::RelyingParty},
    tokens,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_is_gone_at_once_and_on_other_replicas_within_a_second() {
    let app = TestApp::start().await;
    let admin = app.super_admin().await;
    let ada = app.person("ada").await;
    let replica = app.replica().await;
    let there = format!("http://{}", replica.address);
    let path = format!("/admin/accounts/{}", ada.id);
    ada.get("/admin/accounts")
        .await
        .is_problem(403, "forbidden");
    let granted = admin.patch(&path, &json!({"role": "SuperAdmin"})).await;
    assert_eq!(granted.status, 200, "{:?}", granted.body);
    assert_eq!(granted.body["role"], "SuperAdmin");
    // With the very token that said otherwise.
    assert_eq!(ada.get("/admin/accounts").await.status, 200);
    assert_eq!(ada.get("/auth/me").await.body["role"], "SuperAdmin");
    let elsewhere = ada.at(&there);
    eventually("the other replica lets them in", async || {
        elsewhere.get("/admin/accounts").await.status == 200
    })
    .await;
    let revoked = admin.patch(&path, &json!({"role": "Member"})).await;
    assert_eq!(revoked.status, 200, "{:?}", revoked.body);
    ada.get("/admin/accounts")
        .await
        .is_problem(403, "forbidden");
    ada.get("/admin/tenants").await.is_problem(403, "forbidden");
    eventually("the other replica does not", async || {
        elsewhere.get("/admin/accounts").await.status == 403
    })
    .await;
    let noted = "SELECT count(*) FROM workspace.activity_log WHERE action = 'account.changed'";
    assert_eq!(flow::query(&app.database, noted), "2");
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_always_left_to_administer_the_platform() {
    let app = TestApp::start().await;
    let admin = app.super_admin().await;
    let own = format!("/admin/accounts/{}", admin.id);
    for change in [json!({"role": "Customer"}), json!({"is_active": false})] {
        admin
            .patch(&own, &change)
            .await
            .is_problem(409, "last_super_admin");
    }
    let ada = app.person("ada").await;
    let other = format!("/admin/accounts/{}", ada.id);
    let granted = admin.patch(&other, &json!({"role": "SuperAdmin"})).await;
    assert_eq!(granted.status, 200);
    // Each takes the right from the other at once: one of them keeps it.
    let (first, second) = (json!({"role": "Customer"}), json!({"role": "Customer"}));
    let both = futures::future::join(admin.patch(&other, &first), ada.patch(&own, &second)).await;
    let left = "SELECT count(*) FROM auth.users WHERE role = 'SuperAdmin' AND is_active";
    assert_eq!(flow::query(&app.database, left), "1", "{both:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn administration_disables_signs_out_and_demands_a_new_password() {
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let party = RelyingParty::register(&app, &admin, &json!({})).await;
    let address = "ada@acme.test";
    let ada = app.person(address).await;
    let path = format!("/admin/accounts/{}", ada.id);
    let mut browser = Browser::default();
    let scope = [("scope", "openid offline_access")];
    let given = tokens(&party, &mut browser, address, "first", &scope).await;
    // Nobody has proven the address, so a link to it would be somebody else's.
    let demand = json!({"require_new_password": true});
    let refused = admin.patch(&path, &demand).await;
    refused.is_problem(422, "invalid");
    assert_eq!(ada.get("/auth/me").await.status, 200);
    let ended = admin.patch(&path, &json!({"end_sessions": true})).await;
    assert_eq!(ended.status, 200, "{:?}", ended.body);
    ada.get("/auth/me").await.is_problem(401, "unauthenticated");
    let offline = given.text("refresh_token");
    party.is_refused(&party.issuer, &offline).await;

    let prove =
        format!("UPDATE auth.users SET email_verified_at = now() WHERE email = '{address}'");
    flow::query(&app.database, &prove);
    let ada = app.sign_in(address, PASSWORD).await;
    let demanded = admin.patch(&path, &demand).await;
    assert_eq!(demanded.status, 200, "{:?}", demanded.body);
    ada.get("/auth/me").await.is_problem(401, "unauthenticated");
    let login = json!({"username": address, "password": PASSWORD});
    let refused = app.send(Method::POST, "/auth/login", &login).await;
    refused.is_problem(401, "unauthenticated");
    let links = async || {
        let messages = app.messages_to(address);
        let is_link = |one: &&serde_json::Value| one.to_string().contains("#token=");
        messages.iter().rfind(is_link).map(TestApp::link_token)
    };
    eventually("the link", async || links().await.is_some()).await;
    let set = json!({"token": links().await.unwrap(), "password": "a whole new phrase"});
    let set = app.send(Method::POST, "/auth/set-password", &set).await;
    assert_eq!(set.status, 200, "{:?}", set.body);
    let again = app.sign_in(address, "a whole new phrase").await;
    assert_eq!(again.id, ada.id);

    let disabled = admin.patch(&path, &json!({"is_active": false})).await;
    assert_eq!(disabled.body["is_active"], false);
    again
        .get("/auth/me")
        .await
        .is_problem(401, "unauthenticated");
    let enabled = admin.patch(&path, &json!({"is_active": true})).await;
    assert_eq!(enabled.body["is_active"], true);
    app.sign_in(address, "a whole new phrase").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_listed_and_found_by_what_they_begin_with() {
    let app = TestApp::start().await;
    let admin = app.super_admin().await;
    for name in ["ada", "adam", "bob", "a_da"] {
        app.person(name).await;
    }
    let names = async |query: &str| {
        let answer = admin.get(&format!("/admin/accounts?{query}")).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        let rows = answer.body.as_array().unwrap().clone();
        let names = rows
            .iter()
            .map(|row| row["username"].as_str().unwrap().to_owned());
        let next = answer.headers.get("x-next-cursor");
        let next = next.map(|next| next.to_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), next)
    };
    assert_eq!(names("search=ADA").await.0, ["adam", "ada"]);
    // Wildcards are letters like others.
    assert_eq!(names("search=a_d").await.0, ["a_da"]);
    assert!(names("search=%25").await.0.is_empty());
    assert_eq!(names("role=SuperAdmin").await.0, ["root@workspace.test"]);
    let (first, next) = names("limit=3").await;
    assert_eq!(first, ["a_da", "bob", "adam"]);
    let (second, next) = names(&format!("limit=3&after={}", next.unwrap())).await;
    assert_eq!(second, ["ada", "root@workspace.test"]);
    assert_eq!(next, None);
    let ada = app.person("eve").await;
    ada.get("/admin/accounts")
        .await
        .is_problem(403, "forbidden");
    let nobody = "/admin/accounts/01890000-0000-7000-8000-000000000001";
    admin.get(nobody).await.is_problem(404, "not_found");
    admin
        .patch(nobody, &json!({}))
        .await
        .is_problem(404, "not_found");
}
