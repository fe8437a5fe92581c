//! The client against the wire.
#![cfg(test)]

mod requests;
mod secrecy;
mod trouble;

use bheem_http_kit::testing::Peer;
use bheem_razorpay::Client;
use wiremock::MockServer;

fn client(peer: &Peer) -> Client {
    Client::builder(&peer.url, "rzp_test", "secret".into())
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    Client::builder(server.uri(), "rzp_test", "secret".into())
        .build()
        .unwrap()
}
