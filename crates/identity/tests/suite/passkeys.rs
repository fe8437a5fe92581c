//! Passkeys, by an authenticator in software.

use bheem_identity::{
    Ceremony, Error, FirstFactor, Identity, IdentityConfig, Method, RegisteredPasskey, SecondFactor,
};
use chrono::TimeDelta;
use futures::future::join_all;
use secrecy::SecretString;

use crate::{
    soft_authenticator::Authenticator,
    support::{Bed, config, from},
    totp::fresh,
};

/// Adds a passkey for whoever signs in by this name with a password alone.
async fn enrol(bed: &Bed, name: &str) -> (Authenticator, RegisteredPasskey) {
    let signed_in = bed.sign_in(name).await;
    let proof = fresh(bed, &signed_in).await;
    let mut device = Authenticator::new();
    let ceremony = bed.identity.begin_passkey(&proof).await.unwrap();
    let answer = device.create(&ceremony.options);
    let added = bed
        .identity
        .finish_passkey(&proof, ceremony.id, answer, "Key");
    let (passkey, codes) = added.await.unwrap();
    assert_eq!(codes.len(), 10);
    (device, passkey)
}

async fn pending(bed: &Bed, name: &str) -> SecretString {
    let (password, here) = (bed.password().await, from("192.0.2.1"));
    let done = bed
        .identity
        .browser_sign_in(name, password, &here, None, &[]);
    match done.await.unwrap() {
        FirstFactor::SecondFactorNeeded { pending, methods } => {
            assert_eq!(methods, [Method::Passkey, Method::RecoveryCode]);
            pending
        }
        other => panic!("{other:?}"),
    }
}

fn answer(device: &mut Authenticator, ceremony: &Ceremony) -> SecondFactor {
    SecondFactor::Passkey {
        ceremony: ceremony.id,
        response: device.get(&ceremony.options),
    }
}

#[tokio::test]
async fn a_passkey_is_a_second_factor() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let (mut device, passkey) = enrol(&bed, "ada").await;
    assert_eq!(passkey.name, "Key");
    let (pending, here) = (pending(&bed, "ada").await, from("192.0.2.1"));
    let identity = &bed.identity;
    let ceremony = identity
        .browser_second_factor_challenge(&pending)
        .await
        .unwrap();
    let second = answer(&mut device, &ceremony);
    let done = identity.browser_second_factor(&pending, second.clone(), &here, None);
    let done = done.await.unwrap();
    assert_eq!(done.session.session.amr, ["pwd", "hwk", "mfa"]);
    let factors = identity.factors(ada).await.unwrap();
    assert_eq!(factors.passkeys[0].last_used_at, Some(bed.now()));
    // An answer is good once.
    let again = identity
        .browser_second_factor(&pending, second, &here, None)
        .await;
    assert!(matches!(again, Err(Error::BadSecondFactor)));
}

