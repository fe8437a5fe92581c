//! Against a real Nextcloud, with `LIVE_NEXTCLOUD_URL`, `LIVE_NEXTCLOUD_USER` and `LIVE_NEXTCLOUD_PASSWORD` of an
//! administrator, and `LIVE_NEXTCLOUD_GROUP_FOLDERS` if the app is there:
//! `cargo test -p bheem-nextcloud --test live -- --ignored`. Makes two users and a group and removes them, also those that
//! an earlier run has left.
#![cfg(test)]

mod contract;

use bheem_nextcloud::{Auth, Client, SecretString};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
#[ignore = "needs a real Nextcloud: LIVE_NEXTCLOUD_URL, LIVE_NEXTCLOUD_USER, LIVE_NEXTCLOUD_PASSWORD"]
async fn the_contract_holds() {
    let url = setting("LIVE_NEXTCLOUD_URL").expect("LIVE_NEXTCLOUD_URL is set");
    let password = SecretString::from(setting("LIVE_NEXTCLOUD_PASSWORD").unwrap());
    let auth = Auth::basic(setting("LIVE_NEXTCLOUD_USER").unwrap(), password);
    let admin = Client::builder(url, auth).build().unwrap();
    let offers = contract::Offers {
        group_folders: setting("LIVE_NEXTCLOUD_GROUP_FOLDERS").is_some(),
    };
    contract::suite(&admin, offers).await;
}
