//! A peer that is down holds its steps up, and nothing else.

#[cfg(test)]
mod support;

use bheem_saga::{RunState, StepState};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use support::Bed;
use support::peer::Fault;
use support::sagas::{Fan, Solo};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[cfg(test)]
async fn unwell_peers(bed: &Bed) -> i64 {
    let mut conn = bed.db.connect().await.unwrap();
    diesel::sql_query("SELECT count(*) FROM saga.peer_health")
        .get_result::<Count>(&mut conn)
        .await
        .unwrap()
        .count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_comes_back_closes_its_circuit_and_the_run_goes_on() {
    let bed = Bed::new().await;
    for _ in 0..5 {
        bed.peer.fault("b", "apply", Fault::Down);
    }
    let run = bed.enqueue::<Fan>("x").await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Succeeded);
    assert_eq!(view.step("b").unwrap().attempt, 6);
    assert_eq!(unwell_peers(&bed).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_circuit_keeps_every_worker_from_that_peer_only() {
    let bed = Bed::new().await;
    bed.sql(
        "INSERT INTO saga.peer_health (peer, failures, open_until, reason)
         VALUES ('peer-b', 1, clock_timestamp() + interval '1 hour', 'down')",
    )
    .await;
    let run = bed.enqueue::<Fan>("x").await;
    let worker = bed.worker();
    let mut views = std::pin::pin!(bed.store.watch(run));
    let view = loop {
        let view = views.next().await.unwrap().unwrap();
        if !view.is_leased && view.step("c").unwrap().state == StepState::Done {
            break view;
        }
    };
    worker.stop().await;
    let held = view.step("b").unwrap();
    assert_eq!((held.state, held.attempt), (StepState::Pending, 0));
    assert_eq!(held.error.as_ref().unwrap().code, "peer_down");
    assert!(view.wake_at > view.created_at + chrono::TimeDelta::minutes(59));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_a_peer_is_down_does_not_use_up_the_deadline() {
    let bed = Bed::new().await;
    // Far longer than the step's deadline of three days.
    bed.peer.fault("a", "apply", Fault::Down);
    let run = bed.enqueue::<Solo>("x").await;
    bed.crash_when_reached("a", "apply").await;
    bed.sql(
        "UPDATE saga.step SET state = 'started', attempt = 1, deadline_at = clock_timestamp() + interval '1 hour';
         INSERT INTO saga.peer_health (peer, failures, open_until, reason)
         VALUES ('peer-a', 1, clock_timestamp() + interval '9 days', 'down')
         ON CONFLICT (peer) DO UPDATE SET open_until = excluded.open_until;
         UPDATE saga.run SET wake_at = clock_timestamp()",
    )
    .await;
    let worker = bed.worker();
    let mut views = std::pin::pin!(bed.store.watch(run));
    let view = loop {
        let view = views.next().await.unwrap().unwrap();
        if view.wake_at > view.created_at + chrono::TimeDelta::days(8) {
            break view;
        }
    };
    worker.stop().await;
    assert_eq!(view.state, RunState::Forward);

    // Nine days later.
    bed.sql(
        "DELETE FROM saga.peer_health;
         UPDATE saga.run SET wake_at = clock_timestamp();
         UPDATE saga.step SET next_at = clock_timestamp(), deadline_at = deadline_at - interval '9 days'",
    )
    .await;
    bed.peer.fault("a", "apply", Fault::Fail);
    let worker = bed.worker();
    assert_eq!(bed.settled(run).await.state, RunState::Succeeded);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_asks_whether_a_peer_is_back() {
    let bed = Bed::new().await;
    bed.sql(
        "INSERT INTO saga.peer_health (peer, failures, open_until, probe_until, reason)
         VALUES ('peer-a', 1, clock_timestamp(), clock_timestamp() + interval '1 hour', 'down')",
    )
    .await;
    // Somebody else is asking: this worker holds the step back.
    let run = bed.enqueue::<Solo>("x").await;
    let worker = bed.worker();
    let mut views = std::pin::pin!(bed.store.watch(run));
    while views.next().await.unwrap().unwrap().steps[0]
        .error
        .is_none()
    {}
    assert_eq!(bed.peer.calls(), Vec::<String>::new());
    // That somebody died; its time is over.
    bed.sql("UPDATE saga.peer_health SET probe_until = clock_timestamp()")
        .await;
    assert_eq!(bed.settled(run).await.state, RunState::Succeeded);
    worker.stop().await;
    assert_eq!(unwell_peers(&bed).await, 0);
}
