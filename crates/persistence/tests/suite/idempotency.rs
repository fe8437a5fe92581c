//! Keys that make a repeated request answer as the first did.

use bheem_domain::Clock;
use bheem_persistence::{
    Effect, Error, HeldKey, Presence, SystemScope,
    repo::{Entity, KeptAnswer, KeyState, TakeKey},
};
use bheem_vault::Sealed;
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::support::Bed;

/// What stands for a process that is gone.
const GONE: i64 = 42;

fn held(owner: Uuid, attempt: Uuid) -> HeldKey {
    HeldKey {
        owner,
        key: "key".to_owned(),
        attempt,
    }
}

async fn take_as(
    bed: &Bed,
    key: &HeldKey,
    hash: &[u8],
    holder: i64,
    is_repeatable: bool,
) -> KeyState {
    let mut read = bed.read().await;
    let wanted = TakeKey {
        key,
        request_hash: hash,
        holder,
        is_repeatable,
        now: bed.now(),
        locked_until: bed.now() + TimeDelta::seconds(60),
    };
    read.idempotency_keys().take(&wanted).await.unwrap()
}

/// Takes the key for this process, which is alive.
async fn take(bed: &Bed, key: &HeldKey, hash: &[u8]) -> KeyState {
    take_as(bed, key, hash, bed.database.holder(), false).await
}

fn answer() -> KeptAnswer {
    KeptAnswer {
        status: 201,
        headers: json!({"location": "/x"}),
        body: Sealed {
            key_id: "a".to_owned(),
            bytes: b"sealed".to_vec(),
        },
    }
}

/// Does something under the key, in a transaction.
async fn effect(bed: &Bed, key: &HeldKey) -> Result<(), Error> {
    let scope = SystemScope::server("a test");
    key.scope(async {
        let mut tx = bed.database.system(&scope).await?;
        let entity = Entity::new("thing", key.attempt);
        tx.activity(None)
            .record("thing.made", Some(entity), "Made", None)
            .await?;
        tx.commit().await
    })
    .await
}

async fn made(bed: &Bed) -> usize {
    let mut read = bed.read().await;
    let page = bheem_persistence::PageRequest {
        limit: 100,
        skip: 0,
        after: None,
    };
    let entries = read.activity(None).list(&page).await.unwrap();
    entries
        .iter()
        .filter(|entry| entry.action == "thing.made")
        .count()
}

fn three(bed: &Bed) -> (HeldKey, HeldKey, HeldKey) {
    let owner = bed.clock.new_uuid();
    let held = || held(owner, bed.clock.new_uuid());
    (held(), held(), held())
}

#[tokio::test]
async fn a_taken_key_is_busy_then_answered() {
    let bed = Bed::new().await;
    let _alive = Presence::begin(&bed.database).await.unwrap();
    let (first, second, _) = three(&bed);
    assert_eq!(take(&bed, &first, b"h").await, KeyState::Ours);
    assert_eq!(take(&bed, &second, b"h").await, KeyState::Busy);
    assert_eq!(take(&bed, &second, b"other").await, KeyState::Mismatch);
    // The same key of somebody else is another key.
    let stranger = held(bed.clock.new_uuid(), second.attempt);
    assert_eq!(take(&bed, &stranger, b"h").await, KeyState::Ours);
    let mut read = bed.read().await;
    let mut keys = read.idempotency_keys();
    // Only who holds the key answers it.
    let foreign = KeptAnswer {
        status: 500,
        ..answer()
    };
    keys.answer(&second, &foreign).await.unwrap();
    assert_eq!(take(&bed, &second, b"h").await, KeyState::Busy);
    keys.answer(&first, &answer()).await.unwrap();
    let answered = KeyState::Answered(answer(), None);
    assert_eq!(take(&bed, &second, b"h").await, answered);
    assert_eq!(take(&bed, &second, b"other").await, KeyState::Mismatch);
    // An answer does not lapse with the attempt's time, nor is it let go.
    bed.later(3600);
    keys.release(&first).await.unwrap();
    assert_eq!(take(&bed, &second, b"h").await, answered);
}

