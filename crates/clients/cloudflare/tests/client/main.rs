//! The client against the wire.
#![cfg(test)]

mod requests;
mod secrecy;
mod trouble;
mod zones;

use bheem_cloudflare::Client;
use bheem_http_kit::testing::Peer;
use wiremock::MockServer;

fn client(peer: &Peer) -> Client {
    Client::builder(&peer.url, "token".into())
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    Client::builder(server.uri(), "token".into())
        .build()
        .unwrap()
}
