//! Who somebody is in which tenant, how soon that changes, and what is written down of it.
#![cfg(test)]

mod support;

use bheem_domain::TenantId;
use bheem_http_kit::Method;
use bheem_persistence::{PageRequest, SystemScope, repo::ActivityRecord};
use serde_json::{Value, json};
use support::{PASSWORD, TestApp, eventually};

/// The newest entries about a tenant, or about none.
async fn activity(app: &TestApp, tenant: Option<&str>) -> Vec<ActivityRecord> {
    let tenant: Option<TenantId> = tenant.map(|id| id.parse().unwrap());
    let database = app.running.app().services.database();
    let mut read = database
        .system_read(&SystemScope::server("a test"))
        .await
        .unwrap();
    let page = PageRequest::parse(100, 0, None).unwrap();
    read.activity(tenant).list(&page).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_in_two_tenants_is_in_the_one_they_name() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (alpha, beta) = (
        app.tenant(&ada, "Alpha").await,
        app.tenant(&eve, "Beta").await,
    );
    app.proven_domain(&ada, &alpha, "alpha.test").await;
    let carl = app
        .invited(&ada, &alpha, json!({"username": "carl", "name": "Carl A"}))
        .await;
    let users = format!("/admin/tenants/{beta}/users");
    let again = json!({"email": "carl@alpha.test", "name": "Carl B", "role": "admin"});
    let added = eve.post(&users, &again).await;
    assert_eq!(added.body["user_id"], carl.id.as_str(), "{:?}", added.body);
    let accept = format!("/tenants/{beta}/members/me/accept");
    assert_eq!(carl.post(&accept, &json!({})).await.status, 200);

    assert_eq!(
        carl.get("/tenants/my").await.body.as_array().unwrap().len(),
        2
    );
    for (slug, company, role) in [(&alpha, "Alpha", "member"), (&beta, "Beta", "admin")] {
        let me = carl.get(&format!("/workspace/me?tenant_id={slug}")).await;
        assert_eq!(me.body["user"]["company"], company, "{:?}", me.body);
        assert_eq!(me.body["user"]["role"], role);
    }
    let first = carl.get("/workspace/me").await;
    assert_eq!(first.body["user"]["company"], "Alpha");
    // One administered tenant is meant without being named; the other is not theirs to change.
    let domain = carl.post("/domains", &json!({"domain": "beta.test"})).await;
    assert_eq!(
        domain.body["tenant_id"], added.body["tenant_id"],
        "{:?}",
        domain.body
    );
    let other = json!({"domain": "more.test", "tenant_id": alpha});
    carl.post("/domains", &other)
        .await
        .is_problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_nobody_proved_binds_nobody() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    // By name and by address: neither is proven.
    let squatter = app.person("victim@corp.test").await;
    let body = json!({"username": "sly", "password": PASSWORD, "email": "victim@corp.test"});
    assert_eq!(
        app.send(Method::POST, "/auth/register", &body).await.status,
        201
    );
    let sly = app.sign_in("sly", PASSWORD).await;

    let users = format!("/admin/tenants/{slug}/users");
    let body = json!({"email": "victim@corp.test", "name": "Victim", "role": "admin"});
    let added = ada.post(&users, &body).await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    for stranger in [&squatter, &sly] {
        assert_ne!(added.body["user_id"], stranger.id.as_str());
        assert_eq!(stranger.get("/tenants/my").await.body, json!([]));
        let tenant = format!("/admin/tenants/{slug}");
        stranger.get(&tenant).await.is_problem(404, "not_found");
    }
    eventually("the invitation", async || {
        let messages = app.messages_to("victim@corp.test");
        messages
            .iter()
            .any(|message| message.to_string().contains("#token="))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_counts_from_the_moment_it_is_given_or_taken() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let carl = json!({"email": "carl@else.test", "name": "Carl", "role": "admin"});
    let carl = app.invited(&ada, &slug, carl).await;
    let tenant = format!("/admin/tenants/{slug}");
    let own = format!("{tenant}/users/{}", carl.id);
    assert_eq!(
        carl.patch(&tenant, &json!({"name": "Acme 2"})).await.status,
        200
    );
    assert_eq!(
        ada.patch(&own, &json!({"role": "member"})).await.status,
        200
    );
    carl.patch(&tenant, &json!({"name": "Acme 3"}))
        .await
        .is_problem(403, "forbidden");
    let rights = json!({"permissions": {"can_invite": true}});
    let changed = ada.patch(&own, &rights).await;
    assert_eq!(changed.body["permissions"], rights["permissions"]);
    assert_eq!(
        carl.get(&own).await.body["permissions"],
        rights["permissions"]
    );
    assert_eq!(ada.patch(&own, &json!({"role": "admin"})).await.status, 200);
    assert_eq!(
        carl.patch(&tenant, &json!({"name": "Acme 4"})).await.status,
        200
    );
    assert_eq!(ada.delete(&own).await.status, 200);
    carl.get(&tenant).await.is_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lives_an_hour_unless_told() {
    let app = TestApp::start().await;
    app.person("ada").await;
    let body = json!({"username": "ada", "password": PASSWORD});
    let login = app.send(Method::POST, "/auth/login", &body).await;
    assert_eq!(login.body["expires_in"], 3_600);
    assert_eq!(login.body["token_type"], "bearer");
    assert_eq!(login.body["mail_session_active"], false);
    let short = TestApp::start_with(|settings| settings.auth.access_token_minutes = 5).await;
    short.person("ada").await;
    let login = short.send(Method::POST, "/auth/login", &body).await;
    assert_eq!(login.body["expires_in"], 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_who_did_what_from_where() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let agent = [("user-agent", "browser of ada")];
    let made = ada
        .send(Method::POST, "/tenants", &agent, &json!({"name": "Acme"}))
        .await;
    let (id, slug) = (made.text("id"), made.text("slug"));
    let path = format!("/admin/tenants/{slug}");
    for name in ["Acme 2", "Acme 3"] {
        let renamed = ada
            .send(Method::PATCH, &path, &agent, &json!({"name": name}))
            .await;
        assert_eq!(renamed.status, 200, "{:?}", renamed.body);
        assert_eq!(renamed.body["name"], name);
    }
    let domains = format!("{path}/domains");
    let domain = ada
        .send(
            Method::POST,
            &domains,
            &agent,
            &json!({"domain": "acme.test"}),
        )
        .await;
    let domain = format!("{domains}/{}", domain.text("id"));
    let user = json!({"email": "carl@else.test", "name": "Carl"});
    let user = ada
        .send(Method::POST, &format!("{path}/users"), &agent, &user)
        .await;
    let user = format!("{path}/users/{}", user.text("user_id"));
    ada.send(Method::DELETE, &user, &agent, &Value::Null).await;
    ada.send(Method::DELETE, &domain, &agent, &Value::Null)
        .await;

    let log = activity(&app, Some(&id)).await;
    for (action, times) in [
        ("tenant.created", 1),
        ("tenant.updated", 2),
        ("domain_added", 1),
        ("domain_removed", 1),
        ("user_invited", 1),
        ("user_deprovisioned", 1),
    ] {
        let entries: Vec<_> = log.iter().filter(|entry| entry.action == action).collect();
        assert_eq!(entries.len(), times, "{action}");
        for entry in entries {
            assert_eq!(entry.user_id.unwrap().to_string(), ada.id, "{action}");
            assert_eq!(
                entry.ip_address.unwrap().addr().to_string(),
                "127.0.0.1",
                "{action}"
            );
            assert_eq!(
                entry.user_agent.as_deref(),
                Some("browser of ada"),
                "{action}"
            );
            assert!(entry.entity_id.is_some(), "{action}");
        }
    }
    let removed = log
        .iter()
        .find(|entry| entry.action == "domain_removed")
        .unwrap();
    assert!(
        removed
            .description
            .as_deref()
            .unwrap()
            .contains("acme.test")
    );
    let sign_ins = activity(&app, None).await;
    assert!(
        sign_ins
            .iter()
            .any(|entry| entry.action.contains("login") && entry.user_agent.is_some())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_platform_administrator_reads_is_written_down() {
    let app = TestApp::start().await;
    let (root, ada) = (app.super_admin().await, app.person("ada").await);
    let slug = app.tenant(&ada, "Acme").await;
    let users = format!("/admin/tenants/{slug}/users");
    let added = ada
        .post(&users, &json!({"email": "carl@else.test", "name": "Carl"}))
        .await;
    let operation = format!(
        "/operations/{}",
        added.body["operation"]["id"].as_str().unwrap()
    );
    for path in ["/admin/tenants", users.as_str(), operation.as_str()] {
        assert_eq!(root.get(path).await.status, 200, "{path}");
    }
    eventually("the reads are in the log", async || {
        let log = activity(&app, None).await;
        ["/admin/tenants", &users, &operation].iter().all(|path| {
            let said = format!("Read /api/v1{path}");
            log.iter().any(|entry| {
                entry.description.as_ref() == Some(&said)
                    && entry.user_id.is_some_and(|id| id.to_string() == root.id)
            })
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_tenants_domain_is_free_again() {
    let app = TestApp::start().await;
    let (root, ada, eve) = (
        app.super_admin().await,
        app.person("ada").await,
        app.person("eve").await,
    );
    let (old, new) = (app.tenant(&ada, "Old").await, app.tenant(&eve, "New").await);
    app.proven_domain(&ada, &old, "acme.test").await;
    let domains = format!("/admin/tenants/{new}/domains");
    let body = json!({"domain": "acme.test"});
    eve.post(&domains, &body)
        .await
        .is_problem(409, "domain_registered");
    let path = format!("/admin/tenants/{old}");
    ada.delete(&path).await.is_problem(403, "forbidden");
    eve.delete(&path).await.is_problem(404, "not_found");
    assert_eq!(root.delete(&path).await.status, 200);
    eventually("the mail of the domain is closed", async || {
        eve.post(&domains, &body).await.status == 201
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_tenant_has_nothing_and_no_error() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let me = ada.get("/workspace/me").await;
    assert_eq!(me.status, 200);
    assert_eq!(me.body["user"]["id"], ada.id.as_str());
    assert_eq!(me.body["workspace"]["email"]["enabled"], false);
    assert_eq!(ada.get("/tenants/my").await.body, json!([]));
    // A company code that somebody chose opens nothing.
    let body = json!({"username": "bhm", "password": PASSWORD, "company_code": "BHM001"});
    app.send(Method::POST, "/auth/register", &body).await;
    let bhm = app.sign_in("bhm", PASSWORD).await;
    bhm.get("/admin/tenants/BHM001")
        .await
        .is_problem(404, "not_found");
    bhm.get("/admin/tenants").await.is_problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_access_tokens_of_this_installation_open_it() {
    let (app, other) = (TestApp::start().await, TestApp::start().await);
    let (ada, foreign) = (app.person("ada").await, other.person("ada").await);
    let (head, _) = ada.token.rsplit_once('.').unwrap();
    let (_, claims) = head.split_once('.').unwrap();
    let tokens = [
        ada.refresh_token.clone(),
        foreign.token.clone(),
        format!("{head}."),
        // {"alg":"none"}
        format!("eyJhbGciOiJub25lIn0.{claims}."),
        // {"alg":"HS256"}, signed with nothing
        format!("eyJhbGciOiJIUzI1NiJ9.{claims}.47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
    ];
    for token in tokens {
        let bearer = format!("Bearer {token}");
        let header = [("authorization", bearer.as_str())];
        let answer = app
            .send_with(Method::GET, "/auth/me", &header, &Value::Null)
            .await;
        answer.is_problem(401, "unauthenticated");
    }
    assert_eq!(ada.get("/auth/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_read_and_made_the_primary_one() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let first = app.proven_domain(&ada, &slug, "one.test").await;
    let second = app.proven_domain(&ada, &slug, "two.test").await;
    let path = format!("/admin/tenants/{slug}/domains");
    for (id, is_primary) in [(&first, true), (&second, false)] {
        let domain = ada.get(&format!("{path}/{id}")).await;
        assert_eq!(domain.status, 200, "{:?}", domain.body);
        assert_eq!(domain.body["is_primary"], is_primary);
        let records = ada.get(&format!("{path}/{id}/dns-records")).await;
        assert_eq!(records.body, domain.body["dns_records"]);
    }
    let made = ada
        .patch(&format!("{path}/{second}"), &json!({"is_primary": true}))
        .await;
    assert_eq!(made.body["is_primary"], true, "{:?}", made.body);
    assert_eq!(
        ada.get(&format!("{path}/{first}")).await.body["is_primary"],
        false
    );
    let users = format!("/admin/tenants/{slug}/users");
    let john = ada
        .post(&users, &json!({"username": "john", "name": "John"}))
        .await;
    assert_eq!(john.body["email"], "john@two.test", "{:?}", john.body);
    let listed = ada.get(&path).await;
    assert_eq!(listed.body.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_workspace_does_not_hide_the_others() {
    let app = TestApp::start().await;
    let (root, ada) = (app.super_admin().await, app.person("ada").await);
    let (first, _) = (
        app.tenant(&ada, "First").await,
        app.tenant(&ada, "Second").await,
    );
    let path = format!("/admin/tenants/{first}");
    root.patch(&path, &json!({"is_suspended": true})).await;
    let me = ada.get("/workspace/me").await;
    assert_eq!(me.body["user"]["company"], "Second", "{:?}", me.body);
    let named = ada.get(&format!("/workspace/me?tenant_id={first}")).await;
    named.is_problem(403, "forbidden");
}
