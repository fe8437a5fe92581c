//! What stands between a request and what it asks for: bodies, guards, keys of repetitions, limits.
#![cfg(test)]

#[path = "doors/bodies.rs"]
mod bodies;
#[path = "doors/guards.rs"]
mod guards;
#[path = "doors/keys.rs"]
mod keys;
#[path = "doors/limits.rs"]
mod limits;
#[path = "doors/load.rs"]
mod load;
#[path = "doors/names.rs"]
mod names;
#[path = "doors/streams.rs"]
mod streams;
mod support;
#[path = "doors/sweeps.rs"]
mod sweeps;

use bheem_server::routes::Entry;
use support::TestApp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A path of the route table with something in the place of each name.
fn path_of(entry: &Entry, tenant: &str) -> String {
    let mut path = entry.path.replace("{tenant_id}", tenant);
    while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
        path.replace_range(from..=to, "01890000-0000-7000-8000-000000000000");
    }
    path
}

/// Sends a request as it stands; the whole answer.
async fn spoken(app: &TestApp, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    let request = format!("{head}\r\nhost: workspace.test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    // The server may have answered and closed before all of it is written.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
