//! Against a real Mailcow: runs only if `LIVE_MAILCOW_URL` is set, with `LIVE_MAILCOW_KEY` and `LIVE_MAILCOW_DOMAIN`,
//! a domain that exists there. Makes one mailbox and removes it.
#![cfg(test)]

use bheem_http_kit::throwaway_password;
use bheem_mailcow::{Client, CreateAppPassword, CreateMailbox, Deleted, ErrorKind, SecretString};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn a_mailbox_lives_and_dies() {
    let Some(url) = setting("LIVE_MAILCOW_URL") else {
        return;
    };
    let key = SecretString::from(setting("LIVE_MAILCOW_KEY").unwrap());
    let domain = setting("LIVE_MAILCOW_DOMAIN").unwrap();
    let mailcow = Client::builder(url, key).build().unwrap();
    let mailbox = CreateMailbox::new("bheem-live-test", &domain)
        .quota_mib(16)
        .tag("bheem-live-test");
    let address = mailbox.address();
    mailcow.mailboxes().delete(&address).await.unwrap();
    mailcow.mailboxes().create(&mailbox).await.unwrap();
    let again = mailcow.mailboxes().create(&mailbox).await.unwrap_err();
    let app_password = CreateAppPassword::new(&address, "live", throwaway_password());
    let with_password = mailcow.app_passwords().create(&app_password).await;
    let found = mailcow.mailboxes().find(&address).await.unwrap();
    let removed = mailcow.mailboxes().delete(&address).await.unwrap();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    with_password.unwrap();
    assert_eq!(found.unwrap().address, address);
    assert_eq!(removed, Deleted::Removed);
    assert_eq!(
        mailcow.mailboxes().delete(&address).await.unwrap(),
        Deleted::Absent
    );
}
