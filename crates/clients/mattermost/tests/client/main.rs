//! The client against the wire.
#![cfg(test)]

mod advice;
mod refusals;
mod requests;
mod secrecy;
mod trouble;

use bheem_http_kit::testing::Peer;
use bheem_mattermost::{ChannelId, Client, TeamId, TokenId, UserId};
use wiremock::MockServer;

const USER: &str = "uuuuuuuuuuuuuuuuuuuuuuuuu1";
const TEAM: &str = "ttttttttttttttttttttttttt1";
const CHANNEL: &str = "ccccccccccccccccccccccccc1";
const TOKEN: &str = "kkkkkkkkkkkkkkkkkkkkkkkkk1";

fn user() -> UserId {
    USER.parse().unwrap()
}

fn team() -> TeamId {
    TEAM.parse().unwrap()
}

fn channel() -> ChannelId {
    CHANNEL.parse().unwrap()
}

fn token() -> TokenId {
    TOKEN.parse().unwrap()
}

fn client(peer: &Peer) -> Client {
    Client::builder(&peer.url, "admin-token".into())
        .timeout(peer.timeout)
        .max_body_bytes(peer.max_body_bytes)
        .build()
        .unwrap()
}

fn at(server: &MockServer) -> Client {
    Client::builder(server.uri(), "admin-token".into())
        .build()
        .unwrap()
}
