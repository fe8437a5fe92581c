//! Workers that die at any point, in memory: the next one finds out by probing and repeats nothing.

#[cfg(test)]
mod support;

use bheem_saga::{RunState, StepState};
use support::peer::Fault;
use support::sagas::{Diamond, Line, Solo};
use support::{Bed, config};

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_or_after_any_effect_repeats_none() {
    let bed = Bed::new().await;
    for fault in [Fault::Hang, Fault::ApplyThenHang] {
        for step in ["a", "b", "c", "d"] {
            let before = bed.peer.calls().len();
            bed.peer.fault(step, "apply", fault.clone());
            let run = bed
                .enqueue::<Diamond>(&format!("{fault:?} at {step}"))
                .await;
            let worker = bed.worker();
            while !bed.peer.calls()[before..].contains(&format!("{step}.apply")) {
                tokio::task::yield_now().await;
            }
            worker.kill().await;
            bed.expire_leases().await;
            let worker = bed.worker();
            let view = bed.settled(run).await;
            worker.stop().await;
            assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
        }
    }
    assert_eq!(bed.peer.repeats(), 0);
    assert_eq!(bed.peer.holds().len(), 2 * 4 * 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_successor_of_a_dead_worker_probes_first() {
    let bed = Bed::new().await;
    bed.peer.fault("a", "apply", Fault::ApplyThenHang);
    let run = bed.enqueue::<Solo>("x").await;
    bed.crash_when_reached("a", "apply").await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(bed.peer.calls(), ["a.apply", "a.probe"]);
    assert_eq!(view.step("a").unwrap().attempt, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_undoing_goes_on_undoing() {
    let bed = Bed::new().await;
    bed.peer.fault("b", "apply", Fault::Reject);
    bed.peer.fault("a", "undo", Fault::Hang);
    let run = bed.enqueue::<Line>("x").await;
    bed.crash_when_reached("a", "undo").await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Undone);
    assert!(bed.peer.holds().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_kills_its_workers_is_given_up_and_undone() {
    let bed = Bed::new().await;
    bed.peer.always("b", "apply", Fault::Hang);
    let run = bed.enqueue::<Line>("x").await;
    // Ten claims brought nothing; the eleventh does not try again.
    bed.sql("UPDATE saga.run SET fruitless_claims = 10").await;
    bed.sql("UPDATE saga.step SET state = 'started', attempt = 10 WHERE name = 'a'")
        .await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Undone);
    assert_eq!(view.error.unwrap().code, "fruitless");
    assert_eq!(bed.peer.calls(), ["a.probe"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_pivot_a_run_that_kills_its_workers_is_stuck() {
    let bed = Bed::new().await;
    let run = bed.enqueue::<Line>("x").await;
    bed.sql(
        "UPDATE saga.run SET fruitless_claims = 10;
         UPDATE saga.step SET state = 'done', attempt = 1 WHERE name IN ('a', 'b')",
    )
    .await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Stuck);
    assert_eq!(view.step("c").unwrap().state, StepState::Pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_lease_was_taken_stops_by_itself_and_writes_nothing() {
    let bed = Bed::new().await;
    bed.peer.fault("a", "apply", Fault::Hang);
    let run = bed.enqueue::<Solo>("x").await;
    let mut settings = config();
    settings.lease = std::time::Duration::from_millis(200);
    let first = bed.worker_with(settings);
    bed.peer.reached("a", "apply").await;
    // Somebody else has it now, by the tables; the next heartbeat says so.
    bed.sql(
        "UPDATE saga.run SET lease_epoch = lease_epoch + 1, lease_owner = NULL, lease_until = NULL",
    )
    .await;
    let view = bed.settled(run).await;
    first.stop().await;
    assert_eq!(view.state, RunState::Succeeded);
    assert_eq!(bed.peer.repeats(), 0);
    let (_, events) = bed.store.show(run).await.unwrap();
    let epochs: Vec<_> = events.iter().map(|event| event.lease_epoch).collect();
    assert!(epochs.is_sorted(), "{epochs:?}");
    assert_eq!(
        events.iter().filter(|event| event.what == "done").count(),
        1
    );
}
