//! Single-use links.

use bheem_domain::{AccountId, LinkTokenId};
use bheem_persistence::repo::{LinkPurpose, NewLinkToken};
use chrono::TimeDelta;
use futures::future::join_all;

use crate::support::Bed;

async fn keep(bed: &Bed, account_id: AccountId, hash: &[u8]) {
    let new = NewLinkToken {
        id: LinkTokenId::generate(&bed.clock),
        account_id,
        purpose: LinkPurpose::SetPassword,
        token_hash: hash,
        delivered_to: "ada@a.example",
        invited_to: None,
        created_at: bed.now(),
        expires_at: bed.now() + TimeDelta::hours(24),
    };
    bed.read().await.link_tokens().upsert(&new).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_uses_the_link() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    keep(&bed, ada, b"one").await;
    let consume = async || {
        let mut read = bed.read().await;
        let mut links = read.link_tokens();
        links.consume(b"one", bed.now()).await.unwrap()
    };
    let used = join_all((0..32).map(|_| consume())).await;
    let used: Vec<_> = used.into_iter().flatten().collect();
    assert_eq!(used.len(), 1);
    assert_eq!(used[0].account_id, ada);
    assert_eq!(used[0].delivered_to, "ada@a.example");
}

#[tokio::test]
async fn a_link_is_found_until_it_is_used_or_lapses() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    keep(&bed, ada, b"one").await;
    let mut read = bed.read().await;
    let mut links = read.link_tokens();
    let (now, end) = (bed.now(), bed.now() + TimeDelta::hours(24));
    assert!(links.find(b"two", now).await.unwrap().is_none());
    let nearly = end - TimeDelta::microseconds(1);
    assert!(links.find(b"one", nearly).await.unwrap().is_some());
    assert!(links.find(b"one", end).await.unwrap().is_none());
    assert!(links.consume(b"one", end).await.unwrap().is_none());
    assert!(links.consume(b"one", nearly).await.unwrap().is_some());
    assert!(links.find(b"one", nearly).await.unwrap().is_none());
    assert!(links.consume(b"one", nearly).await.unwrap().is_none());
}

#[tokio::test]
async fn the_same_link_kept_again_lives_longer_unless_it_was_used() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    keep(&bed, ada, b"one").await;
    let old_end = bed.now() + TimeDelta::hours(24);
    bed.later(3600);
    keep(&bed, ada, b"one").await;
    let mut read = bed.read().await;
    let mut links = read.link_tokens();
    assert!(links.find(b"one", old_end).await.unwrap().is_some());
    assert!(links.consume(b"one", old_end).await.unwrap().is_some());
    keep(&bed, ada, b"one").await;
    assert!(links.find(b"one", bed.now()).await.unwrap().is_none());
}

#[tokio::test]
async fn all_links_of_an_account_are_voided_and_no_other() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let eve = bed.account("eve").await.id;
    keep(&bed, ada, b"one").await;
    keep(&bed, ada, b"two").await;
    keep(&bed, eve, b"three").await;
    let mut read = bed.read().await;
    let mut links = read.link_tokens();
    links.void_all(ada, bed.now()).await.unwrap();
    for (hash, lives) in [
        (b"one".as_slice(), false),
        (b"two", false),
        (b"three", true),
    ] {
        let found = links.find(hash, bed.now()).await.unwrap();
        assert_eq!(found.is_some(), lives);
    }
}

#[tokio::test]
async fn lapsed_links_are_purged_a_few_at_a_time() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    for hash in [b"one".as_slice(), b"two", b"three"] {
        keep(&bed, ada, hash).await;
    }
    let mut read = bed.read().await;
    let mut links = read.link_tokens();
    let end = bed.now() + TimeDelta::hours(24);
    assert_eq!(links.purge(end, 10).await.unwrap(), 0);
    let past = end + TimeDelta::seconds(1);
    assert_eq!(links.purge(past, 2).await.unwrap(), 2);
    assert_eq!(links.purge(past, 2).await.unwrap(), 1);
}
