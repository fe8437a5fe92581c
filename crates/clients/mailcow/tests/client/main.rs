//! The client against the wire.
#![cfg(test)]

mod advice;
mod aliases;
mod app_passwords;
mod domains;
mod mailboxes;
mod names;
mod queue;
mod secrecy;
mod status;
mod trouble;

use bheem_http_kit::testing::{MAX_BODY_BYTES, Peer};
use bheem_mailcow::{Client, Error};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, header_exists, method, path};
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
    Client::builder(server.uri(), KEY.into())
        .max_body_bytes(MAX_BODY_BYTES)
        .build()
        .unwrap()
}

/// Answers a GET below `/api/v1/get/` exactly `times` times.
async fn answer(server: &MockServer, target: &str, body: &str, times: u64) {
    Mock::given(method("GET"))
        .and(path(format!("/api/v1/get/{target}")))
        .and(header("x-api-key", KEY))
        .respond_with(ResponseTemplate::new(200).set_body_raw(body, "application/json"))
        .expect(times)
        .mount(server)
        .await;
}

/// Expects one write with this very body.
async fn expect_write(server: &MockServer, target: &str, body: Value, answer: &str) {
    Mock::given(method("POST"))
        .and(path(format!("/api/v1/{target}")))
        .and(header("x-api-key", KEY))
        .and(header("content-type", "application/json"))
        .and(body_json(body))
        .respond_with(ResponseTemplate::new(200).set_body_raw(answer, "application/json"))
        .expect(1)
        .mount(server)
        .await;
}

/// Answers any write to this target.
async fn answer_write(server: &MockServer, target: &str, answer: &Value) {
    Mock::given(method("POST"))
        .and(path(format!("/api/v1/{target}")))
        .and(header_exists("x-api-key"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1)
        .mount(server)
        .await;
}

fn success(code: &str) -> String {
    json!([{"type": "success", "log": [], "msg": [code, "x"]}]).to_string()
}

fn danger(msg: &Value) -> Value {
    json!([{"type": "danger", "log": ["mailbox", "success"], "msg": msg}])
}

fn code(error: &Error) -> &str {
    error.code().unwrap().name()
}
