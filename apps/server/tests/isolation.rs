//! Another tenant's things do not exist.
#![cfg(test)]

mod support;

use bheem_http_kit::Method;
use bheem_server::{extract::Access, routes};
use serde_json::{Value, json};
use support::{Person, TestApp};

/// Somebody's things: what stands for each `{name}` in the paths of the table.
struct Things {
    slug: String,
    tenant_id: String,
    user_id: String,
    domain_id: String,
    client_id: String,
    operation_id: String,
    session_id: String,
    app_password_id: String,
}

impl Things {
    async fn of(app: &TestApp, owner: &Person, slug: String) -> Self {
        let domain_id = app.proven_domain(owner, &slug, "alpha.test").await;
        let path = format!("/admin/tenants/{slug}");
        let john = json!({"username": "john", "name": "John"});
        let john = owner.post(&format!("{path}/users"), &john).await;
        let client = json!({"name": "Wiki", "redirect_uris": ["https://wiki.alpha.test/callback"]});
        let client = owner.post(&format!("{path}/oidc/clients"), &client).await;
        assert_eq!(client.status, 201, "{:?}", client.body);
        let sessions = owner.get("/auth/sessions").await;
        Self {
            tenant_id: john.text("tenant_id"),
            user_id: john.text("user_id"),
            client_id: client.text("client_id"),
            operation_id: john.body["operation"]["id"].as_str().unwrap().to_owned(),
            session_id: sessions.body[0]["id"].as_str().unwrap().to_owned(),
            app_password_id: "01890000-0000-7000-8000-000000000000".to_owned(),
            domain_id,
            slug,
        }
    }

    /// The path with these things in it. A name that is new must be given a meaning here.
    fn fill(&self, template: &str, tenant: &str) -> String {
        let fill = |part: &str| match part {
            "{tenant_id}" => tenant.to_owned(),
            "{user_id}" | "{account_id}" => self.user_id.clone(),
            "{domain_id}" => self.domain_id.clone(),
            "{client_id}" => self.client_id.clone(),
            "{operation_id}" => self.operation_id.clone(),
            "{session_id}" | "{id}" => self.session_id.clone(),
            "{app_password_id}" => self.app_password_id.clone(),
            name => {
                assert!(!name.starts_with('{'), "whose is {name} of {template}?");
                name.to_owned()
            }
        };
        template.split('/').map(fill).collect::<Vec<_>>().join("/")
    }
}

/// What would do something, had the person the right.
fn body_of(method: &Method, template: &str) -> Value {
    let last = template.rsplit('/').next().unwrap_or_default();
    match (method.as_str(), last) {
        ("GET" | "DELETE", _) => Value::Null,
        ("POST", "users") => json!({"email": "eve@beta.test", "name": "Eve", "role": "admin"}),
        ("POST", "domains") => json!({"domain": "eve.test"}),
        ("POST", "clients") => {
            json!({"name": "Eve", "redirect_uris": ["https://eve.test/callback"]})
        }
        ("POST", "app-passwords") => json!({"name": "Eve", "service": "mail"}),
        ("PATCH", "{user_id}") => json!({"role": "admin"}),
        ("PATCH", "{domain_id}") => json!({"is_primary": true}),
        ("PATCH", _) => json!({"name": "Mine"}),
        _ => json!({}),
    }
}

/// Every route is tried by another tenant's owner: by slug, by id, and through the own tenant's door with the ids of
/// the other's things; and what names the tenant in the query.
#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_administrator_sees_and_changes_nothing() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (a, b) = (
        app.tenant(&alice, "Alpha").await,
        app.tenant(&bob, "Beta").await,
    );
    let theirs = Things::of(&app, &alice, a).await;
    let before = seen(&alice, &theirs).await;
    let mut tried = 0;
    for entry in routes::table() {
        if entry.access == Access::Public {
            continue;
        }
        let path = entry.path.trim_start_matches(routes::PREFIX);
        let mut doors = vec![theirs.slug.as_str(), theirs.tenant_id.as_str()];
        if path.contains("{tenant_id}/") && path.matches('{').count() > 1 {
            doors.push(&b);
        }
        let method = Method::from_bytes(entry.method.as_str().as_bytes()).unwrap();
        let body = body_of(&method, path);
        let expected = if entry.access == Access::SuperAdmin {
            403
        } else {
            404
        };
        for door in doors {
            let attempt = if path.contains('{') {
                theirs.fill(path, door)
            } else if TAKES_A_TENANT.contains(&(entry.method.as_str(), path)) {
                format!("{path}?tenant_id={door}")
            } else if expected == 403 {
                path.to_owned()
            } else {
                continue;
            };
            let answer = bob.send(method.clone(), &attempt, &[], &body).await;
            assert_eq!(
                answer.status, expected,
                "{method} {attempt}: {}",
                answer.raw
            );
            tried += 1;
        }
    }
    assert!(tried > 70, "{tried}");
    assert_eq!(seen(&alice, &theirs).await, before);
}

/// What takes the tenant from the query.
const TAKES_A_TENANT: [(&str, &str); 5] = [
    ("POST", "/domains"),
    ("GET", "/workspace/me"),
    ("POST", "/workspace/provision"),
    ("GET", "/workspace/app-passwords"),
    ("POST", "/workspace/app-passwords"),
];

/// Everything of the tenant, as its owner sees it.
async fn seen(owner: &Person, things: &Things) -> Vec<Value> {
    let path = format!("/admin/tenants/{}", things.slug);
    let mut all = Vec::new();
    for part in ["", "/users", "/domains", "/oidc/clients"] {
        all.push(owner.get(&format!("{path}{part}")).await.body);
    }
    all
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
