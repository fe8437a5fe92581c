//! Workers hear of runs, find those they did not hear of, and do not care what time they think it is.

#[cfg(test)]
mod support;

use std::time::Duration;

use bheem_domain::{Clock, ManualClock, SystemClock};
use bheem_saga::{RunState, Store, Worker};
use chrono::TimeDelta;
use futures::StreamExt;
use support::sagas::{Fan, Line, Solo};
use support::{Bed, Working, config, pool};

/// Nobody waits that long for a poll.
const NEVER: Duration = Duration::from_hours(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_wakes_an_idle_worker() {
    let bed = Bed::new().await;
    let mut settings = config();
    settings.poll = NEVER;
    let worker = bed.worker_with(settings);
    // The first run may be found by the worker's first look, the second only by its notification.
    for subject in ["x", "y"] {
        let run = bed.enqueue::<Solo>(subject).await;
        bed.settled(run).await;
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_notification_costs_one_poll() {
    let bed = Bed::new().await;
    bed.sql("ALTER TABLE saga.run DISABLE TRIGGER run_poke")
        .await;
    let mut settings = config();
    settings.poll = Duration::from_millis(50);
    let worker = bed.worker_with(settings);
    for subject in ["x", "y"] {
        let run = bed.enqueue::<Solo>(subject).await;
        bed.settled(run).await;
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_listening_connection_is_replaced() {
    let bed = Bed::new().await;
    let mut settings = config();
    settings.poll = NEVER;
    let worker = bed.worker_with(settings);
    let run = bed.enqueue::<Solo>("x").await;
    bed.settled(run).await;
    bed.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'",
    )
    .await;
    let run = bed.enqueue::<Solo>("y").await;
    bed.settled(run).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_an_hour_off_changes_nothing() {
    let bed = Bed::new().await;
    for (hours, subject) in [(-1, "late"), (1, "early")] {
        let clock = ManualClock::at(SystemClock.now() + TimeDelta::hours(hours));
        let worker = Working::start(Worker::new(
            bed.store.clone(),
            bed.registry.clone(),
            config(),
            &clock,
        ));
        bed.peer.fault("b", "apply", support::peer::Fault::Fail);
        let run = bed.enqueue::<Line>(subject).await;
        let view = bed.settled(run).await;
        worker.stop().await;
        assert_eq!(view.state, RunState::Succeeded);
    }
    assert_eq!(bed.peer.repeats(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_workers_never_work_more_runs_of_a_tenant_than_its_cap() {
    let bed = Bed::new().await;
    let tenants: Vec<_> = (0..4).map(|_| SystemClock.new_uuid()).collect();
    let mut runs = Vec::new();
    for (at, tenant) in tenants.iter().enumerate() {
        for run in 0..if at == 0 { 40 } else { 4 } {
            let subject = format!("s{run}");
            let run = bed.try_enqueue::<Line>(*tenant, &subject, &subject).await;
            runs.push(run.unwrap().run_id);
        }
    }
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let mut settings = config();
            settings.poll = Duration::from_millis(20);
            bed.worker_with(settings)
        })
        .collect();
    for run in runs {
        assert_eq!(bed.settled(run).await.state, RunState::Succeeded);
    }
    for worker in workers {
        worker.stop().await;
    }
    let most = bed.peer.most_running();
    assert!(most.values().all(|most| *most <= 2), "{most:?}");
    // The tenant with ten times the runs was not served until it was done, and only then the others.
    let served = bed.peer.served();
    let last_quiet = served
        .iter()
        .rposition(|tenant| *tenant != tenants[0])
        .unwrap();
    let noisy_before = served[..last_quiet]
        .iter()
        .filter(|t| **t == tenants[0])
        .count();
    assert!(noisy_before < 40 * 3 - 1, "{noisy_before}");
    assert_eq!(bed.peer.repeats(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_asks_nothing_while_nothing_moves_and_hears_every_change() {
    let bed = Bed::new().await;
    let mut ears = tokio::task::JoinSet::new();
    let hearing = bed.store.clone();
    ears.spawn(async move { hearing.hear_moves().await });
    while !bed.store.is_hearing() {
        tokio::task::yield_now().await;
    }
    let run = bed.enqueue::<Fan>("x").await;
    let mut watchers: Vec<_> = (0..50).map(|_| Box::pin(bed.store.watch(run))).collect();
    for watcher in &mut watchers {
        let first = watcher.next().await.unwrap().unwrap();
        assert_eq!(first.state, RunState::Forward);
    }
    let mut watching = tokio::task::JoinSet::new();
    for mut watcher in watchers {
        watching.spawn(async move {
            let mut last = None;
            while let Some(view) = watcher.next().await {
                last = Some(view.unwrap().state);
            }
            last
        });
    }
    // Each looks once more, to find that nothing has moved, and then no more, however long it takes.
    while bed.store.looks() < 100 {
        tokio::task::yield_now().await;
    }
    bed.sql("SELECT pg_sleep(1)").await;
    assert_eq!(bed.store.looks(), 100);
    // Another process works it.
    let elsewhere = Store::new(pool(bed.db.url()));
    let worker = Working::start(Worker::new(
        elsewhere,
        bed.registry.clone(),
        config(),
        &SystemClock,
    ));
    while let Some(watcher) = watching.join_next().await {
        assert_eq!(watcher.unwrap(), Some(RunState::Succeeded));
    }
    worker.stop().await;
    ears.abort_all();
}
