//! Another tenant's things do not exist.
#![cfg(test)]

mod support;

use bheem_http_kit::Method;
use serde_json::{Value, json};
use support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_administrator_sees_and_changes_nothing() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (a, b) = (
        app.tenant(&alice, "Alpha").await,
        app.tenant(&bob, "Beta").await,
    );
    let domain = app.proven_domain(&alice, &a, "alpha.test").await;
    let users = format!("/admin/tenants/{a}/users");
    let john = alice
        .post(&users, &json!({"username": "john", "name": "John"}))
        .await;
    let user_id = john.text("user_id");
    let operation = john.body["operation"]["id"].as_str().unwrap().to_owned();
    let tenant_id = john.text("tenant_id");

    let theirs = Theirs {
        tenant: &a,
        tenant_id: &tenant_id,
        user_id: &user_id,
        domain: &domain,
        operation: &operation,
    };
    let attempts = by_slug_and_id(&theirs)
        .into_iter()
        .chain(through_the_own_door(&theirs, &b));
    for (method, path, body) in attempts {
        let answer = bob.send(method.clone(), &path, &[], &body).await;
        assert_eq!(answer.status, 404, "{method} {path}: {:?}", answer.body);
    }
    let john_now = alice.get(&format!("{users}/{user_id}")).await;
    assert_eq!(john_now.body["role"], "member");
    assert_eq!(john_now.body["is_active"], true);
    assert_eq!(alice.get(&users).await.body.as_array().unwrap().len(), 2);
    let domains = alice.get(&format!("/admin/tenants/{a}/domains")).await;
    assert_eq!(domains.body.as_array().unwrap().len(), 1);
}

/// Ids of somebody else's things.
struct Theirs<'a> {
    tenant: &'a str,
    tenant_id: &'a str,
    user_id: &'a str,
    domain: &'a str,
    operation: &'a str,
}

type Attempt = (Method, String, Value);

fn by_slug_and_id(theirs: &Theirs<'_>) -> Vec<Attempt> {
    let (a, tenant_id) = (theirs.tenant, theirs.tenant_id);
    let (user_id, domain, operation) = (theirs.user_id, theirs.domain, theirs.operation);
    let users = format!("/admin/tenants/{a}/users");
    vec![
        (Method::GET, format!("/admin/tenants/{a}"), Value::Null),
        (
            Method::GET,
            format!("/admin/tenants/{tenant_id}"),
            Value::Null,
        ),
        (
            Method::PATCH,
            format!("/admin/tenants/{a}"),
            json!({"name": "Mine"}),
        ),
        (Method::DELETE, format!("/admin/tenants/{a}"), Value::Null),
        (Method::GET, users.clone(), Value::Null),
        (
            Method::POST,
            users.clone(),
            json!({"email": "eve@beta.test", "name": "Eve", "role": "admin"}),
        ),
        (Method::GET, format!("{users}/{user_id}"), Value::Null),
        (
            Method::PATCH,
            format!("{users}/{user_id}"),
            json!({"role": "owner"}),
        ),
        (Method::DELETE, format!("{users}/{user_id}"), Value::Null),
        (
            Method::GET,
            format!("/admin/tenants/{a}/domains"),
            Value::Null,
        ),
        (
            Method::POST,
            format!("/admin/tenants/{a}/domains"),
            json!({"domain": "eve.test"}),
        ),
        (
            Method::GET,
            format!("/admin/tenants/{a}/domains/{domain}"),
            Value::Null,
        ),
        (
            Method::PATCH,
            format!("/admin/tenants/{a}/domains/{domain}"),
            json!({"is_primary": true}),
        ),
        (
            Method::DELETE,
            format!("/admin/tenants/{a}/domains/{domain}"),
            Value::Null,
        ),
        (
            Method::GET,
            format!("/admin/tenants/{a}/domains/{domain}/dns-records"),
            Value::Null,
        ),
        (
            Method::POST,
            format!("/admin/tenants/{a}/domains/{domain}/verify"),
            json!({}),
        ),
        (
            Method::POST,
            format!("/domains?tenant_id={a}"),
            json!({"domain": "eve.test"}),
        ),
        (Method::POST, format!("/domains/{domain}/verify"), json!({})),
        (Method::GET, format!("/operations/{operation}"), Value::Null),
        (
            Method::GET,
            format!("/operations/{operation}/events"),
            Value::Null,
        ),
        (
            Method::GET,
            format!("/workspace/me?tenant_id={a}"),
            Value::Null,
        ),
    ]
}

