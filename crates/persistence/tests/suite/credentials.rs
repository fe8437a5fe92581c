//! Sealed credentials: kept once, whoever comes first.

use bheem_domain::CredentialId;
use bheem_persistence::repo::SealedCredential;
use bheem_vault::Sealed;
use futures::future::join_all;

use crate::support::Bed;

fn new(bed: &Bed, username: &str, byte: u8) -> SealedCredential {
    SealedCredential {
        id: CredentialId::generate(&bed.clock),
        username: username.to_owned(),
        sealed: Sealed {
            key_id: "key".to_owned(),
            bytes: vec![byte; 40],
        },
    }
}

#[tokio::test]
async fn the_first_credential_of_a_member_stays() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let (_, ada) = bed.member(tenant, "ada").await;
    let mut tx = bed.tenant_tx(tenant).await;
    let mut credentials = tx.credentials();
    let none = credentials.find_for_member(ada, "mailcow", "ada").await;
    assert!(none.unwrap().is_none());
    let first = new(&bed, "ada", 1);
    let kept = credentials.keep_for_member(ada, "mailcow", &first).await;
    assert_eq!(kept.unwrap().sealed, first.sealed);
    let second = new(&bed, "ada", 2);
    let kept = credentials.keep_for_member(ada, "mailcow", &second).await;
    let kept = kept.unwrap();
    assert_eq!((kept.id, kept.sealed), (first.id, first.sealed));
    // Another peer and another name are other credentials.
    credentials
        .keep_for_member(ada, "nextcloud", &second)
        .await
        .unwrap();
    let third = new(&bed, "ada2", 3);
    credentials
        .keep_for_member(ada, "mailcow", &third)
        .await
        .unwrap();
    let removed = credentials.remove_for_member(ada, "mailcow").await;
    assert_eq!(removed.unwrap(), 2);
    let left = credentials.find_for_member(ada, "nextcloud", "ada").await;
    assert_eq!(left.unwrap().unwrap().sealed, second.sealed);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_all_are_given_the_one_that_is_kept() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let (_, ada) = bed.member(tenant, "ada").await;
    let keep = async |byte: u8| {
        let new = new(&bed, "ada", byte);
        let mut tx = bed.tenant_tx(tenant).await;
        let mut credentials = tx.credentials();
        let kept = credentials.keep_for_member(ada, "mailcow", &new).await;
        tx.commit().await.unwrap();
        kept.unwrap().sealed.bytes
    };
    let kept = join_all((0..16).map(keep)).await;
    assert!(kept.iter().all(|bytes| *bytes == kept[0]));
}

#[tokio::test]
async fn the_credential_of_an_account_is_the_same_in_all_its_tenants() {
    let bed = Bed::new().await;
    let (a, b) = (bed.tenant("aaa").await.id, bed.tenant("bbb").await.id);
    let (ada, _) = bed.member(a, "ada").await;
    let member = bed.new_member(ada, "ada@b.example");
    let mut tx = bed.tenant_tx(b).await;
    tx.members().insert(&member).await.unwrap();
    tx.commit().await.unwrap();
    let first = new(&bed, "ada", 1);
    let mut tx = bed.tenant_tx(a).await;
    let mut credentials = tx.credentials();
    credentials
        .keep_for_account(ada, "nextcloud", &first)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = bed.tenant_tx(b).await;
    let second = new(&bed, "ada", 2);
    let mut credentials = tx.credentials();
    let kept = credentials
        .keep_for_account(ada, "nextcloud", &second)
        .await;
    assert_eq!(kept.unwrap().id, first.id);
}
