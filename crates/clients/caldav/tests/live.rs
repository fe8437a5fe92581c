//! Against a real server: runs only if `LIVE_CALDAV_URL` is set, with `LIVE_CALDAV_USER` and `LIVE_CALDAV_PASSWORD`.
//! Works in collections of its own and removes them.
#![cfg(test)]

mod contract;

use bheem_caldav::{Auth, Client, SecretString};
use contract::Offers;

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn the_contract_holds() {
    let Some(url) = setting("LIVE_CALDAV_URL") else {
        return;
    };
    let password = SecretString::from(setting("LIVE_CALDAV_PASSWORD").unwrap());
    let auth = Auth::basic(setting("LIVE_CALDAV_USER").unwrap(), password);
    let client = Client::builder(url, auth).build().unwrap();
    let offers = Offers {
        well_known: true,
        unique_uids: true,
        refuses_existing: true,
        proppatch: true,
        descriptions: true,
        finds_series: true,
        finds_contacts: true,
        checks_tokens: true,
        free_busy: true,
        makes_address_books: true,
    };
    contract::suite(&client, offers).await;
}
