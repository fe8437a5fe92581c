//! Sessions of browsers.

use bheem_identity::{BrowserSignedIn, Error, FirstFactor, SecondFactor};
use bheem_vault::token;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    support::{Bed, from, password_change},
    totp::{enrol, shown},
};

pub(crate) async fn sign_in(bed: &Bed, name: &str) -> BrowserSignedIn {
    let password = bed.password().await;
    let here = from("192.0.2.1");
    let done = bed
        .identity
        .browser_sign_in(name, password, &here, None, &[]);
    match done.await.unwrap() {
        FirstFactor::Done(done) => *done,
        other => panic!("{other:?}"),
    }
}

async fn is_alive(bed: &Bed, cookie: &SecretString) -> bool {
    bed.identity
        .browser_session(cookie)
        .await
        .unwrap()
        .is_some()
}

#[tokio::test]
async fn a_cookie_is_a_session_on_every_replica() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    let signed_in = sign_in(&bed, "ada").await;
    let (other, _) = bed.replica().await;
    let found = other.browser_session(&signed_in.cookie).await.unwrap();
    let found = found.unwrap();
    assert_eq!(found.account.id, ada.id);
    assert_eq!(found.session.id, signed_in.session.session.id);
    assert_eq!(
        (found.acr(), &*found.session.amr),
        ("aal1", &["pwd".to_owned()][..])
    );
    for bad in [
        "",
        "x",
        &token::generate().unwrap().expose_secret().repeat(2),
    ] {
        assert!(!is_alive(&bed, &bad.into()).await);
    }
    // It is no refresh token, nor is a refresh token a cookie.
    let refused = bed.identity.refresh(&signed_in.cookie).await;
    assert!(matches!(refused, Err(Error::InvalidToken)));
    let api = bed.sign_in("ada").await;
    assert!(!is_alive(&bed, &api.refresh_token).await);
}

#[tokio::test]
async fn it_ends_when_it_is_not_used_and_after_a_week_in_any_case() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let idle = sign_in(&bed, "ada").await.cookie;
    bed.clock
        .advance(TimeDelta::hours(12) - TimeDelta::seconds(1));
    assert!(is_alive(&bed, &idle).await);
    bed.clock.advance(TimeDelta::hours(12));
    assert!(!is_alive(&bed, &idle).await);
    let used = sign_in(&bed, "ada").await.cookie;
    for _ in 0..14 {
        assert!(is_alive(&bed, &used).await);
        bed.clock
            .advance(TimeDelta::hours(12) - TimeDelta::seconds(1));
    }
    assert!(is_alive(&bed, &used).await);
    bed.clock.advance(TimeDelta::seconds(14));
    assert!(!is_alive(&bed, &used).await);
}

#[tokio::test]
async fn its_use_is_noted_once_a_minute_at_most() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let cookie = sign_in(&bed, "ada").await.cookie;
    let noted = || bed.sql("SELECT last_used_at FROM auth.sessions");
    let first = noted();
    bed.clock.advance(TimeDelta::seconds(59));
    assert!(is_alive(&bed, &cookie).await);
    assert_eq!(noted(), first);
    bed.clock.advance(TimeDelta::seconds(1));
    assert!(is_alive(&bed, &cookie).await);
    assert_ne!(noted(), first);
}

#[tokio::test]
async fn it_is_listed_and_ended_like_any_other() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    let one = sign_in(&bed, "ada").await;
    let two = sign_in(&bed, "ada").await;
    let api = bed.sign_in("ada").await;
    let listed = bed.identity.sessions(ada.id).await.unwrap();
    let kinds: Vec<_> = listed.iter().map(|session| session.kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "browser").count(), 2);
    bed.identity
        .end_session(ada.id, one.session.session.id)
        .await
        .unwrap();
    assert!(!is_alive(&bed, &one.cookie).await);
    // A new password ends the others and keeps the own one.
    let (old, new) = (bed.password().await, token::generate().unwrap());
    let own = two.session.session.id;
    let here = from("192.0.2.1");
    bed.identity
        .change_password(ada.id, own, password_change(old, new), &here)
        .await
        .unwrap();
    assert!(is_alive(&bed, &two.cookie).await);
    assert!(bed.identity.refresh(&api.refresh_token).await.is_err());
    bed.identity.browser_sign_out(&two.cookie).await.unwrap();
    assert!(!is_alive(&bed, &two.cookie).await);
    bed.identity.browser_sign_out(&two.cookie).await.unwrap();
}

