//! The client against the wire.
#![cfg(test)]

mod calendars;
mod discovery;
mod events;
mod real_servers;
mod reports;
mod secrecy;
mod trouble;

use bheem_caldav::{Auth, CalendarHome, Client};
use bheem_http_kit::testing::{MAX_BODY_BYTES, Peer};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

const BASE: &str = "/remote.php/dav";

fn client(peer: &Peer) -> Client {
    let builder = Client::builder(format!("{}{BASE}", peer.url), Auth::bearer("token".into()));
    builder
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    let builder = Client::builder(
        format!("{}{BASE}/", server.uri()),
        Auth::bearer("token".into()),
    );
    builder.max_body_bytes(MAX_BODY_BYTES).build().unwrap()
}

fn home() -> CalendarHome {
    CalendarHome::nextcloud("u 1@x").unwrap()
}

/// A request below the base, with credentials.
fn dav(verb: &str, target: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!("{BASE}{target}")))
        .and(header("authorization", "Bearer token"))
}

/// Expects one request and answers with this.
async fn answer(server: &MockServer, verb: &str, target: &str, answer: ResponseTemplate) {
    dav(verb, target)
        .respond_with(answer)
        .expect(1)
        .mount(server)
        .await;
}

fn multistatus_text(responses: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
         xmlns:cs=\"http://calendarserver.org/ns/\" xmlns:a=\"http://apple.com/ns/ical/\">{responses}</d:multistatus>"
    )
}

fn multistatus(responses: &str) -> ResponseTemplate {
    ResponseTemplate::new(207).set_body_raw(multistatus_text(responses), "application/xml")
}

fn found(href: &str, props: &str) -> String {
    format!(
        "<d:response><d:href>{BASE}{href}</d:href><d:propstat><d:prop>{props}</d:prop>\
         <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
}

const CALENDAR: &str = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>";
