//! Against a real Notify: runs only if `LIVE_NOTIFY_URL` is set, with `LIVE_NOTIFY_KEY`, `LIVE_NOTIFY_TO`, an address that
//! may get mail, and if `LIVE_NOTIFY_PHONE` is set, a number that may get messages.
#![cfg(test)]

#[expect(dead_code, reason = "nobody reads codes from a telephone here")]
mod contract;

use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_notify::{Client, SecretString};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn the_contract_holds() {
    let Some(url) = setting("LIVE_NOTIFY_URL") else {
        return;
    };
    let key = SecretString::from(setting("LIVE_NOTIFY_KEY").unwrap_or_default());
    let notify = Client::builder(&url, key).build().unwrap();
    let password = throwaway_password();
    let letters = password.expose_secret().chars();
    let letters: String = letters
        .filter(char::is_ascii_alphanumeric)
        .take(12)
        .collect();
    let unique = format!("live-{letters}");
    let mail = setting("LIVE_NOTIFY_TO").unwrap();
    contract::mail(&notify, &mail, &unique).await;
    if let Some(phone) = setting("LIVE_NOTIFY_PHONE") {
        contract::telephone(&notify, &phone, &unique).await;
    }
    let stranger = Client::builder(&url, throwaway_password()).build();
    contract::strangers(&stranger.unwrap(), &mail).await;
}
