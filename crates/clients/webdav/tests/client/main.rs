//! The client against the wire.
#![cfg(test)]

mod beside;
mod collections;
mod errors;
mod locks;
mod real_servers;
mod resuming;
mod secrecy;
mod transfers;
mod trouble;

use bheem_http_kit::testing::{MAX_BODY_BYTES, Peer};
use bheem_webdav::{Auth, Client, DavPath};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

const BASE: &str = "/remote.php/dav/files/john";

fn client(peer: &Peer) -> Client {
    let builder = Client::builder(
        format!("{}{BASE}", peer.url),
        Auth::basic("john", "pw".into()),
    );
    builder
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    let builder = Client::builder(
        format!("{}{BASE}/", server.uri()),
        Auth::basic("john", "pw".into()),
    );
    builder.max_body_bytes(MAX_BODY_BYTES).build().unwrap()
}

fn to(text: &str) -> DavPath {
    DavPath::parse(text).unwrap()
}

/// A request below the base, with credentials.
fn dav(verb: &str, target: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!("{BASE}{target}")))
        .and(header("authorization", "Basic am9objpwdw=="))
}

/// Expects one request and answers with this status.
async fn answer(server: &MockServer, verb: &str, target: &str, status: u16) {
    dav(verb, target)
        .respond_with(ResponseTemplate::new(status))
        .expect(1)
        .mount(server)
        .await;
}

fn multistatus(responses: &str) -> ResponseTemplate {
    let body = format!(
        "<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\" xmlns:oc=\"http://owncloud.org/ns\">{responses}</d:multistatus>"
    );
    ResponseTemplate::new(207).set_body_raw(body, "application/xml")
}

fn found(href: &str, props: &str) -> String {
    format!(
        "<d:response><d:href>{href}</d:href><d:propstat><d:prop>{props}</d:prop><d:status>HTTP/1.1 200 OK</d:status>\
         </d:propstat><d:propstat><d:prop><oc:size/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>\
         </d:response>"
    )
}
