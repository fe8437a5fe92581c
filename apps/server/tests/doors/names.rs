//! Names that are ours, that nobody can own, or that pass for something else.

use std::collections::BTreeSet;

use bheem_http_kit::Method;
use bheem_server::routes;
use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn no_workspace_gets_a_path_of_ours_or_the_platforms_name() {
    let app = TestApp::start().await;
    let (root, ada) = (app.super_admin().await, app.person("ada").await);
    let mut ours: BTreeSet<String> = routes::table()
        .iter()
        .flat_map(|entry| {
            let path = entry.path.strip_prefix(routes::PREFIX);
            let below = path.unwrap_or(&entry.path).to_owned();
            [below, entry.path.clone()]
        })
        .filter_map(|path| path.split('/').nth(1).map(str::to_owned))
        .map(|word| word.trim_start_matches('.').to_owned())
        .filter(|word| word.len() > 1 && !word.contains('{') && !word.contains('.'))
        .collect();
    assert!(ours.len() > 15, "{ours:?}");
    ours.extend(["bheem", "bheem-support", "my-bh33m", "support", "Admin"].map(str::to_owned));
    for slug in ours {
        let own = json!({"name": "Acme", "slug": slug});
        ada.post("/tenants", &own).await.is_problem(422, "invalid");
        let other = json!({"name": "Acme", "slug": slug, "owner_email": "a@acme.test"});
        let refused = root.post("/admin/tenants", &other).await;
        refused.is_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["field"], "slug", "{slug}");
    }
    for name in ["Bheem Workspace", "Login", "Sign In"] {
        let slug = app.tenant(&ada, name).await;
        assert!(slug.starts_with("workspace-"), "{slug}");
        assert!(!slug.contains("bheem"), "{slug}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_claims_what_nobody_owns_nor_names_without_end() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let path = format!("/admin/tenants/{slug}/domains");
    for name in [
        "co.uk",
        "com.au",
        "github.io",
        "in-addr.arpa",
        "2.0.192.in-addr.arpa",
        "ip6.arpa",
        "8.b.d.0.1.0.0.2.ip6.arpa",
    ] {
        for door in [path.as_str(), "/domains"] {
            let refused = ada.post(door, &json!({"domain": name})).await;
            refused.is_problem(422, "invalid");
            assert_eq!(refused.body["errors"][0]["field"], "domain", "{name}");
        }
    }
    let claims = (0..60).map(|number| {
        let (ada, path) = (&ada, &path);
        async move {
            let body = json!({"domain": format!("acme{number}.test")});
            ada.post(path, &body).await.status
        }
    });
    let statuses = futures::future::join_all(claims).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 50);
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 10);
    let refused = ada.post("/domains", &json!({"domain": "more.test"})).await;
    refused.is_problem(403, "quota_exceeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_anybody_could_make_has_no_name_of_ours_and_is_no_way_elsewhere() {
    let app = TestApp::start().await;
    let (root, ada) = (app.super_admin().await, app.person("ada").await);
    let slug = app.tenant(&ada, "Acme").await;
    let clients = format!("/admin/tenants/{slug}/oidc/clients");
    let uris = json!(["https://rp.example/cb"]);
    for (field, name, id) in [
        ("name", "Bheem Workspace", "wiki"),
        ("name", "Вhееm", "wiki"),
        ("name", "Support", "wiki"),
        ("client_id", "Wiki", "bheem-mail"),
    ] {
        let body = json!({"name": name, "client_id": id, "redirect_uris": uris});
        let refused = ada.post(&clients, &body).await;
        refused.is_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["field"], field);
    }
    let body = json!({"name": "Wiki", "client_id": "wiki", "redirect_uris": uris});
    let made = ada.post(&clients, &body).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let body = json!({"name": "Platform wiki", "client_id": "ours", "redirect_uris": uris});
    TestApp::client(&root, &body).await;
    for (client, leaves) in [("wiki", false), ("ours", true)] {
        for wrong in [
            "response_type=token",
            "response_type=code&scope=openid&prompt=none&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ] {
            let path = format!(
                "/sso/authorize?client_id={client}&redirect_uri=https://rp.example/cb&state=x&{wrong}"
            );
            let answer = app.send(Method::GET, &path, &Value::Null).await;
            let location = answer.headers.get("location");
            let goes = location.is_some_and(|to| to.to_str().unwrap().contains("rp.example"));
            assert_eq!(goes, leaves, "{client} {wrong} {:?}", answer.headers);
            if !leaves {
                assert_eq!(answer.status, 400, "{}", answer.raw);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_documents_say_what_every_page_says() {
    let app = TestApp::start().await;
    let login = app.send(Method::GET, "//login", &Value::Null).await;
    for path in [
        "//docs",
        "//docs/index.html",
        "//redoc",
        "//redoc/redoc.standalone.js",
        "//openapi.json",
    ] {
        let answer = app.send(Method::GET, path, &Value::Null).await;
        for name in [
            "referrer-policy",
            "x-content-type-options",
            "x-frame-options",
            "cross-origin-opener-policy",
        ] {
            assert_eq!(
                answer.headers.get(name),
                login.headers.get(name),
                "{path} {name}"
            );
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path} {policy}");
        }
        assert!(
            !policy.contains("unsafe-eval") && !policy.contains("http"),
            "{policy}"
        );
    }
}
