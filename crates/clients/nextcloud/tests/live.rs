//! Against a real Nextcloud: runs only if `LIVE_NEXTCLOUD_URL` is set, with `LIVE_NEXTCLOUD_USER` and
//! `LIVE_NEXTCLOUD_PASSWORD` of an administrator, and `LIVE_NEXTCLOUD_GROUP_FOLDERS` if the app is there. Makes two users
//! and a group and removes them.
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
async fn the_contract_holds() {
    let Some(url) = setting("LIVE_NEXTCLOUD_URL") else {
        return;
    };
    let password = SecretString::from(setting("LIVE_NEXTCLOUD_PASSWORD").unwrap());
    let auth = Auth::basic(setting("LIVE_NEXTCLOUD_USER").unwrap(), password);
    let admin = Client::builder(url, auth).build().unwrap();
    let offers = contract::Offers {
        group_folders: setting("LIVE_NEXTCLOUD_GROUP_FOLDERS").is_some(),
    };
    contract::suite(&admin, offers).await;
}
