//! What has lapsed goes, however much there is of it, and nothing else does.

use bheem_server::tidy::{tidy_once, tidy_provider};
use serde_json::json;

use crate::support::{TestApp, eventually, flow::query};

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_batch_of_everything_goes_in_one_round() {
    let app = TestApp::start().await;
    let ada = app.person("ada@acme.test").await;
    let slug = app.tenant(&ada, "Acme").await;
    let body = json!({"email": "carl@else.test", "name": "Carl"});
    let carl = ada
        .post(&format!("/admin/tenants/{slug}/users"), &body)
        .await;
    assert_eq!(carl.status, 201, "{:?}", carl.body);
    eventually("all runs are over", async || {
        query(
            &app.database,
            "SELECT count(*) FROM saga.run WHERE finished_at IS NULL",
        ) == "0"
    })
    .await;
    query(
        &app.database,
        "INSERT INTO auth.login_throttle SELECT sha256(n::text::bytea), 1, now() - interval '2 days' FROM generate_series(1, 2500) n; \
         INSERT INTO auth.revoked_tokens SELECT gen_random_uuid(), now(), now() - interval '2 days' FROM generate_series(1, 2500); \
         INSERT INTO auth.users (id, username, email, hashed_password, created_at) \
           SELECT gen_random_uuid(), 'stranger' || n, 'stranger' || n || '@x.test', 'x', now() - interval '8 days' FROM generate_series(1, 2500) n; \
         INSERT INTO auth.users (id, username, created_at, last_login_at) VALUES (gen_random_uuid(), 'came', now() - interval '8 days', now()); \
         INSERT INTO auth.users (id, username, email, created_at, email_verified_at) VALUES (gen_random_uuid(), 'proved', 'p@x.test', now() - interval '8 days', now()); \
         INSERT INTO auth.users (id, username, created_at) VALUES (gen_random_uuid(), 'young', now() - interval '6 days'); \
         INSERT INTO auth.users (id, username, created_at, origin) VALUES (gen_random_uuid(), 'invited', now() - interval '8 days', 'invited'); \
         UPDATE saga.run SET finished_at = now() - interval '91 days'",
    );
    let runs = query(&app.database, "SELECT count(*) FROM saga.run");
    assert!(runs.parse::<i32>().unwrap() >= 2, "{runs}");
    let wired = app.running.app();
    tidy_once(wired.services.database()).await.unwrap();
    tidy_provider(&wired.provider).await.unwrap();
    for lapsed in [
        "auth.login_throttle WHERE window_started_at < now() - interval '1 day'",
        "auth.revoked_tokens",
        "auth.users WHERE username LIKE 'stranger%'",
    ] {
        let left = query(&app.database, &format!("SELECT count(*) FROM {lapsed}"));
        assert_eq!(left, "0", "{lapsed}");
    }
    let kept = "SELECT string_agg(username, ' ' ORDER BY username) FROM auth.users \
                WHERE username IN ('came', 'proved', 'young', 'invited')";
    assert_eq!(query(&app.database, kept), "came invited proved young");
    // The run that says what Carl has stays, with its steps; mails that were sent are gone, with their events.
    let others = "SELECT count(*) FROM saga.run r WHERE NOT EXISTS \
                  (SELECT FROM workspace.tenant_users m WHERE m.tenant_id = r.tenant_id AND m.run_id = r.id)";
    assert_eq!(query(&app.database, others), "0");
    let orphans = "SELECT count(*) FROM saga.event e WHERE NOT EXISTS (SELECT FROM saga.run r WHERE r.id = e.run_id)";
    assert_eq!(query(&app.database, orphans), "0");
    let users = ada.get(&format!("/admin/tenants/{slug}/users")).await;
    assert!(
        users.body[1]["operation"]["id"].is_string(),
        "{}",
        users.raw
    );
}
