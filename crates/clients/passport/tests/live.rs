//! Against a real Passport: runs only if `LIVE_PASSPORT_URL` is set, with `LIVE_PASSPORT_COMPANY`, `LIVE_PASSPORT_USER` and
//! `LIVE_PASSPORT_PASSWORD` of somebody who may sign in. Changes nothing.
#![cfg(test)]

use bheem_passport::{Client, SignIn, Validation};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn somebody_signs_in_and_is_who_they_are() {
    let Some(url) = setting("LIVE_PASSPORT_URL") else {
        return;
    };
    let text = |name| setting(name).unwrap_or_default();
    let (company, user) = (text("LIVE_PASSPORT_COMPANY"), text("LIVE_PASSPORT_USER"));
    let passport = Client::builder(url).build().unwrap();
    let password = text("LIVE_PASSPORT_PASSWORD").into();
    let SignIn::Tokens(tokens) = passport.sign_in(&user, password, &company).await.unwrap() else {
        panic!("refused")
    };
    let person = passport.current_user(&tokens.access_token).await.unwrap();
    assert!(!person.id.is_empty());
    let verdict = passport.validate(&tokens.access_token).await.unwrap();
    assert!(matches!(verdict, Validation::Valid(_)));
    let wrong = passport
        .sign_in(&user, "not the password".into(), &company)
        .await;
    assert!(matches!(wrong.unwrap(), SignIn::Refused));
}