#[tokio::test]
async fn another_key_another_origin_and_a_counter_that_goes_back_are_refused() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    bed.account("eve").await;
    let (mut ada, _) = enrol(&bed, "ada").await;
    let (mut eve, _) = enrol(&bed, "eve").await;
    let (identity, pending) = (&bed.identity, pending(&bed, "ada").await);
    let attempt = async |device: &mut Authenticator, client: &str| {
        let ceremony = identity
            .browser_second_factor_challenge(&pending)
            .await
            .unwrap();
        let second = answer(device, &ceremony);
        let client = from(client);
        identity
            .browser_second_factor(&pending, second, &client, None)
            .await
    };
    let refused = attempt(&mut eve, "192.0.2.1").await;
    assert!(matches!(refused, Err(Error::BadSecondFactor)));
    ada.origin = "https://evil.example".to_owned();
    let refused = attempt(&mut ada, "192.0.2.2").await;
    assert!(matches!(refused, Err(Error::BadSecondFactor)));
    ada.origin = "https://work.example".to_owned();
    ada.verifies = false;
    let refused = attempt(&mut ada, "192.0.2.3").await;
    assert!(matches!(refused, Err(Error::BadSecondFactor)));
    ada.verifies = true;
    ada.counter = 10;
    assert!(attempt(&mut ada, "192.0.2.4").await.is_ok());
    ada.counter = 5;
    let refused = attempt(&mut ada, "192.0.2.5").await;
    assert!(matches!(refused, Err(Error::BadSecondFactor)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_alone_signs_its_owner_in_once_on_any_replica() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let (mut device, _) = enrol(&bed, "ada").await;
    let (replica, _) = bed.replica().await;
    let ceremony = bed.identity.passkey_challenge().await.unwrap();
    let response = device.get(&ceremony.options);
    let tries = (0..4).map(|n| {
        let identity = if n % 2 == 0 { &bed.identity } else { &replica };
        let (response, client) = (response.clone(), from(&format!("192.0.2.{n}")));
        async move {
            identity
                .passkey_sign_in(ceremony.id, response, &client, None)
                .await
        }
    });
    let mut done: Vec<_> = join_all(tries).await.into_iter().flatten().collect();
    assert_eq!(done.len(), 1);
    let done = done.remove(0);
    assert_eq!(done.session.account.id, ada);
    assert_eq!(done.session.session.amr, ["hwk", "user", "mfa"]);
    let here = from("198.51.100.1");
    let identity = &bed.identity;
    // Not without its user having been verified, and not after ten minutes.
    let ceremony = identity.passkey_challenge().await.unwrap();
    device.verifies = false;
    let response = device.get(&ceremony.options);
    let refused = identity
        .passkey_sign_in(ceremony.id, response, &here, None)
        .await;
    assert!(matches!(refused, Err(Error::BadSecondFactor)));
    device.verifies = true;
    let ceremony = identity.passkey_challenge().await.unwrap();
    let response = device.get(&ceremony.options);
    bed.clock.advance(TimeDelta::minutes(10));
    let refused = identity
        .passkey_sign_in(ceremony.id, response, &here, None)
        .await;
    assert!(matches!(refused, Err(Error::BadSecondFactor)));
    let mut read = bed.read().await;
    read.accounts().set_active(ada, false).await.unwrap();
    let ceremony = identity.passkey_challenge().await.unwrap();
    let response = device.get(&ceremony.options);
    let refused = identity
        .passkey_sign_in(ceremony.id, response, &here, None)
        .await;
    assert!(matches!(refused, Err(Error::AccountDisabled)));
}

#[tokio::test]
async fn a_registration_is_of_whoever_began_it_and_is_good_once() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    bed.account("eve").await;
    let ada = fresh(&bed, &bed.sign_in("ada").await).await;
    let eve = fresh(&bed, &bed.sign_in("eve").await).await;
    let identity = &bed.identity;
    let mut device = Authenticator::new();
    let ceremony = identity.begin_passkey(&ada).await.unwrap();
    assert_eq!(
        ceremony.options["publicKey"]["authenticatorSelection"]["residentKey"],
        "preferred"
    );
    let response = device.create(&ceremony.options);
    let refused = identity
        .finish_passkey(&eve, ceremony.id, response.clone(), "Key")
        .await;
    assert!(matches!(refused, Err(Error::Invalid(it)) if it.field == "credential"));
    identity
        .finish_passkey(&ada, ceremony.id, response.clone(), "Key")
        .await
        .unwrap();
    let refused = identity
        .finish_passkey(&ada, ceremony.id, response, "Key")
        .await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    // A challenge to sign in is none to add a key.
    let other = identity.passkey_challenge().await.unwrap();
    let refused = identity
        .finish_passkey(&ada, other.id, device.get(&other.options), "Key")
        .await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn it_is_removed_by_its_owner_alone() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    bed.account("eve").await;
    let signed_in = bed.sign_in("ada").await;
    let proof = fresh(&bed, &signed_in).await;
    let (_, passkey) = enrol(&bed, "ada").await;
    let eve = fresh(&bed, &bed.sign_in("eve").await).await;
    let refused = bed.identity.remove_passkey(&eve, passkey.id).await;
    assert!(matches!(refused, Err(Error::FactorNotFound)));
    bed.identity
        .remove_passkey(&proof, passkey.id)
        .await
        .unwrap();
    assert!(!bed.identity.factors(ada).await.unwrap().any());
    bed.sign_in("ada").await;
}

#[tokio::test]
async fn an_address_that_is_an_ip_address_has_none() {
    let bed = Bed::new().await;
    for (issuer, has) in [
        ("http://127.0.0.1:8080", false),
        ("http://[::1]:8080", false),
        ("http://localhost:8080", true),
        ("https://work.example", true),
    ] {
        let config = IdentityConfig {
            issuer: issuer.to_owned(),
            ..config()
        };
        let identity = Identity::start(bed.connect().await, bed.vault.clone(), config);
        let identity = identity.await.unwrap();
        assert_eq!(identity.has_passkeys(), has, "{issuer}");
        let challenge = identity.passkey_challenge().await;
        assert_eq!(challenge.is_ok(), has, "{issuer}");
        assert!(has || matches!(challenge, Err(Error::PasskeysUnavailable)));
    }
}
