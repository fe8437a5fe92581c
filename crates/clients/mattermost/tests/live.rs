//! Against a real server: runs only if `LIVE_MATTERMOST_URL` is set, with `LIVE_MATTERMOST_TOKEN`, the personal access
//! token of an administrator. What it makes is archived or deactivated.
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
async fn the_contract_holds() {
    let Some(url) = setting("LIVE_MATTERMOST_URL") else {
        return;
    };
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
