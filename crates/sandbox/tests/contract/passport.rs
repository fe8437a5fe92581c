//! Passport: what its client is promised.

#[path = "../../../clients/passport/tests/contract/mod.rs"]
mod suite;

use bheem_passport::{Client, NewUser, Registered, SignIn};
use bheem_sandbox::Sandbox;
use serde_json::json;

use crate::support::control;

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.passport;
    let passport = Client::builder(&peer.base_url).build().unwrap();
    let password = peer.credential("sample_password").to_owned();
    suite::sessions(&passport, "sample", &password.into(), "BHM001").await;
    suite::accounts(&passport, "john@acme.test", "ACME").await;
}

#[tokio::test]
async fn a_taken_name_is_told_by_either_status_and_a_disabled_account_is_refused() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.passport;
    let passport = Client::builder(&peer.base_url).build().unwrap();
    let password = peer.credential("sample_password");
    let sample = NewUser::new("sample", password.to_owned().into(), "BHM001");
    for status in [409, 400] {
        assert!(peer.set_options(&json!({"duplicate_status": status})));
        let answer = passport.register(&sample).await.unwrap();
        assert!(matches!(answer, Registered::AlreadyExists), "{status}");
    }
    control(
        peer,
        "users",
        &json!({"username": "sample", "is_active": false}),
    )
    .await;
    let answer = passport
        .sign_in("sample", password.to_owned().into(), "BHM001")
        .await;
    assert!(matches!(answer.unwrap(), SignIn::Refused));
}
