//! Against a real server: runs only if `LIVE_LIVEKIT_URL` is set, with `LIVE_LIVEKIT_KEY` and `LIVE_LIVEKIT_SECRET`. Makes a room
//! and removes it.
#![cfg(test)]

mod contract;

use bheem_livekit::{Client, Credentials};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn rooms() {
    let Some(url) = setting("LIVE_LIVEKIT_URL") else {
        return;
    };
    let (key, secret) = (
        setting("LIVE_LIVEKIT_KEY").unwrap(),
        setting("LIVE_LIVEKIT_SECRET").unwrap(),
    );
    let client = |key: &str| {
        let credentials = Credentials::new(key, secret.clone().into()).unwrap();
        Client::builder(&url, credentials).build().unwrap()
    };
    contract::rooms(&client(&key), "bheem-live-test").await;
    contract::strangers(&client("APInobody")).await;
}
