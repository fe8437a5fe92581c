//! The route table against what it promises.
#![cfg(test)]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use bheem_http_kit::{Auth, Method};
use bheem_server::{extract::Access, openapi::openapi, routes};
use serde_json::{Value, json};
use support::{TestApp, client, send, tools::tools};

/// Everybody may come in here, and nowhere else.
const PUBLIC: [&str; 86] = [
    "DELETE /api/v1/sso/register/{client_id}",
    "GET /.well-known/change-password",
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/openid-configuration",
    "GET /account",
    "GET /account/passkeys",
    "GET /account/password",
    "GET /account/totp",
    "GET /api/v1/health",
    "GET /api/v1/health/live",
    "GET /api/v1/health/ready",
    "GET /api/v1/sso/authorize",
    "GET /api/v1/sso/jwks",
    "GET /api/v1/sso/logout",
    "GET /api/v1/sso/register/{client_id}",
    "GET /api/v1/sso/userinfo",
    "GET /api/v1/tenants/plans",
    "GET /api/v4/user",
    "GET /assets/sso/{name}",
    "GET /consent",
    "GET /device",
    "GET /docs",
    "GET /docs/{file}",
    "GET /forgot-password",
    "GET /health",
    "GET /health/live",
    "GET /health/ready",
    "GET /login",
    "GET /login/accounts",
    "GET /login/continue",
    "GET /login/enrol",
    "GET /login/enrol/passkey",
    "GET /login/passkey",
    "GET /login/second-factor",
    "GET /openapi.json",
    "GET /redoc",
    "GET /redoc/redoc.standalone.js",
    "GET /reset-password",
    "GET /set-password",
    "GET /signed-out",
    "GET /verify-email",
    "HEAD /api/v1/health",
    "HEAD /health",
    "OPTIONS /api/v1/sso/revoke",
    "OPTIONS /api/v1/sso/token",
    "OPTIONS /api/v1/sso/userinfo",
    "POST /account/consents/remove",
    "POST /account/invitations/accept",
    "POST /account/invitations/decline",
    "POST /account/passkeys",
    "POST /account/passkeys/remove",
    "POST /account/password",
    "POST /account/recovery-codes",
    "POST /account/sessions/end",
    "POST /account/sign-out",
    "POST /account/totp",
    "POST /account/totp/remove",
    "POST /api/v1/auth/email/confirm",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/password/reset/confirm",
    "POST /api/v1/auth/password/reset/request",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/set-password",
    "POST /api/v1/sso/authorize",
    "POST /api/v1/sso/device_authorization",
    "POST /api/v1/sso/introspect",
    "POST /api/v1/sso/logout",
    "POST /api/v1/sso/par",
    "POST /api/v1/sso/register",
    "POST /api/v1/sso/revoke",
    "POST /api/v1/sso/token",
    "POST /api/v1/sso/userinfo",
    "POST /consent",
    "POST /device",
    "POST /forgot-password",
    "POST /login",
    "POST /login/accounts",
    "POST /login/enrol",
    "POST /login/enrol/passkey",
    "POST /login/passkey",
    "POST /login/second-factor",
    "POST /reset-password",
    "POST /set-password",
    "POST /verify-email",
    "PUT /api/v1/sso/register/{client_id}",
];

#[test]
fn every_route_is_guarded_or_on_the_public_list() {
    let public: BTreeSet<String> = routes::table()
        .iter()
        .filter(|entry| entry.access == Access::Public)
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .collect();
    let expected: BTreeSet<String> = PUBLIC.iter().map(ToString::to_string).collect();
    assert_eq!(public, expected);
}

#[test]
fn no_route_stands_twice() {
    let mut seen = BTreeSet::new();
    for entry in routes::table() {
        assert!(seen.insert(format!("{entry:?}")), "{entry:?}");
    }
}