#[tokio::test]
async fn a_disabled_account_has_no_session() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    let cookie = sign_in(&bed, "ada").await.cookie;
    let mut read = bed.read().await;
    read.accounts().set_active(ada.id, false).await.unwrap();
    assert!(!is_alive(&bed, &cookie).await);
}

#[tokio::test]
async fn a_step_up_keeps_the_session_and_ends_the_cookie() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let before = sign_in(&bed, "ada").await;
    let (setup, _) = enrol(&bed, "ada").await;
    bed.clock.advance(TimeDelta::minutes(30));
    let here = from("192.0.2.1");
    let wrong = SecondFactor::Totp("000000".into());
    let refused = bed
        .identity
        .browser_step_up(&before.session, wrong, &here, None)
        .await;
    assert!(matches!(refused, Err(Error::BadSecondFactor)));
    assert!(is_alive(&bed, &before.cookie).await);
    let second = SecondFactor::Totp(shown(&bed, &setup));
    let raised = bed
        .identity
        .browser_step_up(&before.session, second, &here, None)
        .await;
    let raised = raised.unwrap();
    assert_eq!(raised.session.session.id, before.session.session.id);
    assert_eq!(raised.session.acr(), "aal2");
    assert_eq!(raised.session.session.authenticated_at, bed.now());
    assert!(!is_alive(&bed, &before.cookie).await);
    assert!(is_alive(&bed, &raised.cookie).await);
}

#[tokio::test]
async fn a_password_given_again_is_not_enough_where_there_is_a_second_factor() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let before = sign_in(&bed, "ada").await;
    let here = from("192.0.2.1");
    let identity = &bed.identity;
    let wrong = identity.browser_reauthenticate(&before.session, "wrong".into(), &here, None, &[]);
    assert!(matches!(wrong.await, Err(Error::BadCredentials)));
    bed.clock.advance(TimeDelta::hours(1));
    let password = bed.password().await;
    let again =
        identity.browser_reauthenticate(&before.session, password.clone(), &here, None, &[]);
    let FirstFactor::Done(again) = again.await.unwrap() else {
        panic!("there is no second factor yet")
    };
    assert_eq!(again.session.session.id, before.session.session.id);
    assert_eq!(again.session.session.authenticated_at, bed.now());
    let (setup, _) = enrol(&bed, "ada").await;
    let needed = identity.browser_reauthenticate(&again.session, password, &here, None, &[]);
    let FirstFactor::SecondFactorNeeded { pending, .. } = needed.await.unwrap() else {
        panic!("the second factor was not asked for")
    };
    let second = SecondFactor::Totp(shown(&bed, &setup));
    let raised = identity
        .browser_second_factor(&pending, second, &here, None)
        .await
        .unwrap();
    assert_eq!(raised.session.session.id, before.session.session.id);
    assert_eq!(raised.session.acr(), "aal2");
    assert!(!is_alive(&bed, &again.cookie).await);
}

#[tokio::test]
async fn what_is_carried_between_the_factors_lapses_and_ends_with_the_password() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    let (setup, _) = enrol(&bed, "ada").await;
    let here = from("192.0.2.1");
    let begin = async || {
        let password = bed.password().await;
        match bed
            .identity
            .browser_sign_in("ada", password, &here, None, &[])
            .await
            .unwrap()
        {
            FirstFactor::SecondFactorNeeded { pending, .. } => pending,
            other => panic!("{other:?}"),
        }
    };
    let (first, second) = (begin().await, begin().await);
    let with = |pending: SecretString| {
        let second = SecondFactor::Totp(shown(&bed, &setup));
        let (identity, here) = (bed.identity.clone(), here.clone());
        async move {
            identity
                .browser_second_factor(&pending, second, &here, None)
                .await
        }
    };
    let done = with(first).await.unwrap();
    assert_eq!(done.session.session.amr, ["pwd", "otp", "mfa"]);
    bed.clock.advance(TimeDelta::minutes(10));
    assert!(matches!(with(second).await, Err(Error::InvalidToken)));
    let third = begin().await;
    bed.clock.advance(TimeDelta::seconds(30));
    let mut read = bed.read().await;
    read.accounts()
        .set_password(ada.id, "x", bed.now())
        .await
        .unwrap();
    assert!(matches!(with(third).await, Err(Error::BadCredentials)));
}
