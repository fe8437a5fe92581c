//! Signing keys are shared by all replicas.

use bheem_identity::{Error, Identity};
use futures::future::join_all;

use crate::support::{Bed, config, vault};

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_at_once_share_one_key() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    bed.sql("DELETE FROM auth.signing_keys");
    let started = join_all((0..6).map(|_| bed.replica())).await;
    let keys = bed.number("SELECT count(*) FROM auth.signing_keys");
    assert_eq!(keys, 1);
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
}

#[tokio::test]
async fn the_private_half_is_stored_sealed() {
    let bed = Bed::new().await;
    // PKCS #8 of an Ed25519 key holds this object identifier (RFC 8410).
    let clear =
        "SELECT count(*) FROM auth.signing_keys WHERE position('\\x2b6570'::bytea in sealed) > 0";
    assert_eq!(bed.number(clear), 0);
    let other = Identity::start(bed.connect().await, vault(), config()).await;
    assert!(matches!(other.unwrap_err(), Error::Vault(_)));
}
