//! `just bench`: drives the real program, in release mode, from outside, and prints what it measured.
//! Everything runs on one machine, the load generator included.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measuring program, not a part of the product"
)]

mod api;
mod http;
mod process;
mod sso;

use std::time::{Duration, Instant};

use api::{Session, provision_people};
use http::{Request, run};
use process::Program;

const CONNECTIONS: usize = 32;
const SECONDS: u64 = 5;
const TENANTS: usize = 10_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    // `cargo test --benches` passes a flag; there is nothing to test here.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (program, millis) = timed_start(directory.path()).await;
    println!("cold start                    {millis:>8.0} ms");
    program.stop().await;
    let (program, millis) = timed_start(directory.path()).await;
    println!("warm start                    {millis:>8.0} ms");
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("idle RSS                      {:>8.1} MB", program.rss_mb());

    let admin = Session::admin(&program).await;
    requests(&program, &admin).await;
    sso::measure(&program, &admin).await;
    login_storm(&program, &admin).await;
    program.stop().await;

    for slots in [2, 10] {
        let directory = tempfile::tempdir().unwrap();
        let program = Program::start(directory.path(), slots).await;
        let before = program.cpu_seconds();
        let took = provision_people(&program, 100).await;
        let cpu = program.cpu_seconds() - before;
        println!(
            "100 people, {slots:>2} slots a tenant  {:>8.2} s   {:.1} runs/s, {:.1} ms CPU a run (server and stand-ins)",
            took.as_secs_f64(),
            100.0 / took.as_secs_f64(),
            cpu * 1_000.0 / 100.0
        );
        program.stop().await;
    }
}

async fn timed_start(directory: &std::path::Path) -> (Program, f64) {
    let started = Instant::now();
    let program = Program::start(directory, 2).await;
    (program, started.elapsed().as_secs_f64() * 1_000.0)
}

async fn requests(program: &Program, admin: &Session) {
    let address = program.address();
    let health = vec![Request::get("/health", None)];
    run("GET /health", address, CONNECTIONS, SECONDS, &health)
        .await
        .print();
    let me = vec![Request::get("/api/v1/auth/me", Some(&admin.token))];
    run("GET /auth/me", address, CONNECTIONS, SECONDS, &me)
        .await
        .print();
    let started = Instant::now();
    admin.make_tenants(TENANTS).await;
    println!(
        "POST /tenants, {TENANTS} of them  {:>8.0} /s",
        TENANTS as f64 / started.elapsed().as_secs_f64()
    );
    let list = vec![Request::get(
        "/api/v1/admin/tenants?limit=50",
        Some(&admin.token),
    )];
    run(
        "GET /admin/tenants, 50 of 10,000",
        address,
        CONNECTIONS,
        SECONDS,
        &list,
    )
    .await
    .print();
    // The administrator owns ten thousand tenants by now, as nobody does.
    let person = Session::person(program, "refreshing").await;
    let mut sessions = Vec::new();
    for _ in 0..CONNECTIONS {
        sessions.push(person.again().await.refresh_token);
    }
    http::run_refresh(address, SECONDS, sessions).await.print();
}

/// 32 sign-ins at once, all the time, while others ask for other things.
async fn login_storm(program: &Program, admin: &Session) {
    let address = program.address();
    let login = vec![admin.login_request()];
    let storm =
        tokio::spawn(
            async move { run("sign-ins meanwhile", address, 32, SECONDS + 1, &login).await },
        );
    tokio::time::sleep(Duration::from_millis(500)).await;
    let live = vec![Request::get("/health/live", None)];
    let read = vec![Request::get(
        "/api/v1/admin/tenants/tenant-1",
        Some(&admin.token),
    )];
    let (live, read) = tokio::join!(
        http::paced(
            "GET /health/live in a login storm",
            address,
            200,
            SECONDS,
            &live
        ),
        http::paced(
            "authenticated read in a login storm",
            address,
            100,
            SECONDS,
            &read
        ),
    );
    live.print();
    read.print();
    storm.await.unwrap().print();
}
