//! Against a real server, with `LIVE_MATTERMOST_URL` and `LIVE_MATTERMOST_TOKEN`, the personal access token of an
//! administrator: `cargo test -p bheem-mattermost --test live -- --ignored`. What it makes bears a name of its own each
//! time, and is archived or deactivated.
#![cfg(test)]

mod contract;

use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_mattermost::Client;

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
#[ignore = "needs a real Mattermost: LIVE_MATTERMOST_URL, LIVE_MATTERMOST_TOKEN"]
async fn the_contract_holds() {
    let url = setting("LIVE_MATTERMOST_URL").expect("LIVE_MATTERMOST_URL is set");
    let token = setting("LIVE_MATTERMOST_TOKEN").unwrap();
    let mattermost = Client::builder(url, token.into()).build().unwrap();
    let password = throwaway_password();
    let letters = password.expose_secret().chars();
    let letters = letters.filter(char::is_ascii_alphanumeric).take(10);
    let unique: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    let unique = format!("live{unique}");
    contract::server(&mattermost).await;
    contract::teams(&mattermost, &unique).await;
    contract::users(&mattermost, &unique).await;
    contract::members(&mattermost, &unique).await;
    contract::tokens(&mattermost, &unique).await;
}
