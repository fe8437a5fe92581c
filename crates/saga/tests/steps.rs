//! Going forward: order, parallelism, retries, and faults that must not matter.

#[cfg(test)]
mod support;

use std::sync::Arc;
use std::time::Duration;

use bheem_domain::SystemClock;
use bheem_saga::{RunState, StepState, enqueue};
use serde_json::json;
use support::peer::Fault;
use support::sagas::{Diamond, Fan, Line, Params, Solo};
use support::{Bed, PATIENCE, config};
use tokio::sync::Barrier;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_faults_applies_each_step_once_and_in_order() {
    let bed = Bed::new().await;
    let run = bed.enqueue::<Line>("x").await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Succeeded);
    assert_eq!(bed.peer.calls(), ["a.apply", "b.apply", "c.apply"]);
    assert!(view.finished_at.is_some() && !view.is_leased);
    assert!(
        view.steps
            .iter()
            .all(|step| step.output.is_some() && step.attempt == 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_do_not_depend_on_each_other_are_in_flight_together() {
    let bed = Bed::new().await;
    let barrier = Arc::new(Barrier::new(2));
    // Each of the two waits for the other within its own attempt: one after the other would never finish.
    bed.peer
        .fault("b", "apply", Fault::Meet(Arc::clone(&barrier)));
    bed.peer.fault("c", "apply", Fault::Meet(barrier));
    let run = bed.enqueue::<Diamond>("x").await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Succeeded);
    assert!(view.steps.iter().all(|step| step.attempt == 1), "{view:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dependent_starts_while_a_sibling_still_hangs() {
    let bed = Bed::new().await;
    let barrier = Arc::new(Barrier::new(2));
    // c waits for d, which comes only after b: possible only if d does not wait for c.
    bed.peer
        .fault("c", "apply", Fault::Meet(Arc::clone(&barrier)));
    bed.peer.fault("d", "apply", Fault::Meet(barrier));
    let run = bed.enqueue::<Fan>("x").await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Succeeded);
    assert!(view.steps.iter().all(|step| step.attempt == 1), "{view:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_at_every_step_ends_in_success_without_a_repeated_effect() {
    let bed = Bed::new().await;
    bed.peer.limit_attempts(Duration::from_millis(200));
    let worker = bed.worker();
    for fault in [
        Fault::Fail,
        Fault::Down,
        Fault::Hang,
        Fault::Lose,
        Fault::ApplyThenHang,
        Fault::Panic,
    ] {
        for step in ["a", "b", "c", "d"] {
            bed.peer.fault(step, "apply", fault.clone());
            bed.peer.fault(step, "apply", fault.clone());
            bed.peer.fault(step, "probe", Fault::Fail);
            let run = bed
                .enqueue::<Diamond>(&format!("{fault:?} at {step}"))
                .await;
            let view = bed.settled(run).await;
            assert_eq!(
                view.state,
                RunState::Succeeded,
                "{fault:?} at {step}: {view:#?}"
            );
        }
    }
    worker.stop().await;
    assert_eq!(bed.peer.repeats(), 0);
    assert_eq!(bed.peer.holds().len(), 6 * 4 * 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_found_by_the_probe() {
    let bed = Bed::new().await;
    bed.peer.fault("a", "apply", Fault::Lose);
    let run = bed.enqueue::<Solo>("x").await;
    let worker = bed.worker();
    bed.settled(run).await;
    worker.stop().await;
    assert_eq!(bed.peer.calls(), ["a.apply", "a.probe"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_step_is_not_called_and_satisfies_its_dependents() {
    let bed = Bed::new().await;
    let params = Params { label: "x".into() };
    let run = bed
        .registry
        .new_run::<Diamond>(bed.tenant, "x", "x", &params)
        .unwrap()
        .skip("b", json!({"code": "not_wanted"}))
        .unwrap();
    let mut conn = bed.db.connect().await.unwrap();
    let run = enqueue(&mut conn, &SystemClock, &run).await.unwrap().run_id;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Succeeded);
    let skipped = view.step("b").unwrap();
    assert_eq!(skipped.state, StepState::Skipped);
    assert_eq!(skipped.skip_reason, Some(json!({"code": "not_wanted"})));
    assert_eq!(bed.peer.calls(), ["a.apply", "c.apply", "d.apply"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_must_wait_long_gives_its_lease_up_while_others_go_on() {
    let bed = Bed::new().await;
    bed.peer.fault("b", "apply", Fault::After(PATIENCE * 60));
    let run = bed.enqueue::<Fan>("x").await;
    let worker = bed.worker();
    bed.peer.reached("c", "apply").await;
    let mut views = std::pin::pin!(bed.store.watch(run));
    let waiting = loop {
        let view = futures::StreamExt::next(&mut views).await.unwrap().unwrap();
        if !view.is_leased && view.step("c").unwrap().state == StepState::Done {
            break view;
        }
    };
    worker.stop().await;
    let step = waiting.step("b").unwrap();
    assert_eq!(waiting.state, RunState::Forward);
    assert_eq!(step.error.as_ref().unwrap().code, "retry");
    assert!(waiting.wake_at > waiting.created_at + PATIENCE * 59);
    assert!(step.next_at > waiting.created_at + PATIENCE * 59);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_out_of_time_fails() {
    let bed = Bed::new().await;
    bed.peer
        .fault("b", "apply", Fault::After(PATIENCE * 60 * 24 * 4));
    let run = bed.enqueue::<Fan>("x").await;
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Stuck);
    assert_eq!(
        view.step("b").unwrap().error.as_ref().unwrap().code,
        "deadline"
    );
    assert_eq!(view.error.unwrap().step.as_deref(), Some("b"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orderly_stop_gives_the_lease_back_at_once() {
    let bed = Bed::new().await;
    bed.peer.fault("a", "apply", Fault::ApplyThenHang);
    let run = bed.enqueue::<Solo>("x").await;
    let mut settings = config();
    settings.stop_grace = Duration::ZERO;
    let worker = bed.worker_with(settings);
    bed.peer.reached("a", "apply").await;
    worker.stop().await;
    let (view, _) = bed.store.show(run).await.unwrap();
    assert!(!view.is_leased);
    let second = bed.worker();
    assert_eq!(bed.settled(run).await.state, RunState::Succeeded);
    second.stop().await;
    assert_eq!(bed.peer.repeats(), 0);
}
