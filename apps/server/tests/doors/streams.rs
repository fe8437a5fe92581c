//! Streams of events: woken by what happens, and so many at once.

use bheem_http_kit::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Person, TestApp, eventually, flow::query};

async fn watch(address: std::net::SocketAddr, person: &Person, operation: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET /api/v1/operations/{operation}/events HTTP/1.1\r\nhost: workspace.test\r\n\
         authorization: Bearer {}\r\n\r\n",
        person.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Reads until the text has come.
async fn until(stream: &mut TcpStream, text: &str) -> String {
    let (mut all, mut buffer) = (String::new(), [0; 4096]);
    while !all.contains(text) {
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "it ended without {text}: {all}");
        all.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    all
}

/// Somebody is added to a tenant whose lane is closed, so that nothing moves; answers the operation.
async fn pending(app: &TestApp, owner: &Person) -> String {
    let slug = app.tenant(owner, "Acme").await;
    app.proven_domain(owner, &slug, "acme.test").await;
    query(&app.database, "UPDATE saga.lane SET paused = true");
    let path = format!("/admin/tenants/{slug}/users");
    let body = json!({"username": "john", "name": "John"});
    let now = [("prefer", "respond-async")];
    let added = owner.send(Method::POST, &path, &now, &body).await;
    assert_eq!(added.status, 202, "{:?}", added.body);
    added.body["operation"]["id"].as_str().unwrap().to_owned()
}

fn go_on(app: &TestApp) {
    query(&app.database, "UPDATE saga.lane SET paused = false");
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_viewers_of_a_replica_ask_nothing_and_see_what_another_does() {
    let app = TestApp::start_with(|settings| settings.http.streams_per_account = 200).await;
    let owner = app.person("owner").await;
    let operation = pending(&app, &owner).await;
    // A replica that works nothing: what its viewers see, it has heard of.
    let mut settings = app.settings.clone();
    settings.saga.slots = 0;
    let replica = bheem_server::server::start(&settings).await.unwrap();
    let runs = replica.app().services.runs().clone();
    eventually("the replica hears", async || runs.is_hearing()).await;
    let mut viewers = Vec::new();
    for _ in 0..100 {
        let mut viewer = watch(replica.address, &owner, &operation).await;
        until(&mut viewer, "event: operation").await;
        viewers.push(viewer);
    }
    // Each looked a second time, to find that nothing has moved.
    eventually("all have settled down", async || runs.looks() == 200).await;
    query(&app.database, "SELECT pg_sleep(1)");
    assert_eq!(runs.looks(), 200, "idle viewers look");
    go_on(&app);
    for viewer in &mut viewers {
        until(viewer, "\"is_settled\":true").await;
    }
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_so_many_streams_and_others_theirs() {
    let app = TestApp::start_with(|settings| settings.http.streams_per_account = 2).await;
    let owner = app.person("owner").await;
    let operation = pending(&app, &owner).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut stream = watch(app.running.address, &owner, &operation).await;
        until(&mut stream, "event: operation").await;
        open.push(stream);
    }
    let path = format!("/operations/{operation}/events");
    let refused = owner.send(Method::GET, &path, &[], &Value::Null).await;
    refused.is_problem(429, "too_many_streams");
    assert!(refused.headers.contains_key("retry-after"));
    let root = app.super_admin().await;
    let mut other = watch(app.running.address, &root, &operation).await;
    until(&mut other, "event: operation").await;
    // A stream that is closed leaves its place, at the latest when something is to be sent on it.
    drop(open);
    go_on(&app);
    until(&mut other, "\"is_settled\":true").await;
    eventually("there is room again", async || {
        owner
            .send(Method::GET, &path, &[], &Value::Null)
            .await
            .status
            == 200
    })
    .await;
}
