//! Against a real server: runs only if `LIVE_MAIL_HOST` is set, with `LIVE_MAIL_USER`, `LIVE_MAIL_PASSWORD` and
//! `LIVE_MAIL_STRANGER`, an address of the server's that belongs to somebody else. Works in folders of its own and removes
//! them; sends messages to itself, and replaces the active filter.
#![cfg(test)]

use bheem_mail::Client;

mod contract;

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn a_real_server_does_what_is_expected() {
    let Some(host) = setting("LIVE_MAIL_HOST") else {
        return;
    };
    let address = setting("LIVE_MAIL_USER").unwrap();
    let client = Client::builder(host).build().unwrap();
    let password = setting("LIVE_MAIL_PASSWORD").unwrap();
    let subject = contract::Subject {
        account: client.account_with_password(&address, password),
        address,
    };
    contract::imap(&subject).await;
    contract::submission(&subject, &setting("LIVE_MAIL_STRANGER").unwrap()).await;
    contract::scripts(&subject).await;
}
