//! Setting up the second factor that a tenant demands, on the way in.

use bheem_identity::{Error, FirstFactor};
use secrecy::SecretString;

use crate::{
    second_factor::{demand, demanding},
    support::{Bed, from},
    totp::{enrol, shown},
};

async fn pending(bed: &Bed) -> SecretString {
    let (password, here) = (bed.password().await, from("192.0.2.1"));
    let tenants = demanding(bed);
    let done = bed
        .identity
        .browser_sign_in("ada", password, &here, None, &tenants);
    match done.await.unwrap() {
        FirstFactor::EnrolmentNeeded { pending } => pending,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn somebody_without_a_factor_sets_one_up_and_is_in() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    demand(&bed, ada.id);
    let (pending, here) = (pending(&bed).await, from("192.0.2.1"));
    let identity = &bed.identity;
    let setup = identity
        .browser_enrol_totp_begin(&pending, &here)
        .await
        .unwrap();
    let wrong = "000000".into();
    let wrong = identity.browser_enrol_totp(&pending, &wrong, &here, None);
    assert!(matches!(wrong.await, Err(Error::Invalid(_))));
    assert!(identity.sessions(ada.id).await.unwrap().is_empty());
    let code = shown(&bed, &setup);
    let (done, codes) = identity
        .browser_enrol_totp(&pending, &code, &here, None)
        .await
        .unwrap();
    assert_eq!((done.session.acr(), codes.len()), ("aal2", 10));
    assert!(
        identity
            .browser_session(&done.cookie)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn what_was_begun_with_a_password_alone_adds_nothing_to_a_factor() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    // Somebody who knows the password begins, then its owner sets a factor up.
    demand(&bed, ada.id);
    let (stolen, here) = (pending(&bed).await, from("192.0.2.66"));
    let identity = &bed.identity;
    let theirs = identity
        .browser_enrol_totp_begin(&stolen, &here)
        .await
        .unwrap();
    bed.sql("UPDATE workspace.tenants SET requires_second_factor = false");
    enrol(&bed, "ada").await;
    let code = shown(&bed, &theirs);
    let refused = identity
        .browser_enrol_totp(&stolen, &code, &here, None)
        .await;
    assert!(matches!(refused, Err(Error::InvalidToken)));
    let refused = identity.browser_enrol_totp_begin(&stolen, &here).await;
    assert!(matches!(refused, Err(Error::InvalidToken)));
    let refused = identity.browser_enrol_passkey_begin(&stolen, &here).await;
    assert!(matches!(refused, Err(Error::InvalidToken)));
    // Nor does it stand in for the second factor.
    let second = bheem_identity::SecondFactor::Totp(code);
    let refused = identity
        .browser_second_factor(&stolen, second, &here, None)
        .await;
    assert!(matches!(refused, Err(Error::InvalidToken)));
}
