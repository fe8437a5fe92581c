//! Keys that sign: replicas that change them wait for each other.

use bheem_domain::SigningKeyId;
use bheem_persistence::repo::SigningKeyRecord;
use bheem_vault::Sealed;
use chrono::TimeDelta;
use futures::future::join_all;

use crate::support::Bed;

fn key(bed: &Bed, algorithm: &str, byte: u8) -> SigningKeyRecord {
    SigningKeyRecord {
        id: SigningKeyId::generate(&bed.clock),
        algorithm: algorithm.to_owned(),
        public_key: vec![byte; 32],
        sealed: Sealed {
            key_id: "key".to_owned(),
            bytes: vec![byte; 99],
        },
        created_at: bed.now(),
        sign_from: bed.now(),
        sign_until: None,
        publish_until: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_look_before_they_add_one_finds_nothing() {
    let bed = Bed::new().await;
    let insert = async |byte: u8| {
        let mut tx = bed.system().await;
        tx.signing_keys().lock().await.unwrap();
        if tx.signing_keys().list().await.unwrap().is_empty() {
            let key = key(&bed, "EdDSA", byte);
            tx.signing_keys().insert(&key).await.unwrap();
        }
        let keys = tx.signing_keys().list().await.unwrap();
        tx.commit().await.unwrap();
        keys
    };
    let seen = join_all((0..8).map(insert)).await;
    assert!(
        seen.iter()
            .all(|keys| keys.len() == 1 && keys[0].id == seen[0][0].id)
    );
    assert_eq!(seen[0][0].sealed.bytes.len(), 99);
}

#[tokio::test]
async fn retiring_ends_the_keys_of_one_algorithm_and_purging_deletes_them_in_time() {
    let bed = Bed::new().await;
    let (rsa, ec) = (key(&bed, "RS256", 1), key(&bed, "ES256", 2));
    let mut tx = bed.system().await;
    tx.signing_keys().insert(&rsa).await.unwrap();
    tx.signing_keys().insert(&ec).await.unwrap();
    let (soon, later) = (
        bed.now() + TimeDelta::hours(1),
        bed.now() + TimeDelta::hours(2),
    );
    let mut keys = tx.signing_keys();
    assert_eq!(keys.retire("RS256", soon, later).await.unwrap(), 1);
    // An end that is near already stays.
    let far = later + TimeDelta::hours(1);
    assert_eq!(keys.retire("RS256", later, far).await.unwrap(), 0);
    assert_eq!(keys.purge(soon).await.unwrap(), 0);
    assert_eq!(keys.purge(later).await.unwrap(), 1);
    let left = keys.list().await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].id, left[0].sign_until), (ec.id, None));
}
