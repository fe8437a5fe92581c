//! Tenants, their lists, plans and domains.
#![cfg(test)]

mod support;

use bheem_http_kit::Method;
use serde_json::{Value, json};
use support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_enough_and_slugs_stay_apart() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for expected in ["acme", "acme-2", "acme-3"] {
        assert_eq!(app.tenant(&ada, "Acme").await, expected);
    }
    let taken = ada
        .post("/tenants", &json!({"name": "X", "slug": "acme"}))
        .await;
    taken.is_problem(409, "slug_taken");
    assert_eq!(taken.body["detail"], "Slug already exists");
    let bought = ada
        .post("/tenants", &json!({"name": "X", "plan": "enterprise"}))
        .await;
    bought.is_problem(422, "invalid");
    assert_eq!(
        ada.get("/tenants/my").await.body.as_array().unwrap().len(),
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_finds_the_tenant_by_slug_and_by_id_and_nothing_else() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let by_slug = ada.get(&format!("/admin/tenants/{slug}")).await;
    assert_eq!(by_slug.status, 200);
    let by_id = ada
        .get(&format!("/admin/tenants/{}", by_slug.text("id")))
        .await;
    assert_eq!(by_slug.body, by_id.body);
    let path = format!("/admin/tenants/{slug}");
    ada.patch(&path, &json!({"domain": "shadow"})).await;
    ada.get("/admin/tenants/shadow")
        .await
        .is_problem(404, "not_found");
    let patched = ada
        .patch(&path, &json!({"name": "Acme 2", "settings": {"a": 1}}))
        .await;
    assert_eq!(patched.body["name"], "Acme 2");
    assert_eq!(patched.body["domain"], "shadow");
    let cleared = ada.patch(&path, &json!({"domain": null})).await;
    assert_eq!(cleared.body["domain"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_customer_changes_their_own_plan() {
    let app = TestApp::start().await;
    let (root, ada) = (app.super_admin().await, app.person("ada").await);
    let path = format!("/admin/tenants/{}", app.tenant(&ada, "Acme").await);
    ada.patch(&path, &json!({"plan": "enterprise"}))
        .await
        .is_problem(403, "forbidden");
    root.patch(&path, &json!({"plan": "nonsense"}))
        .await
        .is_problem(422, "invalid");
    let upgraded = root
        .patch(&path, &json!({"plan": "WORKSPACE-ENTERPRISE"}))
        .await;
    assert_eq!(upgraded.body["max_users"], -1);
    assert_eq!(upgraded.body["docs_quota_mb"], 512_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_list_search_and_page() {
    let app = TestApp::start().await;
    let (root, ada) = (app.super_admin().await, app.person("ada").await);
    for name in ["Alpha", "Beta", "100% Gamma", "Delta_1"] {
        app.tenant(&ada, name).await;
    }
    let names = |body: &Value| -> Vec<String> {
        body.as_array()
            .unwrap()
            .iter()
            .map(|t| t["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = root.get("/admin/tenants").await;
    assert_eq!(names(&all.body), ["Delta_1", "100% Gamma", "Beta", "Alpha"]);
    assert_eq!(all.body[0]["user_count"], 1);
    assert_eq!(
        names(&root.get("/admin/tenants?search=%25").await.body).len(),
        0,
        "sent as %2525"
    );
    assert_eq!(
        names(&root.get("/admin/tenants?search=_").await.body),
        ["Delta_1"]
    );
    assert_eq!(
        names(&root.get("/admin/tenants?search=%").await.body),
        ["100% Gamma"]
    );
    assert_eq!(
        names(&root.get("/admin/tenants?plan=starter").await.body).len(),
        0
    );
    let first = root.get("/admin/tenants?limit=3").await;
    let cursor = first.headers["x-next-cursor"].to_str().unwrap().to_owned();
    let rest = root
        .get(&format!("/admin/tenants?limit=3&after={cursor}"))
        .await;
    assert_eq!(names(&rest.body), ["Alpha"]);
    assert!(rest.headers.get("x-next-cursor").is_none());
    assert_eq!(
        names(&root.get("/admin/tenants?limit=3&skip=3").await.body),
        ["Alpha"]
    );
    for bad in [
        "limit=0",
        "limit=101",
        "skip=-1",
        "skip=10001",
        "limit=x",
        "after=x",
        "is_active=maybe",
    ] {
        root.get(&format!("/admin/tenants?{bad}"))
            .await
            .is_problem(422, "invalid");
    }
    ada.get("/admin/tenants").await.is_problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_a_tenant_for_somebody_who_is_invited() {
    let app = TestApp::start().await;
    let root = app.super_admin().await;
    let body =
        json!({"name": "Acme", "slug": "acme", "owner_email": "boss@acme.test", "plan": "starter"});
    let made = root.post("/admin/tenants", &body).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.body["max_users"], 25);
    root.post("/admin/tenants", &body)
        .await
        .is_problem(409, "slug_taken");
    let users = root.get("/admin/tenants/acme/users").await;
    assert_eq!(users.body[0]["email"], "boss@acme.test");
    assert_eq!(users.body[0]["role"], "owner");
    support::eventually("the owner is invited", async || {
        app.messages_to("boss@acme.test").len() == 1
    })
    .await;
    let token = TestApp::link_token(&app.messages_to("boss@acme.test")[0]);
    let set = json!({"token": token, "password": support::PASSWORD});
    assert_eq!(
        app.send(Method::POST, "/auth/set-password", &set)
            .await
            .status,
        200
    );
    let boss = app.sign_in("boss@acme.test", support::PASSWORD).await;
    assert_eq!(boss.get("/admin/tenants/acme").await.status, 200);
    boss.delete("/admin/tenants/acme")
        .await
        .is_problem(403, "forbidden");
    assert_eq!(root.delete("/admin/tenants/acme").await.status, 200);
    // The tenant proved no domain, so the account is its holder's and goes on.
    boss.get("/admin/tenants/acme")
        .await
        .is_problem(404, "not_found");
    assert_eq!(boss.get("/auth/me").await.status, 200);
    root.get("/admin/tenants/acme")
        .await
        .is_problem(404, "not_found");
    // Its slug rests.
    root.post("/admin/tenants", &body)
        .await
        .is_problem(409, "slug_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_bars_nobody_until_it_is_proven() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (a, e) = (app.tenant(&ada, "A1").await, app.tenant(&eve, "E1").await);
    let (ours, theirs) = (
        format!("/admin/tenants/{a}/domains"),
        format!("/admin/tenants/{e}/domains"),
    );
    for bad in [
        "",
        "localhost",
        "no spaces.test",
        "http://x.test",
        "127.0.0.1",
    ] {
        ada.post(&ours, &json!({"domain": bad}))
            .await
            .is_problem(422, "invalid");
    }
    let squatted = eve.post(&theirs, &json!({"domain": "acme.test"})).await;
    assert_eq!(squatted.status, 201);
    assert_eq!(squatted.body["status"], "pending");
    let record = &squatted.body["dns_records"][0];
    assert_eq!(record["type"], "TXT");
    let token = record["value"].as_str().unwrap();
    assert!(token.starts_with("bheem-verify=") && token.len() == "bheem-verify=".len() + 32);

    app.proven_domain(&ada, &a, "acme.test").await;
    ada.post(&ours, &json!({"domain": "ACME.test."}))
        .await
        .is_problem(409, "domain_registered");
    let gone = eve.get(&format!("{theirs}/{}", squatted.text("id"))).await;
    gone.is_problem(404, "not_found");
    let late = eve.post(&theirs, &json!({"domain": "acme.test"})).await;
    late.is_problem(409, "domain_registered");
    assert_eq!(late.body["detail"], "Domain already registered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_proven_step_by_step_and_can_be_added_again() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let domain = ada
        .post("/domains", &json!({"domain": "münchen.test"}))
        .await;
    assert_eq!(domain.status, 201, "{:?}", domain.body);
    assert_eq!(domain.body["domain"], "xn--mnchen-3ya.test");
    let verify = format!("/domains/{}/verify", domain.text("id"));
    let nothing = ada.post(&verify, &json!({})).await;
    assert_eq!(nothing.body["status"], "pending");
    assert!(
        app.sandbox.mailcow.state()["domains"]
            .to_string()
            .find("mnchen")
            .is_none()
    );
    app.publish(&domain.body);
    let partial = ada.post(&verify, &json!({})).await;
    assert_eq!(partial.body["status"], "partial", "{:?}", partial.body);
    assert_eq!(
        partial.body["results"],
        json!({"ownership": true, "mx": true, "spf": true, "dkim": false})
    );
    assert_eq!(partial.body["mail_enabled"], true);
    app.publish(&partial.body);
    let verified = ada.post(&verify, &json!({})).await;
    assert_eq!(verified.body["fully_verified"], true, "{:?}", verified.body);

    let users = format!("/admin/tenants/{slug}/users");
    let john = ada
        .post(&users, &json!({"username": "john", "name": "J"}))
        .await;
    assert_eq!(john.status, 201, "{:?}", john.body);
    let path = format!("/admin/tenants/{slug}/domains/{}", domain.text("id"));
    ada.delete(&path).await.is_problem(409, "domain_in_use");
    let removed = ada
        .delete(&format!("{users}/{}", john.text("user_id")))
        .await;
    assert_eq!(removed.status, 200, "{:?}", removed.body);
    assert_eq!(ada.delete(&path).await.status, 204);
    let again = ada
        .post("/domains", &json!({"domain": "münchen.test"}))
        .await;
    assert_eq!(again.status, 201);
}
