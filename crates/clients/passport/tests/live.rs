//! Against a real Passport: runs only if `LIVE_PASSPORT_URL` is set, with `LIVE_PASSPORT_COMPANY`, `LIVE_PASSPORT_USER` and
//! `LIVE_PASSPORT_PASSWORD` of somebody who may sign in. Where `LIVE_PASSPORT_MAY_REGISTER` is set it makes an account, which
//! Passport cannot delete.
#![cfg(test)]

mod contract;

use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_passport::Client;

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn somebody_signs_in_and_somebody_registers() {
    let Some(url) = setting("LIVE_PASSPORT_URL") else {
        return;
    };
    let text = |name| setting(name).unwrap_or_default();
    let (company, user) = (text("LIVE_PASSPORT_COMPANY"), text("LIVE_PASSPORT_USER"));
    let passport = Client::builder(url).build().unwrap();
    let password = text("LIVE_PASSPORT_PASSWORD").into();
    contract::sessions(&passport, &user, &password, &company).await;
    if setting("LIVE_PASSPORT_MAY_REGISTER").is_some() {
        let unique = throwaway_password();
        contract::accounts(
            &passport,
            &format!("{}@live.test", unique.expose_secret()),
            &company,
        )
        .await;
    }
}
