//! The client against the wire.
#![cfg(test)]

mod conflicts;
mod pages;
mod requests;
mod secrecy;
mod trouble;

use bheem_http_kit::testing::Peer;
use bheem_mailgun::{Client, NewMessage};
use wiremock::MockServer;

fn client(peer: &Peer) -> Client {
    Client::builder(&peer.url, "the-key".into())
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    Client::builder(server.uri(), "the-key".into())
        .build()
        .unwrap()
}

fn message() -> NewMessage {
    NewMessage::new("Acme <noreply@acme.test>", "Hello")
        .to("john@a.test")
        .text("Hello John")
}
