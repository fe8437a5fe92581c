//! Keys that make a repeated request answer as the first did.

use bheem_domain::Clock;
use bheem_persistence::repo::{KeptAnswer, KeyState};
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::support::Bed;

async fn take(bed: &Bed, owner: Uuid, hash: &[u8], attempt: Uuid) -> KeyState {
    let until = bed.now() + TimeDelta::seconds(60);
    let mut read = bed.read().await;
    let mut keys = read.idempotency_keys();
    let taken = keys.take(owner, "key", hash, attempt, bed.now(), until);
    taken.await.unwrap()
}

fn answer() -> KeptAnswer {
    KeptAnswer {
        status: 201,
        headers: json!({"location": "/x"}),
        body: b"{}".to_vec(),
    }
}

#[tokio::test]
async fn a_taken_key_is_busy_then_answered() {
    let bed = Bed::new().await;
    let (owner, first, second) = (
        bed.clock.new_uuid(),
        bed.clock.new_uuid(),
        bed.clock.new_uuid(),
    );
    assert_eq!(take(&bed, owner, b"h", first).await, KeyState::Ours);
    assert_eq!(take(&bed, owner, b"h", second).await, KeyState::Busy);
    assert_eq!(
        take(&bed, owner, b"other", second).await,
        KeyState::Mismatch
    );
    // The same key of somebody else is another key.
    let stranger = bed.clock.new_uuid();
    assert_eq!(take(&bed, stranger, b"h", second).await, KeyState::Ours);
    let mut read = bed.read().await;
    let mut keys = read.idempotency_keys();
    // Only who holds the key answers it.
    let foreign = KeptAnswer {
        status: 500,
        ..answer()
    };
    keys.answer(owner, "key", second, &foreign).await.unwrap();
    assert_eq!(take(&bed, owner, b"h", second).await, KeyState::Busy);
    keys.answer(owner, "key", first, &answer()).await.unwrap();
    let answered = KeyState::Answered(answer());
    assert_eq!(take(&bed, owner, b"h", second).await, answered);
    assert_eq!(
        take(&bed, owner, b"other", second).await,
        KeyState::Mismatch
    );
    // An answer does not lapse with the attempt's time, nor is it let go.
    bed.later(3600);
    keys.release(owner, "key", first).await.unwrap();
    assert_eq!(take(&bed, owner, b"h", second).await, answered);
}

#[tokio::test]
async fn a_released_key_may_be_taken_again_by_its_holder_alone() {
    let bed = Bed::new().await;
    let (owner, first, second) = (
        bed.clock.new_uuid(),
        bed.clock.new_uuid(),
        bed.clock.new_uuid(),
    );
    take(&bed, owner, b"h", first).await;
    let mut read = bed.read().await;
    let mut keys = read.idempotency_keys();
    keys.release(owner, "key", second).await.unwrap();
    assert_eq!(take(&bed, owner, b"h", second).await, KeyState::Busy);
    keys.release(owner, "key", first).await.unwrap();
    assert_eq!(take(&bed, owner, b"h", second).await, KeyState::Ours);
}

#[tokio::test]
async fn a_dead_attempt_is_taken_over_by_the_same_request_only() {
    let bed = Bed::new().await;
    let (owner, first, second) = (
        bed.clock.new_uuid(),
        bed.clock.new_uuid(),
        bed.clock.new_uuid(),
    );
    take(&bed, owner, b"h", first).await;
    bed.later(60);
    assert_eq!(take(&bed, owner, b"h", second).await, KeyState::Busy);
    bed.later(1);
    assert_eq!(
        take(&bed, owner, b"other", second).await,
        KeyState::Mismatch
    );
    assert_eq!(take(&bed, owner, b"h", second).await, KeyState::Ours);
    // The first one was only slow: what it answers now is not kept.
    let mut read = bed.read().await;
    let mut keys = read.idempotency_keys();
    keys.answer(owner, "key", first, &answer()).await.unwrap();
    keys.release(owner, "key", first).await.unwrap();
    assert_eq!(take(&bed, owner, b"h", first).await, KeyState::Busy);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_takes_the_key() {
    let bed = Bed::new().await;
    let owner = bed.clock.new_uuid();
    let states = join_all((0..32).map(|_| take(&bed, owner, b"h", bed.clock.new_uuid()))).await;
    let ours = states.iter().filter(|state| **state == KeyState::Ours);
    assert_eq!(ours.count(), 1);
    let busy = states.iter().filter(|state| **state == KeyState::Busy);
    assert_eq!(busy.count(), 31);
}

#[tokio::test]
async fn old_keys_are_purged_a_few_at_a_time() {
    let bed = Bed::new().await;
    for _ in 0..3 {
        take(&bed, bed.clock.new_uuid(), b"h", bed.clock.new_uuid()).await;
    }
    let before = bed.now() + TimeDelta::seconds(1);
    let mut read = bed.read().await;
    let mut keys = read.idempotency_keys();
    assert_eq!(keys.purge(bed.now(), 2).await.unwrap(), 0);
    assert_eq!(keys.purge(before, 2).await.unwrap(), 2);
    assert_eq!(keys.purge(before, 2).await.unwrap(), 1);
}
