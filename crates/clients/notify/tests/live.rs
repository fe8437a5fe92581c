//! Against a real Notify: runs only if `LIVE_NOTIFY_URL` is set, with `LIVE_NOTIFY_KEY` and `LIVE_NOTIFY_TO`, an
//! address that may get a mail.
#![cfg(test)]

use bheem_notify::{Client, Email, SecretString};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn a_mail_is_accepted() {
    let Some(url) = setting("LIVE_NOTIFY_URL") else {
        return;
    };
    let key = SecretString::from(setting("LIVE_NOTIFY_KEY").unwrap_or_default());
    let notify = Client::builder(url, key).build().unwrap();
    assert!(notify.is_healthy().await);
    let email = Email::new(
        setting("LIVE_NOTIFY_TO").unwrap(),
        "Live test",
        "<p>This is a test.</p>",
    );
    notify.send_email("bheem-live-test", &email).await.unwrap();
}
