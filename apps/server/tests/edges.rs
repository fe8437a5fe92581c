//! What every request passes: ids, limits, proxies, metrics, health.
#![cfg(test)]

mod support;

use std::process::Command;

use bheem_embedded_postgres::Binaries;
use bheem_http_kit::{Auth, Method};
use serde_json::{Value, json};
use support::{PASSWORD, Person, TestApp, client, eventually, send};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_names_its_request() {
    let app = TestApp::start().await;
    let given = [("x-request-id", "0123abcd-given")];
    let answer = app
        .send_with(Method::GET, "/auth/me", &given, &Value::Null)
        .await;
    assert_eq!(answer.headers["x-request-id"], "0123abcd-given");
    assert_eq!(answer.body["trace_id"], "0123abcd-given");
    for odd in [
        "short",
        "spaces are no part of it",
        &"x".repeat(65),
        "quote\"quote",
    ] {
        let given = [("x-request-id", odd)];
        let answer = app
            .send_with(Method::GET, "/auth/me", &given, &Value::Null)
            .await;
        let id = answer.headers["x-request-id"].to_str().unwrap();
        assert_ne!(id, odd);
        assert_eq!(answer.body["trace_id"], id);
    }
    // No page of another origin is told that it may read along.
    let page = [("origin", "https://evil.test")];
    let fine = app
        .send_with(Method::GET, "/tenants/plans", &page, &Value::Null)
        .await;
    assert_eq!(fine.headers["x-request-id"].len(), 32);
    assert!(!fine.headers.contains_key("access-control-allow-origin"));
    assert!(
        !fine
            .headers
            .contains_key("access-control-allow-credentials")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_with_and_without_a_key() {
    let app = TestApp::start_with(|settings| settings.http.max_body_bytes = 1_000).await;
    let ada = app.person("ada").await;
    let body = json!({"name": "x".repeat(2_000)});
    for headers in [&[][..], &[("idempotency-key", "large")]] {
        let answer = ada.send(Method::POST, "/tenants", headers, &body).await;
        answer.is_problem(413, "body_too_large");
        assert!(answer.headers.contains_key("x-request-id"));
    }
    assert_eq!(app.tenant(&ada, "Small").await, "small");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_of_the_wrong_kind_is_told_and_nothing_breaks() {
    let app = TestApp::start().await;
    let (root, ada) = (app.super_admin().await, app.person("ada").await);
    let slug = app.tenant(&ada, "Acme").await;
    let tenant = format!("/admin/tenants/{slug}");
    let own = format!("{tenant}/users/{}", ada.id);
    for body in [
        json!([]),
        json!("text"),
        json!(5),
        json!({"name": ["a"]}),
        json!({"name": ""}),
    ] {
        ada.post("/tenants", &body).await.is_problem(422, "invalid");
    }
    let long = "x".repeat(5_000);
    let nul = "a\0b";
    for text in [nul, long.as_str()] {
        for (method, path, body) in [
            (Method::POST, "/tenants", json!({"name": text})),
            (Method::POST, "/tenants", json!({"name": "A", "slug": text})),
            (
                Method::POST,
                "/tenants",
                json!({"name": "A", "owner_email": text}),
            ),
            (
                Method::POST,
                "/tenants",
                json!({"name": "A", "owner_name": text}),
            ),
            (Method::PATCH, tenant.as_str(), json!({"name": text})),
            (Method::PATCH, tenant.as_str(), json!({"domain": text})),
            (Method::PATCH, own.as_str(), json!({"name": text})),
            (Method::PATCH, own.as_str(), json!({"personal_email": text})),
            (Method::PATCH, own.as_str(), json!({"role": text})),
            (Method::POST, "/domains", json!({"domain": text})),
            (
                Method::POST,
                "/domains",
                json!({"domain": "a.test", "domain_type": text}),
            ),
        ] {
            let answer = ada.send(method.clone(), path, &[], &body).await;
            assert_eq!(answer.status, 422, "{method} {path} {:?}", answer.body);
        }
        let reason = json!({"is_suspended": true, "suspended_reason": text});
        root.patch(&tenant, &reason)
            .await
            .is_problem(422, "invalid");
        for name in ["username", "email", "full_name", "phone", "company_code"] {
            let mut body = json!({"username": "bob", "password": PASSWORD});
            body[name] = json!(text);
            app.send(Method::POST, "/auth/register", &body)
                .await
                .is_problem(422, "invalid");
        }
        let login = json!({"username": text, "password": PASSWORD});
        let answer = app.send(Method::POST, "/auth/login", &login).await;
        assert!(matches!(answer.status, 401 | 422), "{:?}", answer.body);
        let reset = json!({"email": text});
        let answer = app
            .send(Method::POST, "/auth/password/reset/request", &reset)
            .await;
        assert!(matches!(answer.status, 200 | 422), "{:?}", answer.body);
        let link = json!({"token": text, "password": PASSWORD});
        let answer = app.send(Method::POST, "/auth/set-password", &link).await;
        assert_eq!(answer.status, 422, "{:?}", answer.body);
        let search = format!("/admin/tenants?search={text}");
        let answer = root.get(&search).await;
        assert!(matches!(answer.status, 200 | 422), "{:?}", answer.body);
    }
    for field in ["settings", "permissions"] {
        let path = if field == "settings" { &tenant } else { &own };
        for value in [json!([]), json!("text"), json!({"a": nul}), json!({nul: 1})] {
            let mut body = json!({});
            body[field] = value;
            ada.patch(path, &body).await.is_problem(422, "invalid");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_as_no_client_library_sends_them_are_answered_with_problems() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let slug = app.tenant(&ada, "Acme").await;
    let tenant = format!("/api/v1/admin/tenants/{slug}");
    for odd in ["%00", "%ff", "%2e%2e", "a%20b", "acme'--"] {
        for path in [
            format!("/api/v1/admin/tenants/{odd}"),
            format!("{tenant}/users/{odd}"),
            format!("{tenant}/domains/{odd}"),
            format!("/api/v1/operations/{odd}"),
            format!("/docs/{odd}"),
        ] {
            let answer = spoken(&app, &ada, &format!("GET {path}"), "").await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{path} {answer}");
            assert!(
                answer.contains("application/problem+json"),
                "{path} {answer}"
            );
            assert!(answer.contains("\"code\":\"not_found\""), "{path} {answer}");
        }
    }
    for body in ["", "{", "{\"name\":\"A\"} and more", "name=A", "\u{feff}{}"] {
        let answer = spoken(&app, &ada, "POST /api/v1/tenants", body).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{body} {answer}");
        assert!(answer.contains("malformed_json"), "{body} {answer}");
    }
    let answer = spoken(&app, &ada, "GET /api/v1/tenants/my?tenant_id=%ff%00", "").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Sends a request as it stands; the whole answer.
async fn spoken(app: &TestApp, person: &Person, line: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    let (token, length) = (&person.token, body.len());
    let request = format!(
        "{line} HTTP/1.1\r\nhost: workspace.test\r\nauthorization: Bearer {token}\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_has_no_use_of_a_key_and_a_fault_of_ours_may_be_tried_again() {
    let app = TestApp::start().await;
    let key = [("idempotency-key", "the-same")];
    let path = "/auth/register";
    for name in ["ada", "bob"] {
        let body = json!({"username": name, "password": PASSWORD});
        let answer = app.send_with(Method::POST, path, &key, &body).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        assert_eq!(answer.body["username"], name);
    }
    let ada = app.sign_in("ada", PASSWORD).await;
    // The database refuses to write, which is nobody's fault but ours.
    let read_only = |on: bool| {
        let name = app.database.name();
        let role = "ALTER DATABASE";
        psql(
            &app,
            &format!("{role} {name} SET default_transaction_read_only = {on}"),
        );
        psql(&app, &terminate(name));
    };
    read_only(true);
    let body = json!({"name": "Acme"});
    let failed = ada.send(Method::POST, "/tenants", &key, &body).await;
    assert!(failed.status >= 500, "{:?}", failed.body);
    assert!(!failed.raw.contains("read-only"), "{}", failed.raw);
    read_only(false);
    eventually("the same request goes through", async || {
        ada.send(Method::POST, "/tenants", &key, &body).await.status == 201
    })
    .await;
    assert_eq!(
        ada.get("/tenants/my").await.body.as_array().unwrap().len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_with_tokens_are_never_kept_for_a_second_time() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let key = [("idempotency-key", "sign-in")];
    let body = json!({"username": "ada", "password": PASSWORD});
    let first = ada.send(Method::POST, "/auth/login", &key, &body).await;
    let second = ada.send(Method::POST, "/auth/login", &key, &body).await;
    assert_eq!((first.status, second.status), (200, 200));
    assert_ne!(first.body["refresh_token"], second.body["refresh_token"]);
    assert!(second.headers.get("idempotency-replayed").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_trusted_proxy_says_where_somebody_comes_from() {
    for is_trusted in [false, true] {
        let app = TestApp::start_with(|settings| {
            if is_trusted {
                settings.http.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
            }
        })
        .await;
        let ada = app.person("ada").await;
        let forwarded = [("x-forwarded-for", "203.0.113.9, 198.51.100.7")];
        let body = json!({"username": "ada", "password": PASSWORD});
        app.send_with(Method::POST, "/auth/login", &forwarded, &body)
            .await;
        let sessions = ada.get("/auth/sessions").await;
        let seen = sessions.raw.contains("198.51.100.7");
        assert_eq!(seen, is_trusted, "{}", sessions.raw);
        assert!(!sessions.raw.contains("203.0.113.9"));
        // Guesses from one address do not lock out the person at another, if addresses are known.
        let guess = json!({"username": "ada", "password": "wrong password!"});
        for _ in 0..11 {
            app.send_with(Method::POST, "/auth/login", &forwarded, &guess)
                .await;
        }
        let elsewhere = [("x-forwarded-for", "192.0.2.44")];
        let answer = app
            .send_with(Method::POST, "/auth/login", &elsewhere, &body)
            .await;
        assert_eq!(
            answer.status,
            if is_trusted { 200 } else { 429 },
            "{:?}",
            answer.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_on_their_own_port_and_nowhere_else() {
    let app = TestApp::start_with(|settings| {
        settings.http.metrics_listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let ada = app.person("ada@acme.test").await;
    app.tenant(&ada, "Acme").await;
    eventually("a run is over", async || {
        app.messages_to("ada@acme.test").len() == 1
    })
    .await;
    let made_up = Method::from_bytes(b"MADEUP").unwrap();
    app.send(made_up, "/tenants/plans", &Value::Null).await;
    for path in ["//metrics", "/metrics"] {
        app.send(Method::GET, path, &Value::Null)
            .await
            .is_problem(404, "not_found");
    }
    let address = app.running.metrics.unwrap();
    let internal = client(&format!("http://{address}"), Auth::None);
    eventually("everything is counted", async || {
        let metrics = send(&internal, Method::GET, "//metrics", &[], &Value::Null)
            .await
            .raw;
        assert!(!metrics.contains("MADEUP"));
        metrics.contains(
            "http_requests_total{method=\"POST\",route=\"/api/v1/tenants\",status=\"201\"}",
        ) && metrics.contains("saga_runs_started_total")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_follows_the_database_and_life_does_not() {
    let app = TestApp::start_with(|settings| settings.database.wait_seconds = 1).await;
    let ada = app.person("ada").await;
    let status = async |path: &str| app.send(Method::GET, path, &Value::Null).await.status;
    assert_eq!(
        app.send(Method::HEAD, "//health", &Value::Null)
            .await
            .status,
        200
    );
    let name = app.database.name().to_owned();
    psql(
        &app,
        &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
    );
    psql(&app, &terminate(&name));
    eventually("not ready", async || status("//health/ready").await == 503).await;
    assert_eq!(status("//health").await, 503);
    assert_eq!(status("//health/live").await, 200);
    let away = app.send(Method::GET, "/tenants/plans", &Value::Null).await;
    assert!(away.status >= 500, "{:?}", away.body);
    assert!(!away.raw.contains(&name), "{}", away.raw);
    let ready = app.send(Method::GET, "//health/ready", &Value::Null).await;
    assert_eq!(ready.body["ready"], false);
    assert_eq!(ready.body["checks"]["database"]["status"], "failing");
    psql(
        &app,
        &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"),
    );
    eventually("ready again", async || {
        status("//health/ready").await == 200
    })
    .await;
    eventually("people are known again", async || {
        ada.get("/auth/me").await.status == 200
    })
    .await;
}

fn terminate(database: &str) -> String {
    format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
}

/// Runs a statement from another database of the same server.
#[expect(
    clippy::disallowed_methods,
    reason = "the machine says where its PostgreSQL is"
)]
fn psql(app: &TestApp, statement: &str) {
    let url = app.database.url().replace(app.database.name(), "postgres");
    let named = std::env::var_os("PG_BINDIR").map(std::path::PathBuf::from);
    let binaries = Binaries::find(named.as_deref(), None).unwrap();
    let output = Command::new(binaries.directory().join("psql"))
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--dbname",
            &url,
            "--command",
            statement,
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
