//! The verbs of an operator, each on a run that needs it.

#[cfg(test)]
mod support;

use bheem_saga::{Error, Filter, RunState, StepState};
use support::peer::Fault;
use support::sagas::{Fan, Line, Solo};
use support::{Bed, PATIENCE};
use uuid::Uuid;

/// A run whose b was refused after the pivot.
#[cfg(test)]
async fn stuck_fan(bed: &Bed) -> Uuid {
    bed.peer.always("b", "apply", Fault::Reject);
    let run = bed.enqueue::<Fan>("x").await;
    let worker = bed.worker();
    assert_eq!(bed.settled(run).await.state, RunState::Stuck);
    worker.stop().await;
    run
}

#[cfg(test)]
async fn work_to_the_end(bed: &Bed, run: Uuid) -> bheem_saga::RunView {
    let worker = bed.worker();
    let view = bed.settled(run).await;
    worker.stop().await;
    view
}

#[cfg(test)]
async fn audited(bed: &Bed, run: Uuid, what: &str) {
    let (_, events) = bed.store.show(run).await.unwrap();
    let event = events.iter().find(|event| event.what == what).unwrap();
    assert_eq!(event.actor.as_deref(), Some("ann"));
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_completes_a_stuck_run_once_the_peer_is_well() {
    let bed = Bed::new().await;
    let run = stuck_fan(&bed).await;
    bed.peer.heal();
    bed.store.retry(run, "ann").await.unwrap();
    let view = work_to_the_end(&bed, run).await;
    assert_eq!(view.state, RunState::Succeeded);
    assert_eq!(view.error, None);
    assert_eq!(bed.peer.holds(), ["a", "b", "c", "d"]);
    assert_eq!(bed.peer.repeats(), 0);
    audited(&bed, run, "operator_retry").await;
    assert!(matches!(
        bed.store.retry(run, "ann").await,
        Err(Error::Refused { .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn skip_leaves_the_failed_step_out_and_goes_on() {
    let bed = Bed::new().await;
    let run = stuck_fan(&bed).await;
    let without_reason = bed.store.skip(run, "b", " ", "ann").await;
    assert!(matches!(without_reason, Err(Error::ReasonRequired)));
    let done = bed.store.skip(run, "a", "why", "ann").await;
    assert!(matches!(done, Err(Error::UnknownStep { .. })));
    bed.store
        .skip(run, "b", "not sold any more", "ann")
        .await
        .unwrap();
    let view = work_to_the_end(&bed, run).await;
    assert_eq!(view.state, RunState::Succeeded);
    assert_eq!(view.step("b").unwrap().state, StepState::Skipped);
    assert_eq!(bed.peer.holds(), ["a", "c", "d"]);
    audited(&bed, run, "operator_skip").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unwind_undoes_even_after_the_pivot() {
    let bed = Bed::new().await;
    let run = stuck_fan(&bed).await;
    bed.store.unwind(run, "ann").await.unwrap();
    let view = work_to_the_end(&bed, run).await;
    assert_eq!(view.state, RunState::Undone);
    assert!(bed.peer.holds().is_empty());
    audited(&bed, run, "operator_unwind").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn abandon_needs_a_reason_and_frees_the_subject() {
    let bed = Bed::new().await;
    let run = stuck_fan(&bed).await;
    assert!(matches!(
        bed.store.abandon(run, "", "ann").await,
        Err(Error::ReasonRequired)
    ));
    assert!(matches!(
        bed.try_enqueue::<Fan>(bed.tenant, "x", "other").await,
        Err(Error::ActiveRun { .. })
    ));
    bed.store
        .abandon(run, "customer left", "ann")
        .await
        .unwrap();
    let (view, _) = bed.store.show(run).await.unwrap();
    assert_eq!(view.state, RunState::Undone);
    assert_eq!(view.error.unwrap().code, "abandoned");
    assert_eq!(bed.peer.holds(), ["a", "c"]);
    bed.try_enqueue::<Fan>(bed.tenant, "x", "other")
        .await
        .unwrap();
    audited(&bed, run, "operator_abandon").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_before_the_pivot_undoes() {
    let bed = Bed::new().await;
    bed.peer.fault("b", "apply", Fault::After(PATIENCE * 60));
    let run = bed.enqueue::<Line>("x").await;
    let worker = bed.worker();
    bed.peer.reached("b", "apply").await;
    bed.store.cancel(run, "ann").await.unwrap();
    let view = bed.settled(run).await;
    worker.stop().await;
    assert_eq!(view.state, RunState::Undone);
    assert_eq!(view.error.unwrap().code, "cancelled");
    assert!(bed.peer.holds().is_empty());
    audited(&bed, run, "operator_cancel").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_after_the_pivot_is_refused() {
    let bed = Bed::new().await;
    bed.peer.fault("c", "apply", Fault::After(PATIENCE * 60));
    let run = bed.enqueue::<Line>("x").await;
    let worker = bed.worker();
    bed.peer.reached("c", "apply").await;
    let refused = bed.store.cancel(run, "ann").await;
    assert!(matches!(refused, Err(Error::Refused { .. })));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_in_a_workers_hands_is_busy() {
    let bed = Bed::new().await;
    bed.peer.fault("a", "apply", Fault::Hang);
    let run = bed.enqueue::<Solo>("x").await;
    let worker = bed.worker();
    bed.peer.reached("a", "apply").await;
    worker.kill().await;
    for refused in [
        bed.store.retry(run, "ann").await,
        bed.store.unwind(run, "ann").await,
        bed.store.skip(run, "a", "why", "ann").await,
        bed.store.abandon(run, "why", "ann").await,
    ] {
        assert!(matches!(refused, Err(Error::Busy { .. })));
    }
    bed.expire_leases().await;
    bed.store.abandon(run, "why", "ann").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn list_filters_and_pages() {
    let bed = Bed::new().await;
    let mut runs = Vec::new();
    for at in 0..5 {
        runs.push(bed.enqueue::<Solo>(&format!("s{at}")).await);
    }
    bed.enqueue::<Line>("line").await;
    let mut filter = Filter {
        tenant_id: Some(bed.tenant),
        kind: Some("solo".into()),
        state: Some(RunState::Forward),
        ..Filter::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = bed.store.list(&filter, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.after = Some(last.run_id);
        seen.extend(page.iter().map(|view| view.run_id));
    }
    seen.reverse();
    assert_eq!(seen, runs);
    filter.after = None;
    filter.state = Some(RunState::Stuck);
    assert_eq!(bed.store.list(&filter, 100).await.unwrap(), []);
    assert!(matches!(
        bed.store.show(bed.tenant).await,
        Err(Error::UnknownRun { .. })
    ));
}
