//! The client against the wire.
#![cfg(test)]

mod health;
mod hostile;
mod messages;
mod otp;
mod secrecy;
mod trouble;

use bheem_http_kit::testing::Peer;
use bheem_notify::Client;
use serde_json::Value;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "test-key";

fn client(peer: &Peer) -> Client {
    Client::builder(&peer.url, KEY.into())
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    Client::builder(server.uri(), KEY.into()).build().unwrap()
}

/// Expects one message with this very body and idempotency key.
async fn expect(
    server: &MockServer,
    target: &str,
    key: &str,
    body: Value,
    status: u16,
    answer: &str,
) {
    Mock::given(method("POST"))
        .and(path(target))
        .and(header("x-api-key", KEY))
        .and(header("idempotency-key", key))
        .and(header("content-type", "application/json"))
        .and(body_json(body))
        .respond_with(ResponseTemplate::new(status).set_body_raw(answer, "application/json"))
        .expect(1)
        .mount(server)
        .await;
}
