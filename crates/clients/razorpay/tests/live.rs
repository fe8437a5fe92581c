//! Against a real account in test mode: runs only if `LIVE_RAZORPAY_URL` is set, with `LIVE_RAZORPAY_KEY_ID`,
//! `LIVE_RAZORPAY_KEY_SECRET` and, where the account demands unique receipts, `LIVE_RAZORPAY_UNIQUE_RECEIPTS`. Orders
//! cannot be deleted; they stay unpaid.
#![cfg(test)]

#[expect(dead_code, reason = "nobody pays here")]
mod contract;

use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_razorpay::Client;

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn orders() {
    let Some(url) = setting("LIVE_RAZORPAY_URL") else {
        return;
    };
    let key_id = setting("LIVE_RAZORPAY_KEY_ID").unwrap();
    let secret = setting("LIVE_RAZORPAY_KEY_SECRET").unwrap();
    let razorpay = Client::builder(url, key_id, secret.into()).build().unwrap();
    let unique: String = throwaway_password()
        .expose_secret()
        .chars()
        .take(16)
        .collect();
    let is_unique = setting("LIVE_RAZORPAY_UNIQUE_RECEIPTS").is_some();
    contract::orders(&razorpay, &unique, is_unique).await;
}
