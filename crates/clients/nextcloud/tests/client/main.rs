//! The client against the wire.
#![cfg(test)]

mod advice;
mod groups;
mod login;
mod secrecy;
mod server;
mod shares;
mod trouble;
mod users;

use bheem_http_kit::testing::{MAX_BODY_BYTES, Peer};
use bheem_nextcloud::{Auth, Client};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

const NOT_FOUND: &str = include_str!("../recorded/not_found.json");

fn client(peer: &Peer) -> Client {
    let builder = Client::builder(&peer.url, Auth::basic("admin", "pw".into()));
    builder
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    let builder = Client::builder(server.uri(), Auth::basic("admin", "pw".into()));
    builder.max_body_bytes(MAX_BODY_BYTES).build().unwrap()
}

/// A request with the headers every OCS request has.
fn ocs(verb: &str, target: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!("/ocs/v2.php/cloud/{target}")))
        .and(header("ocs-apirequest", "true"))
        .and(header("accept", "application/json"))
        .and(header("authorization", "Basic YWRtaW46cHc="))
}

/// Expects one request and answers with this status and body.
async fn answer(server: &MockServer, verb: &str, target: &str, status: u16, body: &str) {
    let answer = ResponseTemplate::new(status).set_body_raw(body, "application/json");
    ocs(verb, target)
        .respond_with(answer)
        .expect(1)
        .mount(server)
        .await;
}

/// Expects one request with this very body and lets it succeed.
async fn expect_body(server: &MockServer, verb: &str, target: &str, body: Value) {
    let answer = ResponseTemplate::new(200).set_body_string(verdict(200));
    ocs(verb, target)
        .and(body_json(body))
        .respond_with(answer)
        .expect(1)
        .mount(server)
        .await;
}

fn verdict(code: i64) -> String {
    let status = if code == 200 { "ok" } else { "failure" };
    json!({"ocs": {"meta": {"status": status, "statuscode": code, "message": "why"}, "data": []}})
        .to_string()
}

fn data(value: &Value) -> String {
    json!({"ocs": {"meta": {"status": "ok", "statuscode": "200"}, "data": value}}).to_string()
}