/// Through the own tenant's door, with the other's ids.
fn through_the_own_door(theirs: &Theirs<'_>, b: &str) -> Vec<Attempt> {
    let (user_id, domain) = (theirs.user_id, theirs.domain);
    vec![
        (
            Method::GET,
            format!("/admin/tenants/{b}/users/{user_id}"),
            Value::Null,
        ),
        (
            Method::PATCH,
            format!("/admin/tenants/{b}/users/{user_id}"),
            json!({"role": "admin"}),
        ),
        (
            Method::DELETE,
            format!("/admin/tenants/{b}/users/{user_id}"),
            Value::Null,
        ),
        (
            Method::GET,
            format!("/admin/tenants/{b}/domains/{domain}"),
            Value::Null,
        ),
        (
            Method::DELETE,
            format!("/admin/tenants/{b}/domains/{domain}"),
            Value::Null,
        ),
        (
            Method::POST,
            format!("/admin/tenants/{b}/domains/{domain}/verify"),
            json!({}),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_without_office_reads_and_changes_nothing() {
    let app = TestApp::start().await;
    let alice = app.person("alice").await;
    let slug = app.tenant(&alice, "Alpha").await;
    let bob = app.person("bob@beta.test").await;
    // The address must be proven before it binds anything.
    let reset = json!({"email": "bob@beta.test"});
    app.send(Method::POST, "/auth/password/reset/request", &reset)
        .await;
    support::eventually("the mail is there", async || {
        !app.messages_to("bob@beta.test").is_empty()
    })
    .await;
    drop(bob);

    let users = format!("/admin/tenants/{slug}/users");
    let added = alice
        .post(&users, &json!({"email": "carl@gamma.test", "name": "Carl"}))
        .await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    assert_eq!(added.body["provisioning_status"], "success");
    let token = TestApp::link_token(&app.messages_to("carl@gamma.test")[0]);
    let body = json!({"token": token, "password": support::PASSWORD});
    assert_eq!(
        app.send(Method::POST, "/auth/set-password", &body)
            .await
            .status,
        200
    );
    let carl = app.sign_in("carl@gamma.test", support::PASSWORD).await;
    assert_eq!(
        carl.get(&format!("/admin/tenants/{slug}")).await.status,
        200
    );
    for (method, path, body) in [
        (
            Method::PATCH,
            format!("/admin/tenants/{slug}"),
            json!({"name": "Mine"}),
        ),
        (
            Method::POST,
            users.clone(),
            json!({"email": "eve@beta.test", "name": "Eve"}),
        ),
        (Method::DELETE, format!("{users}/{}", alice.id), Value::Null),
        (
            Method::POST,
            format!("/admin/tenants/{slug}/domains"),
            json!({"domain": "eve.test"}),
        ),
    ] {
        let answer = carl.send(method, &path, &[], &body).await;
        answer.is_problem(403, "forbidden");
        assert_eq!(
            answer.body["detail"],
            "You must be an admin of this workspace"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_is_closed_to_its_people_at_once() {
    let app = TestApp::start().await;
    let (root, alice) = (app.super_admin().await, app.person("alice").await);
    let slug = app.tenant(&alice, "Alpha").await;
    let path = format!("/admin/tenants/{slug}");
    let suspend = json!({"is_suspended": true, "suspended_reason": "unpaid"});
    alice
        .patch(&path, &suspend)
        .await
        .is_problem(403, "forbidden");
    let suspended = root.patch(&path, &suspend).await;
    assert_eq!(suspended.body["suspended_reason"], "unpaid");
    alice.get(&path).await.is_problem(403, "forbidden");
    let users = format!("{path}/users");
    let body = json!({"email": "x@y.test", "name": "X"});
    alice.post(&users, &body).await.is_problem(403, "forbidden");
    root.patch(&path, &json!({"is_suspended": false})).await;
    assert_eq!(alice.get(&path).await.status, 200);
}
