//! Keys that sign: replicas that start together agree on one.

use bheem_domain::SigningKeyId;
use bheem_persistence::repo::SigningKeyRecord;
use bheem_vault::Sealed;
use futures::future::join_all;

use crate::support::Bed;

#[tokio::test(flavor = "multi_thread")]
async fn of_many_first_keys_at_once_one_stays() {
    let bed = Bed::new().await;
    let insert = async |byte: u8| {
        let key = SigningKeyRecord {
            id: SigningKeyId::generate(&bed.clock),
            public_key: vec![byte; 32],
            sealed: Sealed {
                key_id: "key".to_owned(),
                bytes: vec![byte; 99],
            },
            created_at: bed.now(),
        };
        let mut tx = bed.system().await;
        tx.signing_keys().insert_first(&key).await.unwrap();
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