/// Pages, files, preflights and second places are no operations.
#[test]
fn what_is_guarded_is_described() {
    for entry in routes::table() {
        let is_described = entry.description.is_some();
        assert!(is_described || entry.access == Access::Public, "{entry:?}");
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn the_document_says_of_each_operation_what_it_does_and_what_it_answers() {
    let document = serde_json::to_value(openapi()).unwrap();
    let listed = document["tags"].as_array().unwrap().iter();
    let listed: BTreeSet<&str> = listed.map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut ids = BTreeSet::new();
    for (line, operation) in operations(&document) {
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap()),
            "{line}"
        );
        for tag in operation["tags"].as_array().unwrap() {
            assert!(listed.contains(tag.as_str().unwrap()), "{line}: {tag}");
        }
        let summary = operation["summary"].as_str().unwrap();
        assert!(
            !summary.is_empty() && !summary.contains('\n'),
            "{line}: {summary}"
        );
        let text = operation["description"].as_str().unwrap_or_default();
        assert!(!text.contains("# Errors"), "{line}: {text}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let is_shared = response["$ref"].is_string();
            let text = response["description"].as_str().unwrap_or_default();
            assert!(is_shared || !text.is_empty(), "{line}: {status}");
            let is_failure = status.starts_with(['4', '5']);
            let is_sso = line.contains("/sso/") || line.contains("/health");
            if is_failure && !is_shared && !is_sso && !line.contains("/api/v4") {
                let content = response["content"].as_object().unwrap();
                assert!(
                    content.contains_key("application/problem+json"),
                    "{line}: {status}"
                );
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let is_of_the_path = parameter["in"] == "path";
            assert_eq!(
                is_of_the_path,
                line.contains(&format!("{{{name}}}")),
                "{line}: {name}"
            );
        }
    }
}

/// Two types of one name would be one schema, and one of them would be wrong.
#[test]
fn a_name_of_a_schema_means_one_thing() {
    let mut known = BTreeMap::new();
    for entry in routes::table() {
        for (name, schema) in entry
            .description
            .into_iter()
            .flat_map(|describe| describe().schemas)
        {
            let schema = serde_json::to_value(schema).unwrap();
            let before = known.entry(name.clone()).or_insert_with(|| schema.clone());
            assert_eq!(*before, schema, "{name}");
        }
    }
}

#[tokio::test]
async fn the_document_is_valid() {
    let Some(python) = tools("python").await else {
        return;
    };
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let checked = tokio::process::Command::new(python)
        .args(["-m", "openapi_spec_validator"])
        .arg(document)
        .output()
        .await
        .unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_guarded_route_refuses_strangers() {
    let app = TestApp::start().await;
    let nobody = client(&app.base_url, Auth::None);
    let liar = client(&app.base_url, Auth::bearer("not.a.token".into()));
    for entry in routes::table() {
        if entry.access == Access::Public {
            continue;
        }
        let path = entry
            .path
            .replace("{tenant_id}", "acme")
            .replace("{user_id}", "01890000-0000-7000-8000-000000000000")
            .replace("{domain_id}", "01890000-0000-7000-8000-000000000000")
            .replace("{operation_id}", "01890000-0000-7000-8000-000000000000")
            .replace("{session_id}", "01890000-0000-7000-8000-000000000000");
        let method = Method::from_bytes(entry.method.as_str().as_bytes()).unwrap();
        for who in [&nobody, &liar] {
            let answer = send(who, method.clone(), &format!("/{path}"), &[], &json!({})).await;
            answer.is_problem(401, "unauthenticated");
            assert!(
                answer.headers["www-authenticate"]
                    .to_str()
                    .unwrap()
                    .starts_with("Bearer")
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_paths_and_methods_are_told_apart() {
    let app = TestApp::start().await;
    app.send(Method::GET, "//nowhere", &Value::Null)
        .await
        .is_problem(404, "not_found");
    let wrong = app.send(Method::PUT, "/auth/login", &json!({})).await;
    wrong.is_problem(405, "method_not_allowed");
    assert_eq!(wrong.headers["allow"], "POST");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_documentation_answer() {
    let app = TestApp::start().await;
    for path in [
        "//health",
        "/health",
        "//health/live",
        "//health/ready",
        "//docs/index.html",
        "//redoc",
        "//openapi.json",
    ] {
        assert_eq!(
            app.send(Method::GET, path, &Value::Null).await.status,
            200,
            "{path}"
        );
    }
    let ready = app.send(Method::GET, "//health/ready", &Value::Null).await;
    assert_eq!(ready.body["ready"], true);
    assert_eq!(ready.body["checks"]["database"]["status"], "ok");
}
