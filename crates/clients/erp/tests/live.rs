//! Against a real ERP, best a test installation: runs only if `LIVE_ERP_URL` is set, with `LIVE_ERP_TOKEN` and
//! `LIVE_ERP_USER`, somebody without a subscription. What it makes stays there, cancelled.
#![cfg(test)]

mod contract;

use bheem_erp::{Auth, Client};
use bheem_http_kit::{ExposeSecret as _, throwaway_password};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn plans_subscriptions_and_contacts() {
    let Some(url) = setting("LIVE_ERP_URL") else {
        return;
    };
    let token = Auth::bearer(setting("LIVE_ERP_TOKEN").unwrap().into());
    let erp = Client::builder(url, token).build().unwrap();
    contract::subscriptions(&erp, &setting("LIVE_ERP_USER").unwrap()).await;
    let name: String = throwaway_password()
        .expose_secret()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    contract::contacts(&erp, &format!("{name}@live.test")).await;
}
