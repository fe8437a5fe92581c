//! Against a real Mailcow, with `LIVE_MAILCOW_URL`, `LIVE_MAILCOW_KEY` and `LIVE_MAILCOW_DOMAIN`, a domain that does not
//! exist there: `cargo test -p bheem-mailcow --test live -- --ignored`. Makes the domain with what belongs to it, and
//! removes it again, also what an earlier run that failed has left. (A wrong key is not tried: Mailcow would ban us.)
#![cfg(test)]

#[expect(dead_code, reason = "a wrong key gets the address banned")]
mod contract;

use bheem_mailcow::Client;

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

#[tokio::test]
#[ignore = "needs a real Mailcow: LIVE_MAILCOW_URL, LIVE_MAILCOW_KEY, LIVE_MAILCOW_DOMAIN"]
async fn a_domain_lives_and_dies() {
    let key = setting("LIVE_MAILCOW_KEY").into();
    let domain = setting("LIVE_MAILCOW_DOMAIN");
    let mailcow = Client::builder(setting("LIVE_MAILCOW_URL"), key)
        .build()
        .unwrap();
    clear(&mailcow, &domain).await;
    contract::domains(&mailcow, &domain).await;
    contract::mailboxes(&mailcow, &domain).await;
    clear(&mailcow, &domain).await;
}

/// The domain and what belongs to it goes, if it is one of these tests'.
async fn clear(mailcow: &Client, domain: &str) {
    if let Some(found) = mailcow.domains().find(domain).await.unwrap() {
        let is_ours = found
            .tags
            .iter()
            .any(|tag| tag == "bheem-live-test" || tag == "second");
        assert!(is_ours, "{domain} is somebody's domain");
        for alias in mailcow.aliases().list(domain).await.unwrap() {
            mailcow.aliases().delete(&alias.address).await.unwrap();
        }
        for mailbox in mailcow.mailboxes().list(domain).await.unwrap() {
            mailcow.mailboxes().delete(&mailbox.address).await.unwrap();
        }
        mailcow.domains().delete(domain).await.unwrap();
    }
    // A key outlives its domain.
    mailcow.delete_dkim(domain).await.unwrap();
}
