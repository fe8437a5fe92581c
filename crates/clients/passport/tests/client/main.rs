//! The client against the wire.
#![cfg(test)]

mod accounts;
mod secrecy;
mod sessions;
mod trouble;

use bheem_http_kit::testing::Peer;
use bheem_passport::Client;
use wiremock::MockServer;

const COMPANY: &str = "BHM001";

fn client(peer: &Peer) -> Client {
    Client::builder(&peer.url)
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    Client::builder(server.uri()).build().unwrap()
}
