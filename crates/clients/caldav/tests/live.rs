//! Against a real server, with `LIVE_CALDAV_URL`, `LIVE_CALDAV_USER` and `LIVE_CALDAV_PASSWORD`: ignored unless asked for
//! (`just live caldav`). Works in collections of its own and removes them.
#![cfg(test)]

mod contract;

use bheem_caldav::{Auth, Client, SecretString};
use contract::Offers;

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
#[ignore = "needs LIVE_CALDAV_URL, LIVE_CALDAV_USER and LIVE_CALDAV_PASSWORD"]
async fn the_contract_holds() {
    let url = setting("LIVE_CALDAV_URL");
    let password = SecretString::from(setting("LIVE_CALDAV_PASSWORD"));
    let auth = Auth::basic(setting("LIVE_CALDAV_USER"), password);
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
