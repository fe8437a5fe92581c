//! Refresh tokens: each is good once.

use bheem_identity::{Error, Identity, SignedIn};
use bheem_vault::token;
use chrono::TimeDelta;
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};

use crate::support::{Bed, config, vault};

async fn is_refused(identity: &Identity, refresh_token: &SecretString) -> bool {
    let refused = identity.refresh(refresh_token).await;
    matches!(refused, Err(Error::InvalidToken))
}

async fn is_signed_in(identity: &Identity, signed_in: &SignedIn) -> bool {
    let checked = identity.tokens().authenticate(&signed_in.access_token);
    match checked.await {
        Ok(claims) => claims.sid == signed_in.session_id,
        Err(Error::InvalidToken) => false,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_refresh_gives_a_new_pair_in_the_same_session() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let first = bed.sign_in("ada").await;
    bed.clock.advance(TimeDelta::minutes(59));
    let second = bed.identity.refresh(&first.refresh_token).await.unwrap();
    assert_eq!(second.session_id, first.session_id);
    assert_ne!(second.access_token, first.access_token);
    assert_ne!(
        second.refresh_token.expose_secret(),
        first.refresh_token.expose_secret()
    );
    bed.clock.advance(TimeDelta::minutes(2));
    // The first access token has lapsed by now, the second lives.
    assert!(!is_signed_in(&bed.identity, &first).await);
    assert!(is_signed_in(&bed.identity, &second).await);
    let third = bed.identity.refresh(&second.refresh_token).await.unwrap();
    assert_eq!(third.account.id, ada);
    assert_eq!(bed.identity.sessions(ada).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_used_twice_ends_its_session_and_no_other() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let stolen = bed.sign_in("ada").await;
    let other = bed.sign_in("ada").await;
    let (replica, _) = bed.replica().await;
    let second = bed.identity.refresh(&stolen.refresh_token).await.unwrap();
    // Wherever it is used again.
    assert!(is_refused(&replica, &stolen.refresh_token).await);
    for identity in [&bed.identity, &replica] {
        assert!(!is_signed_in(identity, &stolen).await);
        assert!(!is_signed_in(identity, &second).await);
        assert!(is_refused(identity, &second.refresh_token).await);
        assert!(is_signed_in(identity, &other).await);
    }
    let left = bed.identity.sessions(ada).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, other.session_id);
    let reason = "SELECT count(*) FROM auth.sessions WHERE revoked_reason = 'reuse'";
    assert_eq!(bed.number(reason), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_at_most_one_succeeds_and_the_session_ends() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let first = bed.sign_in("ada").await;
    let refreshes = (0..64).map(|_| bed.identity.refresh(&first.refresh_token));
    let results = join_all(refreshes).await;
    let won: Vec<_> = results.into_iter().filter_map(Result::ok).collect();
    assert!(won.len() <= 1);
    assert!(bed.identity.sessions(ada).await.unwrap().is_empty());
    assert!(!is_signed_in(&bed.identity, &first).await);
    for won in won {
        assert!(is_refused(&bed.identity, &won.refresh_token).await);
        assert!(!is_signed_in(&bed.identity, &won).await);
    }
}

#[tokio::test]
async fn a_session_has_an_end_however_often_it_is_refreshed() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let mut latest = bed.sign_in("ada").await;
    for _ in 0..29 {
        bed.clock.advance(TimeDelta::days(1));
        latest = bed.identity.refresh(&latest.refresh_token).await.unwrap();
    }
    bed.clock.advance(TimeDelta::days(1));
    assert!(is_refused(&bed.identity, &latest.refresh_token).await);
}

#[tokio::test]
async fn a_disabled_account_gets_no_new_tokens_and_is_not_taken_for_a_thief() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let signed_in = bed.sign_in("ada").await;
    let mut read = bed.read().await;
    read.accounts().set_active(ada, false).await.unwrap();
    assert!(is_refused(&bed.identity, &signed_in.refresh_token).await);
    let reason = "SELECT count(*) FROM auth.sessions WHERE revoked_reason = 'reuse'";
    assert_eq!(bed.number(reason), 0);
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_refused_and_ends_nothing() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let signed_in = bed.sign_in("ada").await;
    let ours = signed_in.refresh_token.expose_secret();
    let mut bytes = token::decode(ours).unwrap();
    // A later generation, and another session, each with the old code.
    bytes[19] += 1;
    let raised = token::encode(&bytes);
    bytes[0] ^= 1;
    let foreign = token::encode(&bytes);
    for bad in [
        "",
        "x",
        &signed_in.access_token,
        &raised,
        &foreign,
        ours.get(1..).unwrap(),
    ] {
        assert!(is_refused(&bed.identity, &bad.into()).await, "{bad}");
    }
    // One of another installation, whose keys differ.
    let database = bed.connect().await;
    bed.sql("DELETE FROM auth.signing_keys");
    let other = Identity::start(database, vault(), config()).await.unwrap();
    assert!(is_refused(&other, &signed_in.refresh_token).await);
    assert_eq!(bed.identity.sessions(ada).await.unwrap().len(), 1);
}
