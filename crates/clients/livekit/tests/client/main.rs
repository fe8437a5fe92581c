//! The client against the wire.
#![cfg(test)]

mod requests;
mod trouble;

use bheem_http_kit::testing::Peer;
use bheem_livekit::{Client, Credentials};
use wiremock::MockServer;

fn credentials() -> Credentials {
    // Long enough, and no secret of anybody.
    Credentials::new("APItest", "0123456789abcdef".repeat(2).into()).unwrap()
}

fn client(peer: &Peer) -> Client {
    Client::builder(&peer.url, credentials())
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    // What front ends are configured with leads to the same server.
    let url = server.uri().replacen("http", "ws", 1);
    Client::builder(url, credentials()).build().unwrap()
}
