//! Against a real server, with `LIVE_WEBDAV_URL`, `LIVE_WEBDAV_USER`, `LIVE_WEBDAV_PASSWORD`, and `LIVE_WEBDAV_OFFERS`, any
//! of the words `locks`, `dead-properties`, `if-range` and `nextcloud` for what the server has: ignored unless asked for
//! (`just live webdav`). Works in one folder and removes it. With `nextcloud` it empties the trash bin.
#![cfg(test)]

mod contract;

use bheem_webdav::{Auth, Client, SecretString};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn offers() -> String {
    std::env::var("LIVE_WEBDAV_OFFERS").unwrap_or_default()
}

#[tokio::test]
#[ignore = "needs LIVE_WEBDAV_URL, LIVE_WEBDAV_USER and LIVE_WEBDAV_PASSWORD"]
async fn the_contract_holds() {
    let url = setting("LIVE_WEBDAV_URL");
    let password = SecretString::from(setting("LIVE_WEBDAV_PASSWORD"));
    let auth = Auth::basic(setting("LIVE_WEBDAV_USER"), password);
    let builder = Client::builder(url, auth).max_body_bytes(64 * 1024 * 1024);
    let offered = offers();
    let has = |word: &str| offered.split([' ', ',']).any(|one| one == word);
    let offers = contract::Offers {
        locks: has("locks"),
        dead_properties: has("dead-properties"),
        if_range: has("if-range"),
        nextcloud: has("nextcloud"),
    };
    contract::suite(&builder.build().unwrap(), offers).await;
}
