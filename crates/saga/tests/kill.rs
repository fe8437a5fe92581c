//! Real processes, killed and stopped by real signals.
#![cfg(unix)]

#[cfg(test)]
mod support;

use std::time::Duration;

use bheem_domain::{Clock, SystemClock};
use bheem_saga::{RunState, Store, enqueue};
use bheem_testkit::TestDatabase;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use nix::sys::signal::Signal;
use support::process::{Count, Killed, Process, TABLES, serve, worker};
use support::sagas::Params;
use support::{PATIENCE, Working};
use uuid::Uuid;

const ROUNDS: usize = 100;
const TENANTS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child process of the other tests in this file"]
async fn worker_process() {
    serve().await;
}

struct Bed {
    db: TestDatabase,
    store: Store,
    tenants: Vec<Uuid>,
}

#[cfg(test)]
impl Bed {
    async fn new() -> Self {
        let db = TestDatabase::create().await.unwrap();
        db.connect()
            .await
            .unwrap()
            .batch_execute(TABLES)
            .await
            .unwrap();
        Self {
            store: Store::new(support::pool(db.url())),
            tenants: (0..TENANTS).map(|_| SystemClock.new_uuid()).collect(),
            db,
        }
    }

    async fn enqueue(&self, at: usize, label: &str) -> Uuid {
        let (_, _, registry) = worker(self.db.url(), PATIENCE);
        let params = Params {
            label: label.into(),
        };
        let run = registry
            .new_run::<Killed>(self.tenants[at % TENANTS], label, label, &params)
            .unwrap();
        let mut conn = self.db.connect().await.unwrap();
        enqueue(&mut conn, &SystemClock, &run).await.unwrap().run_id
    }

    async fn count(&self, sql: &str) -> i64 {
        let mut conn = self.db.connect().await.unwrap();
        diesel::sql_query(sql)
            .get_result::<Count>(&mut conn)
            .await
            .unwrap()
            .count
    }

    /// What must hold whatever was killed when.
    async fn check(&self, runs: usize) {
        let runs: i64 = runs.try_into().unwrap();
        for (what, sql, expected) in [
            (
                "runs succeeded",
                "SELECT count(*) FROM saga.run WHERE state = 'succeeded'",
                runs,
            ),
            ("runs", "SELECT count(*) FROM saga.run", runs),
            (
                "leases",
                "SELECT count(*) FROM saga.run WHERE lease_owner IS NOT NULL",
                0,
            ),
            ("effects", "SELECT count(*) FROM public.effect", runs * 4),
            (
                "distinct effects",
                "SELECT count(DISTINCT effect_key) AS count FROM public.effect",
                runs * 4,
            ),
            (
                "effects of steps",
                "SELECT count(*) FROM saga.step JOIN public.effect USING (effect_key)",
                runs * 4,
            ),
            (
                "steps done twice",
                "SELECT count(*) FROM (SELECT FROM saga.event WHERE what = 'done'
                 GROUP BY tenant_id, run_id, step HAVING count(*) > 1) twice",
                0,
            ),
            (
                "events of an epoch after those of a later one",
                "SELECT count(*) FROM saga.event e JOIN saga.event later USING (tenant_id, run_id)
                 WHERE later.seq > e.seq AND later.lease_epoch < e.lease_epoch",
                0,
            ),
        ] {
            assert_eq!(self.count(sql).await, expected, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_a_hundred_times_every_run_succeeds_and_every_effect_happens_once() {
    let bed = Bed::new().await;
    let lease = Duration::from_millis(500);
    let mut runs = Vec::new();
    for round in 0..ROUNDS {
        for part in 0..2 {
            runs.push(bed.enqueue(round + part, &format!("{round}-{part}")).await);
        }
        let workers = [
            Process::start(bed.db.url(), lease),
            Process::start(bed.db.url(), lease),
        ];
        // The moment of the kill is the random input of this test.
        tokio::time::sleep(Duration::from_millis(rand::random_range(20..120))).await;
        drop(workers);
    }
    let attempts = bed
        .count("SELECT coalesce(sum(attempt), 0) AS count FROM saga.step")
        .await;
    let _survivor = Process::start(bed.db.url(), lease);
    for run in &runs {
        let view = bed.store.wait(*run, PATIENCE).await.unwrap();
        assert_eq!(view.state, RunState::Succeeded, "{view:#?}");
    }
    assert!(
        attempts > 0,
        "the workers were killed before they did anything"
    );
    let repeated = bed
        .count("SELECT count(*) FROM saga.step WHERE attempt > 1")
        .await;
    assert!(repeated > 0, "no kill ever met a step under way");
    bed.check(runs.len()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_process_that_wakes_up_late_does_and_writes_nothing_for_its_lost_run() {
    let bed = Bed::new().await;
    let lease = Duration::from_millis(400);
    let run = bed.enqueue(0, "gated").await;
    let sleeper = Process::start(bed.db.url(), lease);
    while bed.count("SELECT count(*) FROM public.entered").await == 0 {
        tokio::task::yield_now().await;
    }
    // Within the step, before its effect.
    sleeper.signal(Signal::SIGSTOP);
    let (successor, _, _) = worker(bed.db.url(), lease);
    let successor = Working::start(successor);
    while bed.count("SELECT count(*) FROM public.entered").await == 1 {
        tokio::task::yield_now().await;
    }
    bed.db
        .connect()
        .await
        .unwrap()
        .batch_execute("INSERT INTO public.gate VALUES ('gated')")
        .await
        .unwrap();
    let view = bed.store.wait(run, PATIENCE).await.unwrap();
    assert_eq!(view.state, RunState::Succeeded);
    successor.stop().await;

    sleeper.signal(Signal::SIGCONT);
    // That it works on another run shows that it is awake.
    let next = bed.enqueue(1, "next").await;
    let view = bed.store.wait(next, PATIENCE).await.unwrap();
    assert_eq!(view.state, RunState::Succeeded);
    bed.check(2).await;
}
