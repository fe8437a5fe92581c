//! Signing keys are shared by all replicas and change by schedule.

use bheem_identity::{Algorithm, Error, Identity, KeyState};
use bheem_persistence::SystemScope;
use chrono::TimeDelta;
use futures::future::join_all;
use jsonwebtoken::{Validation, decode};
use serde_json::{Value, json};

use crate::support::{Bed, config, until, vault, watching};

/// How many keys there are of an algorithm in a state, as the rows say.
async fn count(identity: &Identity, algorithm: Algorithm, state: KeyState) -> usize {
    let keys = identity.keys().list().await.unwrap();
    keys.iter()
        .filter(|key| (key.algorithm, key.state) == (algorithm, state))
        .count()
}

/// Whether a token is good by the keys that this replica knows.
fn is_good(identity: &Identity, algorithm: Algorithm, token: &str) -> bool {
    let header = jsonwebtoken::decode_header(token).unwrap();
    let Some(key) = identity.keys().find(&header.kid.unwrap()) else {
        return false;
    };
    let mut validation = Validation::new(algorithm.jose());
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    decode::<Value>(token, key.decoding(), &validation).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_at_once_share_one_key_of_each_algorithm() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    bed.sql("DELETE FROM auth.signing_keys");
    let started = join_all((0..6).map(|_| bed.replica())).await;
    let keys = bed.number("SELECT count(*) FROM auth.signing_keys");
    assert_eq!(keys, 3);
    let client = crate::support::from("192.0.2.1");
    let password = bed.password().await;
    let signed_in = started[0]
        .0
        .sign_in("ada", password, &client)
        .await
        .unwrap();
    for (replica, _) in &started {
        let checked = replica.tokens().authenticate(&signed_in.access_token);
        assert_eq!(checked.await.unwrap().sub, signed_in.account.id);
    }
    for algorithm in Algorithm::ALL {
        let token = started[1].0.keys().sign(algorithm, None, &json!({"a": 1}));
        assert!(is_good(&started[2].0, algorithm, &token.unwrap()));
    }
}

#[tokio::test]
async fn the_private_half_is_stored_sealed() {
    let bed = Bed::new().await;
    // PKCS #8 of an Ed25519 key holds this object identifier (RFC 8410), the others those of
    // RFC 3279 and RFC 5480.
    let clear = "SELECT count(*) FROM auth.signing_keys WHERE position('\\x2b6570'::bytea in sealed) > 0 \
         OR position('\\x2a864886f70d0101'::bytea in sealed) > 0 OR position('\\x2a8648ce3d'::bytea in sealed) > 0";
    assert_eq!(bed.number(clear), 0);
    let other = Identity::start(bed.connect().await, vault(), config()).await;
    assert!(matches!(other.unwrap_err(), Error::Vault(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_published_a_day_before_it_signs_and_until_its_tokens_ended() {
    let bed = Bed::new().await;
    let (other, _) = bed.replica().await;
    let (keys, es256) = (bed.identity.keys(), Algorithm::Es256);
    let first = keys.current(es256).unwrap().id.clone();
    let token = keys.sign(es256, None, &json!({})).unwrap();
    // In due time, of two replicas one makes the next key.
    bed.clock.advance(TimeDelta::days(89));
    let (one, two) = tokio::join!(keys.rotate_due(), other.keys().rotate_due());
    one.and(two).unwrap();
    assert_eq!(count(&bed.identity, es256, KeyState::Next).await, 1);
    assert_eq!(count(&bed.identity, es256, KeyState::Current).await, 1);
    assert_eq!(keys.current(es256).unwrap().id, first);
    bed.clock.advance(TimeDelta::hours(23));
    assert_eq!(keys.current(es256).unwrap().id, first);
    // Then it signs, without anything being read anew.
    bed.clock.advance(TimeDelta::hours(1));
    let second = keys.current(es256).unwrap().id.clone();
    assert_ne!(second, first);
    assert!(is_good(&bed.identity, es256, &token));
    assert_eq!(count(&bed.identity, es256, KeyState::Retired).await, 1);
    // The longest token lives a day; an hour for clocks that differ.
    bed.clock.advance(TimeDelta::hours(24));
    keys.rotate_due().await.unwrap();
    assert_eq!(count(&bed.identity, es256, KeyState::Retired).await, 1);
    bed.clock.advance(TimeDelta::hours(1));
    keys.rotate_due().await.unwrap();
    assert_eq!(count(&bed.identity, es256, KeyState::Retired).await, 0);
    assert!(!is_good(&bed.identity, es256, &token));
    assert_eq!(keys.current(es256).unwrap().id, second);
}

#[tokio::test]
async fn a_wish_for_a_new_key_waits_its_time_unless_it_is_urgent() {
    let bed = Bed::new().await;
    let (keys, rs256) = (bed.identity.keys(), Algorithm::Rs256);
    let (first, version) = (keys.current(rs256).unwrap().id.clone(), keys.version());
    let next = keys.rotate_now(rs256, false).await.unwrap();
    assert_eq!(next.state, KeyState::Next);
    assert_eq!(next.sign_from, bed.now() + TimeDelta::days(1));
    assert_ne!(keys.version(), version);
    assert!(keys.published().iter().any(|key| key.id == next.id));
    // A second wish finds the first one fulfilled.
    assert_eq!(keys.rotate_now(rs256, false).await.unwrap().id, next.id);
    assert_eq!(keys.current(rs256).unwrap().id, first);
    let urgent = keys.rotate_now(rs256, true).await.unwrap();
    assert_eq!(urgent.state, KeyState::Current);
    assert_eq!(keys.current(rs256).unwrap().id, urgent.id);
    // The one that waited never signs.
    bed.clock.advance(TimeDelta::days(2));
    assert_eq!(keys.current(rs256).unwrap().id, urgent.id);
    // The others are as they were.
    assert_eq!(
        count(&bed.identity, Algorithm::Es256, KeyState::Current).await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_hears_of_a_new_key() {
    let bed = Bed::new().await;
    let (other, database) = bed.replica().await;
    let hears = async {
        let made = bed.identity.keys().rotate_now(Algorithm::EdDsa, true).await;
        let made = made.unwrap().id;
        let knows = async || other.keys().find(&made).is_some();
        until("the key is known", knows).await;
    };
    let watched = watching(&other, &database, hears);
    tokio::select! {
        () = other.keys().watch() => panic!("nobody watches"),
        () = watched => {}
    }
}

#[tokio::test]
async fn many_sign_with_the_key_of_an_installation_that_was_there_before() {
    let bed = Bed::new().await;
    // As the rows were before keys had a schedule and other algorithms.
    bed.sql("DELETE FROM auth.signing_keys WHERE algorithm <> 'EdDSA'");
    let (replica, database) = bed.replica().await;
    let before = bed.identity.keys().current(Algorithm::EdDsa).unwrap();
    let after = replica.keys().current(Algorithm::EdDsa).unwrap();
    assert_eq!(after.id, before.id);
    let scope = SystemScope::server("test");
    let mut read = database.system_read(&scope).await.unwrap();
    assert_eq!(read.signing_keys().list().await.unwrap().len(), 3);
}
