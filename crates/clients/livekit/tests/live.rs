//! Against a real server, with `LIVE_LIVEKIT_URL`, `LIVE_LIVEKIT_KEY` and `LIVE_LIVEKIT_SECRET`: ignored unless asked for
//! (`just live livekit`). Makes a room and removes it.
#![cfg(test)]

mod contract;

use bheem_livekit::{Client, Credentials};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
#[ignore = "needs LIVE_LIVEKIT_URL, LIVE_LIVEKIT_KEY and LIVE_LIVEKIT_SECRET"]
async fn rooms() {
    let url = setting("LIVE_LIVEKIT_URL");
    let (key, secret) = (setting("LIVE_LIVEKIT_KEY"), setting("LIVE_LIVEKIT_SECRET"));
    let client = |key: &str| {
        let credentials = Credentials::new(key, secret.clone().into()).unwrap();
        Client::builder(&url, credentials).build().unwrap()
    };
    // What a run that failed has left behind.
    client(&key)
        .rooms()
        .delete("bheem-live-test")
        .await
        .unwrap();
    contract::rooms(&client(&key), "bheem-live-test").await;
    contract::strangers(&client("APInobody")).await;
}
