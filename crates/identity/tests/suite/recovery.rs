//! Recovery codes.

use bheem_identity::{Error, SecondFactor};
use futures::future::join_all;
use secrecy::ExposeSecret;

use crate::{
    support::{Bed, from},
    totp::{enrol, fresh, sign_in_with},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_once_also_when_many_use_it_at_once() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    let (_, codes) = enrol(&bed, "ada").await;
    assert_eq!(codes.len(), 10);
    let tries = (0..8).map(|n| {
        let (bed, client) = (&bed, from(&format!("192.0.2.{n}")));
        let second = SecondFactor::typed(codes[0].clone());
        async move { sign_in_with(bed, "ada", Some(second), &client).await }
    });
    let done = join_all(tries).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(
        bed.identity.factors(ada.id).await.unwrap().recovery_codes,
        9
    );
    // As people write it.
    let typed = codes[1].expose_secret().to_uppercase().replace('-', " ");
    let second = SecondFactor::typed(typed.into());
    let signed_in = sign_in_with(&bed, "ada", Some(second), &from("192.0.2.99")).await;
    assert!(signed_in.is_ok());
}

#[tokio::test]
async fn they_are_kept_as_codes_of_authentication_and_are_their_owners_alone() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    bed.account("eve").await;
    let (_, ada) = enrol(&bed, "ada").await;
    enrol(&bed, "eve").await;
    let second = Some(SecondFactor::RecoveryCode(ada[0].clone()));
    let foreign = sign_in_with(&bed, "eve", second, &from("192.0.2.1")).await;
    assert!(matches!(foreign, Err(Error::BadSecondFactor)));
    let plain = ada[0].expose_secret().replace('-', "");
    let stored = format!(
        "SELECT count(*) FROM auth.recovery_codes WHERE code_hash = sha256('{plain}'::bytea) \
         OR position('{plain}'::bytea in code_hash) > 0 OR octet_length(code_hash) <> 32"
    );
    assert_eq!(bed.number(&stored), 0);
}

#[tokio::test]
async fn new_ones_end_the_old_ones_and_stand_for_a_factor_that_is_there() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let signed_in = bed.sign_in("ada").await;
    let proof = fresh(&bed, &signed_in).await;
    let none = bed.identity.new_recovery_codes(&proof).await;
    assert!(matches!(none, Err(Error::FactorNotFound)));
    let (_, old) = enrol(&bed, "ada").await;
    let new = bed.identity.new_recovery_codes(&proof).await.unwrap();
    let here = from("192.0.2.1");
    let with = |code: &secrecy::SecretString| Some(SecondFactor::typed(code.clone()));
    let refused = sign_in_with(&bed, "ada", with(&old[0]), &here).await;
    assert!(matches!(refused, Err(Error::BadSecondFactor)));
    assert!(
        sign_in_with(&bed, "ada", with(&new[0]), &here)
            .await
            .is_ok()
    );
}