#[tokio::test]
async fn a_released_key_may_be_taken_again_by_its_holder_alone() {
    let bed = Bed::new().await;
    let _alive = Presence::begin(&bed.database).await.unwrap();
    let (first, second, _) = three(&bed);
    take(&bed, &first, b"h").await;
    let mut read = bed.read().await;
    let mut keys = read.idempotency_keys();
    keys.release(&second).await.unwrap();
    assert_eq!(take(&bed, &second, b"h").await, KeyState::Busy);
    keys.release(&first).await.unwrap();
    assert_eq!(take(&bed, &second, b"h").await, KeyState::Ours);
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_taken_over_by_the_same_request_only() {
    let bed = Bed::new().await;
    let _alive = Presence::begin(&bed.database).await.unwrap();
    let (first, second, _) = three(&bed);
    take(&bed, &first, b"h").await;
    bed.later(60);
    assert_eq!(take(&bed, &second, b"h").await, KeyState::Busy);
    bed.later(1);
    assert_eq!(take(&bed, &second, b"other").await, KeyState::Mismatch);
    assert_eq!(take(&bed, &second, b"h").await, KeyState::Ours);
    // The first one was only slow: what it would do is not done, and what it answers is not kept.
    let late = effect(&bed, &first).await;
    assert!(matches!(late, Err(Error::KeyLost)), "{late:?}");
    assert_eq!(made(&bed).await, 0);
    let mut read = bed.read().await;
    let mut keys = read.idempotency_keys();
    keys.answer(&first, &answer()).await.unwrap();
    keys.release(&first).await.unwrap();
    assert_eq!(take(&bed, &first, b"h").await, KeyState::Busy);
    effect(&bed, &second).await.unwrap();
    assert_eq!(made(&bed).await, 1);
}

#[tokio::test]
async fn a_key_whose_process_is_gone_is_taken_over_at_once() {
    let bed = Bed::new().await;
    let (first, second, third) = three(&bed);
    assert_eq!(
        take_as(&bed, &first, b"h", GONE, false).await,
        KeyState::Ours
    );
    let alive = Presence::begin(&bed.database).await.unwrap();
    assert_eq!(take(&bed, &second, b"h").await, KeyState::Ours);
    assert_eq!(take(&bed, &third, b"h").await, KeyState::Busy);
    // The process ends, and with it its connection.
    drop(alive);
    while take(&bed, &third, b"h").await != KeyState::Ours {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_done_stands_at_the_key_although_nobody_answered() {
    let bed = Bed::new().await;
    let alive = Presence::begin(&bed.database).await.unwrap();
    let (first, second, third) = three(&bed);
    take(&bed, &first, b"h").await;
    effect(&bed, &first).await.unwrap();
    // It is still being answered.
    assert_eq!(take(&bed, &second, b"h").await, KeyState::Busy);
    drop(alive);
    let done = Effect {
        action: Some("thing.made".to_owned()),
        kind: Some("thing".to_owned()),
        id: Some(first.attempt),
        ..Effect::default()
    };
    let mut state = KeyState::Busy;
    while state == KeyState::Busy {
        state = take(&bed, &second, b"h").await;
    }
    assert_eq!(state, KeyState::Committed(done));
    let late = effect(&bed, &second).await;
    assert!(matches!(late, Err(Error::KeyLost)), "{late:?}");
    assert_eq!(made(&bed).await, 1);
    // What changes nothing when it is done again is done again.
    let again = take_as(&bed, &third, b"h", GONE, true).await;
    assert_eq!(again, KeyState::Ours);
    effect(&bed, &third).await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_is_rolled_back_leaves_no_mark() {
    let bed = Bed::new().await;
    let (first, second, _) = three(&bed);
    take_as(&bed, &first, b"h", GONE, false).await;
    let scope = SystemScope::server("a test");
    first
        .scope(async {
            let mut tx = bed.database.system(&scope).await.unwrap();
            tx.activity(None)
                .record("thing.made", None, "Made", None)
                .await
                .unwrap();
            drop(tx);
            // What is only noted beside the request is no effect of it.
            let mut tx = bed.database.system(&scope).await.unwrap().aside();
            tx.activity(None)
                .record("thing.noted", None, "Noted", None)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        })
        .await;
    assert_eq!(take(&bed, &second, b"h").await, KeyState::Ours);
    assert_eq!(made(&bed).await, 0);
}

#[tokio::test]
async fn a_fault_after_the_effect_does_not_let_it_happen_again() {
    let bed = Bed::new().await;
    let _alive = Presence::begin(&bed.database).await.unwrap();
    let (first, second, _) = three(&bed);
    take(&bed, &first, b"h").await;
    effect(&bed, &first).await.unwrap();
    let mut read = bed.read().await;
    read.idempotency_keys().release(&first).await.unwrap();
    bed.later(1);
    let state = take(&bed, &second, b"h").await;
    assert!(matches!(state, KeyState::Committed(_)), "{state:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_takes_the_key() {
    let bed = Bed::new().await;
    let _alive = Presence::begin(&bed.database).await.unwrap();
    let owner = bed.clock.new_uuid();
    let many: Vec<_> = (0..32).map(|_| held(owner, bed.clock.new_uuid())).collect();
    let states = join_all(many.iter().map(|key| take(&bed, key, b"h"))).await;
    let ours = states.iter().filter(|state| **state == KeyState::Ours);
    assert_eq!(ours.count(), 1);
    let busy = states.iter().filter(|state| **state == KeyState::Busy);
    assert_eq!(busy.count(), 31);
}

#[tokio::test]
async fn old_keys_are_purged_a_few_at_a_time() {
    let bed = Bed::new().await;
    for _ in 0..3 {
        let key = held(bed.clock.new_uuid(), bed.clock.new_uuid());
        take(&bed, &key, b"h").await;
    }
    let before = bed.now() + TimeDelta::seconds(1);
    let mut read = bed.read().await;
    let mut keys = read.idempotency_keys();
    assert_eq!(keys.purge(bed.now(), 2).await.unwrap(), 0);
    assert_eq!(keys.purge(before, 2).await.unwrap(), 2);
    assert_eq!(keys.purge(before, 2).await.unwrap(), 1);
}
