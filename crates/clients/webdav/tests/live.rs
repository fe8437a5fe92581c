//! Against a real server: runs only if `LIVE_WEBDAV_URL` is set, with `LIVE_WEBDAV_USER` and `LIVE_WEBDAV_PASSWORD`, and
//! `LIVE_WEBDAV_OFFERS`, any of the words `locks`, `dead-properties`, `if-range` and `nextcloud` for what the server has.
//! Works in one folder and removes it. With `nextcloud` it empties the trash bin.
#![cfg(test)]

mod contract;

use bheem_webdav::{Auth, Client, SecretString};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn the_contract_holds() {
    let Some(url) = setting("LIVE_WEBDAV_URL") else {
        return;
    };
    let password = SecretString::from(setting("LIVE_WEBDAV_PASSWORD").unwrap());
    let auth = Auth::basic(setting("LIVE_WEBDAV_USER").unwrap(), password);
    let builder = Client::builder(url, auth).max_body_bytes(64 * 1024 * 1024);
    let offered = setting("LIVE_WEBDAV_OFFERS").unwrap_or_default();
    let has = |word: &str| offered.split([' ', ',']).any(|one| one == word);
    let offers = contract::Offers {
        locks: has("locks"),
        dead_properties: has("dead-properties"),
        if_range: has("if-range"),
        nextcloud: has("nextcloud"),
    };
    contract::suite(&builder.build().unwrap(), offers).await;
}
