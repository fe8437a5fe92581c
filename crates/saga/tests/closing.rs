//! What is taken is taken at once, whatever is being given and however slowly.
#![cfg(test)]

mod support;

use std::time::Duration;

use bheem_domain::{Clock, SystemClock};
use bheem_saga::{
    Error, NewRun, RunState, StepState, count_children, is_settling, supersede, supersede_all,
};
use futures::StreamExt;
use support::peer::Fault;
use support::sagas::{Closing, Fan, Line, Params, Solo};
use support::{Bed, config};
use uuid::Uuid;

const HORIZON: Duration = Duration::from_hours(1);

impl Bed {
    fn closing(&self, subject: &str, dedupe: &str) -> NewRun {
        let params = Params {
            label: subject.to_owned(),
        };
        self.registry
            .new_run::<Closing>(self.tenant, subject, dedupe, &params)
            .unwrap()
    }

    async fn supersede(&self, run: &NewRun) -> Uuid {
        let mut conn = self.db.connect().await.unwrap();
        let enqueued = supersede(&mut conn, &SystemClock, run, "the wish has changed").await;
        enqueued.unwrap().run_id
    }

    async fn is_settling(&self, subject: &str, horizon: Duration) -> bool {
        let mut conn = self.db.connect().await.unwrap();
        is_settling(&mut conn, self.tenant, subject, horizon)
            .await
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_hang_in_every_slot_do_not_keep_a_closing_run_waiting() {
    let bed = Bed::new().await;
    bed.peer.always("a", "apply", Fault::Hang);
    let mut settings = config();
    (
        settings.slots,
        settings.default_max_leased,
        settings.peer_limit,
    ) = (2, 2, 1);
    let worker = bed.worker_with(settings);
    for subject in ["x", "y", "z"] {
        bed.enqueue::<Solo>(subject).await;
    }
    bed.peer.reached("a", "apply").await;
    // The same tenant, the same worker; its steps go to another peer.
    let run = bed.enqueue::<Closing>("closed").await;
    assert_eq!(bed.settled(run).await.state, RunState::Succeeded);
    worker.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_run_calls_a_peer_whose_share_of_calls_is_used_up_by_others() {
    let bed = Bed::new().await;
    bed.peer.fault("c", "apply", Fault::Hang);
    let mut settings = config();
    settings.peer_limit = 1;
    let worker = bed.worker_with(settings);
    bed.enqueue::<Fan>("x").await;
    bed.peer.reached("c", "apply").await;
    let run = bed.enqueue::<Closing>("closed").await;
    assert_eq!(bed.settled(run).await.state, RunState::Succeeded);
    worker.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_runs_have_a_cap_of_their_own() {
    let bed = Bed::new().await;
    bed.peer.always("c", "apply", Fault::Hang);
    let mut settings = config();
    settings.default_max_closing = 2;
    let worker = bed.worker_with(settings);
    for subject in ["x", "y", "z"] {
        bed.enqueue::<Closing>(subject).await;
    }
    // What gives goes on meanwhile: enough of it for the worker to have found the third closing run.
    for subject in ["1", "2", "3"] {
        let run = bed.enqueue::<Solo>(subject).await;
        assert_eq!(bed.settled(run).await.state, RunState::Succeeded);
    }
    bed.peer.reached("c", "apply").await;
    assert!(bed.peer.most_of("c") <= 2);
    worker.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_circuit_holds_that_peer_s_step_only_and_is_asked_again_soon() {
    let bed = Bed::new().await;
    bed.sql(
        "INSERT INTO saga.peer_health (peer, failures, open_until, reason)
         VALUES ('peer-c', 9, clock_timestamp() + interval '1 hour', 'down')",
    )
    .await;
    let run = bed.enqueue::<Closing>("x").await;
    let mut settings = config();
    settings.closing_pause = Duration::from_hours(1);
    let worker = bed.worker_with(settings);
    let mut views = std::pin::pin!(bed.store.watch(run));
    loop {
        let view = views.next().await.unwrap().unwrap();
        if view.step("d").unwrap().state == StepState::Done && !view.is_leased {
            assert_eq!(view.step("c").unwrap().state, StepState::Pending);
            break;
        }
    }
    worker.stop().await;
    // Nobody has heard of the peer for longer than the pause, and its circuit is still open.
    bed.sql("UPDATE saga.run SET wake_at = now(); UPDATE saga.step SET next_at = now()")
        .await;
    let mut settings = config();
    settings.closing_pause = Duration::from_millis(1);
    let worker = bed.worker_with(settings);
    assert_eq!(bed.settled(run).await.state, RunState::Succeeded);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_superseded_before_its_pivot_while_its_peer_hangs() {
    let bed = Bed::new().await;
    bed.peer.always("a", "apply", Fault::Hang);
    let worker = bed.worker();
    let given = bed.enqueue::<Line>("x").await;
    bed.peer.reached("a", "apply").await;
    let run = bed.closing("x", "close");
    let mut conn = bed.db.connect().await.unwrap();
    let refused = bheem_saga::enqueue(&mut conn, &SystemClock, &run).await;
    assert!(matches!(refused, Err(Error::ActiveRun { run_id }) if run_id == given));
    let taken = bed.supersede(&run).await;
    assert_eq!(bed.settled(taken).await.state, RunState::Succeeded);
    let (view, events) = bed.store.show(given).await.unwrap();
    assert_eq!(view.state, RunState::Undone);
    assert_eq!(view.error.unwrap().code, "superseded");
    assert!(events.iter().any(|event| event.what == "superseded"));
    // The request of the first may still arrive, for a while.
    assert!(bed.is_settling("x", HORIZON).await);
    assert!(!bed.is_settling("x", Duration::ZERO).await);
    assert!(!bed.is_settling("y", HORIZON).await);
    worker.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_of_a_superseded_run_writes_nothing_more() {
    let bed = Bed::new().await;
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(2));
    bed.peer
        .fault("a", "apply", Fault::Meet(std::sync::Arc::clone(&barrier)));
    let worker = bed.worker();
    let given = bed.enqueue::<Line>("x").await;
    bed.peer.reached("a", "apply").await;
    let taken = bed.supersede(&bed.closing("x", "close")).await;
    // The first run's step ends only now.
    barrier.wait().await;
    assert_eq!(bed.settled(taken).await.state, RunState::Succeeded);
    worker.stop().await;
    let (view, _) = bed.store.show(given).await.unwrap();
    assert_eq!(view.state, RunState::Undone);
    assert_eq!(view.step("a").unwrap().state, StepState::Started);
    assert_eq!(view.step("b").unwrap().attempt, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn superseding_twice_under_one_key_gives_the_same_run() {
    let bed = Bed::new().await;
    let run = bed.closing("x", "close");
    let first = bed.supersede(&run).await;
    assert_eq!(bed.supersede(&run).await, first);
    let (view, _) = bed.store.show(first).await.unwrap();
    assert_eq!(view.state, RunState::Forward);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tenant_is_being_given_ends_as_a_whole_and_what_is_taken_goes_on() {
    let bed = Bed::new().await;
    let given = [
        bed.enqueue::<Solo>("x").await,
        bed.enqueue::<Solo>("y").await,
    ];
    let taken = bed.enqueue::<Closing>("z").await;
    let elsewhere = SystemClock.new_uuid();
    let other = bed.try_enqueue::<Solo>(elsewhere, "x", "x").await.unwrap();
    let mut conn = bed.db.connect().await.unwrap();
    let ended = supersede_all(&mut conn, bed.tenant, Some(given[1]), "closed").await;
    assert_eq!(ended.unwrap(), 1);
    let state = async |run| bed.store.show(run).await.unwrap().0.state;
    assert_eq!(state(given[0]).await, RunState::Undone);
    for run in [given[1], taken, other.run_id] {
        assert_eq!(state(run).await, RunState::Forward);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runs_that_one_run_has_enqueued_are_counted() {
    let bed = Bed::new().await;
    let parent = bed.enqueue::<Solo>("parent").await;
    let mut conn = bed.db.connect().await.unwrap();
    bed.peer.fault("c", "apply", Fault::Reject);
    bed.peer.fault("d", "undo", Fault::Reject);
    for subject in ["x", "y"] {
        let child = bed.closing(subject, subject).child_of(parent);
        bheem_saga::enqueue(&mut conn, &SystemClock, &child)
            .await
            .unwrap();
    }
    let count = async || {
        let mut conn = bed.db.connect().await.unwrap();
        let found = count_children(&mut conn, bed.tenant, parent).await.unwrap();
        (found.total, found.active, found.stuck, found.ended())
    };
    assert_eq!(count().await, (2, 2, 0, 0));
    let worker = bed.worker();
    while count().await.1 > 0 {
        tokio::task::yield_now().await;
    }
    worker.stop().await;
    assert_eq!(count().await, (2, 0, 1, 1));
}
