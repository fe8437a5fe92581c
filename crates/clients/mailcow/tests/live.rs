//! Against a real Mailcow: runs only if `LIVE_MAILCOW_URL` is set, with `LIVE_MAILCOW_KEY` and `LIVE_MAILCOW_DOMAIN`, a domain that does not
//! exist there. Makes it with what belongs to it, and removes it. (A wrong key is not tried: Mailcow would ban us.)
#![cfg(test)]

#[expect(dead_code, reason = "a wrong key gets the address banned")]
mod contract;

use bheem_mailcow::Client;

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn a_domain_lives_and_dies() {
    let Some(url) = setting("LIVE_MAILCOW_URL") else {
        return;
    };
    let key = setting("LIVE_MAILCOW_KEY").unwrap().into();
    let domain = setting("LIVE_MAILCOW_DOMAIN").unwrap();
    let mailcow = Client::builder(url, key).build().unwrap();
    contract::domains(&mailcow, &domain).await;
    contract::mailboxes(&mailcow, &domain).await;
}
