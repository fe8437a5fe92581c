//! Going back: what was done is undone, what is not ours is left alone, what cannot be undone is a person's matter.

#[cfg(test)]
mod support;

use std::time::Duration;

use bheem_saga::{RunState, StepState};
use support::Bed;
use support::peer::Fault;
use support::sagas::{Diamond, Fan, Line};

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_at_any_step_up_to_the_pivot_leaves_nothing_behind() {
    let bed = Bed::new().await;
    let worker = bed.worker();
    for step in ["a", "b", "c", "d"] {
        bed.peer.fault(step, "apply", Fault::Reject);
        let run = bed.enqueue::<Diamond>(step).await;
        let view = bed.settled(run).await;
        assert_eq!(view.state, RunState::Undone, "{view:#?}");
        let error = view.error.unwrap();
        assert_eq!(
            (error.step.as_deref(), error.code.as_str()),
            (Some(step), "refused")
        );
        assert!(
            bed.peer.holds().is_empty(),
            "{step}: {:?}",
            bed.peer.holds()
        );
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_while_undoing_delay_it_only() {
    let bed = Bed::new().await;
    bed.peer.limit_attempts(Duration::from_millis(200));
    let worker = bed.worker();
    for step in ["a", "b", "c"] {
        for fault in [Fault::Fail, Fault::Hang] {
            bed.peer.fault("d", "apply", Fault::Reject);
            bed.peer.fault(step, "undo", fault.clone());
            let run = bed.enqueue::<Diamond>(&format!("{step} {fault:?}")).await;
            let view = bed.settled(run).await;
            assert_eq!(view.state, RunState::Undone, "{view:#?}");
            assert!(bed.peer.holds().is_empty());
        }
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_goes_against_the_arrows() {
    let bed = Bed::new().await;
    bed.peer.fault("d", "apply", Fault::Reject);
    let run = bed.enqueue::<Diamond>("x").await;
    let worker = bed.worker();
    bed.settled(run).await;
    worker.stop().await;
    let undone: Vec<_> = bed
        .peer
        .calls()
        .into_iter()
        .filter(|call| call.ends_with("undo"))
        .collect();
    assert_eq!(undone.len(), 3);
    assert_eq!(undone.last().unwrap(), "a.undo");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_happened_is_undone_too() {
    let bed = Bed::new().await;
    // c happened, its answer was lost; before it is tried again b is refused for good.
    bed.peer.fault("c", "apply", Fault::Lose);
    bed.peer.always("c", "probe", Fault::Fail);
    bed.peer.fault("b", "apply", Fault::Fail);
    bed.peer.always("b", "apply", Fault::Reject);
    let run = bed.enqueue::<Diamond>("x").await;
    let worker = bed.worker();
    let mut views = std::pin::pin!(bed.store.watch(run));
    while futures::StreamExt::next(&mut views)
        .await
        .unwrap()
        .unwrap()
        .state
        == RunState::Forward
    {}
    bed.peer.heal();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Undone);
    assert!(bed.peer.holds().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_object_is_a_conflict_and_stays() {
    let bed = Bed::new().await;
    bed.peer.fault("b", "apply", Fault::Fail);
    bed.peer.always("b", "probe", Fault::Foreign);
    let run = bed.enqueue::<Line>("x").await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Undone);
    assert_eq!(view.error.unwrap().code, "conflict");
    assert!(!bed.peer.calls().contains(&"b.undo".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_undo_is_stuck_after_the_others_are_undone() {
    let bed = Bed::new().await;
    bed.peer.fault("d", "apply", Fault::Reject);
    bed.peer.fault("b", "undo", Fault::Reject);
    let run = bed.enqueue::<Diamond>("x").await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    assert_eq!(view.state, RunState::Stuck);
    assert_eq!(view.step("b").unwrap().state, StepState::UndoFailed);
    // a carries b, so it stays until b is gone.
    assert_eq!(bed.peer.holds(), ["a", "b"]);

    bed.store.retry(run, "ann").await.unwrap();
    assert_eq!(bed.settled(run).await.state, RunState::Undone);
    assert!(bed.peer.holds().is_empty());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_pivot_the_other_branches_go_on_and_the_run_is_stuck() {
    let bed = Bed::new().await;
    bed.peer.fault("b", "apply", Fault::Reject);
    let run = bed.enqueue::<Fan>("x").await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Stuck);
    assert_eq!(bed.peer.holds(), ["a", "c"]);
    assert_eq!(view.step("d").unwrap().state, StepState::Pending);
}
