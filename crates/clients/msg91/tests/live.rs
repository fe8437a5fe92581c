//! Against a real account: runs only if `LIVE_MSG91_URL` is set, with `LIVE_MSG91_KEY`, `LIVE_MSG91_MOBILE`,
//! `LIVE_MSG91_CODE_TEMPLATE` and `LIVE_MSG91_FLOW_TEMPLATE`. It sends messages to that number.
#![cfg(test)]

mod contract;

use bheem_msg91::{Client, Mobile};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn messages() {
    let Some(url) = setting("LIVE_MSG91_URL") else {
        return;
    };
    let client = |key: String| Client::builder(&url, key.into()).build().unwrap();
    let msg91 = client(setting("LIVE_MSG91_KEY").unwrap());
    let mobile = Mobile::parse(&setting("LIVE_MSG91_MOBILE").unwrap()).unwrap();
    let code = setting("LIVE_MSG91_CODE_TEMPLATE").unwrap();
    let flow = setting("LIVE_MSG91_FLOW_TEMPLATE").unwrap();
    contract::delivery(&msg91, &mobile, &code, &flow).await;
    contract::refusals(&msg91, &client("nobody".to_owned()), &mobile).await;
}
