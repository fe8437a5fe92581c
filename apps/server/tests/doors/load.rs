//! One account's crowd is its own trouble.

use std::time::Duration;

use bheem_http_kit::Method;
use futures::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{TestApp, eventually, flow::query};

/// Its writes wait for something, all of them, and hold what they have; others are answered meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_writes_of_one_account_leave_room_for_the_reads_of_another() {
    let app = TestApp::start_with(|settings| {
        settings.http.requests_per_account = 400;
        settings.database.wait_seconds = 30;
    })
    .await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let (acme, beta) = (
        app.tenant(&ada, "Acme").await,
        app.tenant(&bob, "Beta").await,
    );
    // Somebody holds the tenant's row until they are told to let go.
    let mut holder = hold(
        &app,
        &format!("SELECT 1 FROM workspace.tenants WHERE slug = '{acme}' FOR UPDATE"),
    );
    eventually("the row is held", async || {
        query(&app.database, "SELECT count(*) FROM pg_locks WHERE mode = 'RowShareLock' AND relation = 'workspace.tenants'::regclass") != "0"
    })
    .await;
    let path = format!("/admin/tenants/{acme}");
    let body = json!({"name": "New"});
    let mut writes = tokio::task::JoinSet::new();
    let (person, target) = (ada.clone(), path.clone());
    writes.spawn(async move {
        let all = (0..400).map(|_| person.send(Method::PATCH, &target, &[], &body));
        join_all(all).await
    });
    // As many as may be, wait in the database.
    eventually("they wait", async || {
        query(&app.database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == "4"
    })
    .await;
    for _ in 0..50 {
        let read = bob.get(&format!("/admin/tenants/{beta}/users")).await;
        assert_eq!(read.status, 200, "{:?}", read.body);
        let read = bob.get("/tenants/my").await;
        assert_eq!(read.status, 200, "{:?}", read.body);
    }
    // Nothing of this hung on how fast it was: the writes still wait.
    assert!(writes.try_join_next().is_none());
    query(
        &app.database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid() AND datname = current_database()",
    );
    holder.wait().unwrap();
    let answers = writes.join_next().await.unwrap().unwrap();
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(done > 0);
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status, 200 | 429)),
        "{:?}",
        answers
            .iter()
            .map(|answer| answer.status)
            .collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_beyond_what_one_account_may_have_at_once_are_turned_away() {
    let app = TestApp::start_with(|settings| settings.http.requests_per_account = 2).await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    // Two whose bodies do not come hold both places.
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = tokio::net::TcpStream::connect(app.running.address)
            .await
            .unwrap();
        let lines = format!(
            "POST /api/v1/tenants HTTP/1.1\r\nhost: workspace.test\r\nauthorization: Bearer {}\r\n\
             content-length: 15\r\n\r\n",
            ada.token
        );
        stream.write_all(lines.as_bytes()).await.unwrap();
        held.push(stream);
    }
    eventually("both places are taken", async || {
        ada.get("/auth/me").await.status == 429
    })
    .await;
    let refused = ada.get("/auth/me").await;
    refused.is_problem(429, "too_many_at_once");
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(bob.get("/auth/me").await.status, 200);
    for (number, stream) in held.iter_mut().enumerate() {
        let body = format!("{{\"name\":\"Acme{number}\"}}");
        stream.write_all(&body.as_bytes()[..15]).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
    }
    eventually("there is room again", async || {
        ada.get("/auth/me").await.status == 200
    })
    .await;
}

/// Runs a statement in a transaction that stays open until the process is killed.
#[expect(
    clippy::disallowed_methods,
    reason = "the machine says where its PostgreSQL is"
)]
fn hold(app: &TestApp, statement: &str) -> std::process::Child {
    let named = std::env::var_os("PG_BINDIR").map(std::path::PathBuf::from);
    let binaries = bheem_embedded_postgres::Binaries::find(named.as_deref(), None).unwrap();
    let seconds = Duration::from_mins(10).as_secs();
    std::process::Command::new(binaries.directory().join("psql"))
        .args(["--no-psqlrc", "--quiet", "--dbname", app.database.url()])
        .args([
            "--command",
            &format!("BEGIN; {statement}; SELECT pg_sleep({seconds})"),
        ])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap()
}
