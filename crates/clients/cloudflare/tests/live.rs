//! Against Cloudflare, with `LIVE_CLOUDFLARE_URL`, `LIVE_CLOUDFLARE_TOKEN` and `LIVE_CLOUDFLARE_ZONE`, an active zone in
//! which records below a random name are made and removed: ignored unless asked for (`just live cloudflare`).
#![cfg(test)]

mod contract;

use bheem_cloudflare::Client;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
#[ignore = "needs LIVE_CLOUDFLARE_URL, LIVE_CLOUDFLARE_TOKEN and LIVE_CLOUDFLARE_ZONE"]
async fn the_contract_holds() {
    let url = setting("LIVE_CLOUDFLARE_URL");
    let token = setting("LIVE_CLOUDFLARE_TOKEN");
    let zone = setting("LIVE_CLOUDFLARE_ZONE");
    let client = |token: String| Client::builder(&url, token.into()).build().unwrap();
    let unique: String = throwaway_password()
        .expose_secret()
        .chars()
        .filter(char::is_ascii_lowercase)
        .collect();
    contract::suite(&client(token), &zone, &format!("contract-{unique}")).await;
    contract::strangers(&client("not-a-token".to_owned())).await;
}
