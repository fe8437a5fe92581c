//! Against a real account: runs only if `LIVE_MAILGUN_URL` is set, with `LIVE_MAILGUN_KEY` and `LIVE_MAILGUN_DOMAIN`, a
//! domain that the account has not and may have. It is added and taken away; nothing is really sent.
#![cfg(test)]

mod contract;

use bheem_mailgun::Client;

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn the_contract_holds() {
    let Some(url) = setting("LIVE_MAILGUN_URL") else {
        return;
    };
    let key = setting("LIVE_MAILGUN_KEY").unwrap();
    let mailgun = Client::builder(&url, key.into()).build().unwrap();
    contract::domains(&mailgun, &setting("LIVE_MAILGUN_DOMAIN").unwrap()).await;
    let stranger = Client::builder(&url, "no-key-of-anybody".into()).build();
    contract::strangers(&stranger.unwrap()).await;
}
