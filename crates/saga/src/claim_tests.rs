//! Claims and fenced writes against a real database, without a worker around them.

use std::collections::HashMap;
use std::sync::Arc;

use bheem_domain::{Clock, SystemClock};
use bheem_testkit::TestDatabase;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use serde_json::json;
use tokio::task::JoinSet;

use super::*;
use crate::fence::{Batch, Change, Fence};
use crate::{NewRun, NewStep, RunState, enqueue};

const LEASE: Duration = Duration::from_hours(1);

struct Bed {
    db: TestDatabase,
    store: Store,
}

impl Bed {
    async fn new() -> Self {
        let db = TestDatabase::create().await.unwrap();
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(db.url());
        let pool = Pool::builder(manager).max_size(16).build().unwrap();
        Self {
            store: Store::new(pool),
            db,
        }
    }

    async fn runs(&self, tenant: Uuid, count: usize) {
        let mut conn = self.db.connect().await.unwrap();
        for at in 0..count {
            let run = NewRun {
                tenant_id: tenant,
                kind: "k".into(),
                kind_version: 1,
                subject: format!("s{at}"),
                dedupe_key: format!("d{at}"),
                params: json!({}),
                priority: NewRun::ORDINARY,
                is_closing: false,
                parent_id: None,
                pivot: None,
                steps: vec![NewStep {
                    name: "a".into(),
                    depends_on: vec![],
                    skipped: None,
                }],
            };
            enqueue(&mut conn, &SystemClock, &run).await.unwrap();
        }
    }

    async fn sql(&self, sql: &str) {
        let mut conn = self.db.connect().await.unwrap();
        conn.batch_execute(sql).await.unwrap();
    }

    async fn claim(&self) -> Option<Claimed> {
        self.store.claim(&claimant(2)).await.unwrap()
    }
}

fn claimant(cap: i32) -> Claimant {
    Claimant {
        worker: SystemClock.new_uuid(),
        kinds: vec!["k".into()],
        versions: vec![1],
        lease: LEASE,
        is_closing: false,
        default_max_leased: cap,
    }
}

fn fence(claimed: &Claimed) -> Fence {
    Fence {
        tenant_id: claimed.tenant_id,
        run_id: claimed.id,
        epoch: claimed.lease_epoch,
        lease: LEASE,
    }
}

fn done() -> Batch {
    Batch {
        changes: vec![Change {
            name: "a".into(),
            state: "done",
            ends: true,
            what: "done",
            ..Change::default()
        }],
        state: Some(RunState::Succeeded),
        release: Some(Duration::ZERO),
        ..Batch::default()
    }
}

const EXPIRE: &str = "UPDATE saga.run SET lease_until = clock_timestamp() - interval '1 second'";

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_claims_never_exceed_a_cap_and_never_take_a_run_twice() {
    let bed = Bed::new().await;
    let tenants: Vec<Uuid> = (0..8).map(|_| SystemClock.new_uuid()).collect();
    for (at, tenant) in tenants.iter().enumerate() {
        bed.runs(*tenant, if at == 0 { 40 } else { 5 }).await;
    }
    let store = Arc::new(bed.store.clone());
    let mut claimers = JoinSet::new();
    for _ in 0..16 {
        let store = Arc::clone(&store);
        claimers.spawn(async move {
            let who = claimant(3);
            let mut taken = Vec::new();
            let mut empty = 0;
            // A rival may hold the only lane with work for a moment: nothing found is final only when repeated.
            while empty < 20 {
                match store.claim(&who).await.unwrap() {
                    Some(run) => taken.push((run.tenant_id, run.id)),
                    None => empty += 1,
                }
            }
            taken
        });
    }
    let taken: Vec<_> = claimers.join_all().await.into_iter().flatten().collect();
    let mut by_tenant: HashMap<Uuid, usize> = HashMap::new();
    for (tenant, _) in &taken {
        *by_tenant.entry(*tenant).or_default() += 1;
    }
    assert!(by_tenant.values().all(|count| *count == 3), "{by_tenant:?}");
    assert_eq!(by_tenant.len(), 8);
    let distinct: std::collections::HashSet<_> = taken.iter().collect();
    assert_eq!(distinct.len(), taken.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_with_many_runs_does_not_go_before_the_others() {
    let bed = Bed::new().await;
    let noisy = SystemClock.new_uuid();
    bed.runs(noisy, 200).await;
    let quiet: Vec<Uuid> = (0..3).map(|_| SystemClock.new_uuid()).collect();
    for tenant in &quiet {
        bed.runs(*tenant, 1).await;
    }
    let mut order = Vec::new();
    for _ in 0..5 {
        order.push(bed.claim().await.unwrap().tenant_id);
    }
    assert!(
        quiet.iter().all(|tenant| order[..4].contains(tenant)),
        "{order:?}"
    );
    assert_eq!(order.iter().filter(|tenant| **tenant == noisy).count(), 2);
    assert!(bed.claim().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_has_its_own_cap_and_can_be_paused() {
    let bed = Bed::new().await;
    bed.runs(SystemClock.new_uuid(), 5).await;
    bed.sql("UPDATE saga.lane SET max_leased = 3").await;
    for _ in 0..3 {
        assert!(bed.claim().await.is_some());
    }
    assert!(bed.claim().await.is_none());
    bed.sql("UPDATE saga.lane SET max_leased = 9, paused = true")
        .await;
    assert!(bed.claim().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_of_unknown_kinds_and_versions_are_left_to_others() {
    let bed = Bed::new().await;
    bed.runs(SystemClock.new_uuid(), 1).await;
    bed.sql("UPDATE saga.run SET kind_version = 2").await;
    assert!(bed.claim().await.is_none());
    bed.sql("UPDATE saga.run SET kind_version = 1, kind = 'other'")
        .await;
    assert!(bed.claim().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superseded_epoch_changes_nothing() {
    let bed = Bed::new().await;
    bed.runs(SystemClock.new_uuid(), 1).await;
    let old = bed.claim().await.unwrap();
    assert!(!old.is_takeover);
    bed.sql(EXPIRE).await;
    let new = bed.claim().await.unwrap();
    assert!(new.is_takeover && new.id == old.id);
    assert_eq!(new.lease_epoch, old.lease_epoch + 1);

    assert_eq!(bed.store.advance(fence(&old), &done()).await.unwrap(), None);
    assert_eq!(bed.store.heartbeat(fence(&old)).await.unwrap(), None);
    let (view, events) = bed.store.show(new.id).await.unwrap();
    assert_eq!(view.state, RunState::Forward);
    assert_eq!(view.steps[0].state, crate::StepState::Pending);
    assert_eq!(events, []);

    assert_eq!(
        bed.store.advance(fence(&new), &done()).await.unwrap(),
        Some(false)
    );
    let (view, _) = bed.store.show(new.id).await.unwrap();
    assert_eq!(view.state, RunState::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_result_is_welcome_as_long_as_nobody_took_over() {
    let bed = Bed::new().await;
    bed.runs(SystemClock.new_uuid(), 1).await;
    let claimed = bed.claim().await.unwrap();
    bed.sql(EXPIRE).await;
    assert_eq!(
        bed.store.advance(fence(&claimed), &done()).await.unwrap(),
        Some(false)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_keeps_enqueuing_is_served_meanwhile() {
    let bed = Bed::new().await;
    let tenant = SystemClock.new_uuid();
    bed.runs(tenant, 1).await;
    let mut conn = bed.db.connect().await.unwrap();
    // An open transaction whose foreign key check holds the lane's key.
    conn.batch_execute("BEGIN").await.unwrap();
    conn.batch_execute(&format!(
        "INSERT INTO saga.run (tenant_id, id, kind, kind_version, subject, dedupe_key, params)
         VALUES ('{tenant}', '{}', 'k', 1, 'z', 'z', '{{}}')",
        SystemClock.new_uuid()
    ))
    .await
    .unwrap();
    assert!(bed.claim().await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_that_its_worker_has_not_heard_of_wakes_the_run_at_once() {
    let bed = Bed::new().await;
    bed.runs(SystemClock.new_uuid(), 1).await;
    let sleep = |is_cancel_known| Batch {
        release: Some(LEASE),
        is_cancel_known,
        ..Batch::default()
    };
    let claimed = bed.claim().await.unwrap();
    bed.store.cancel(claimed.id, "ann").await.unwrap();
    let heard = bed.store.advance(fence(&claimed), &sleep(false)).await;
    assert_eq!(heard.unwrap(), Some(true));
    let again = bed.claim().await.unwrap();
    assert!(again.cancel_requested);
    // Once it is known (and past the pivot, say) it no longer keeps the run awake.
    let known = bed.store.advance(fence(&again), &sleep(true)).await;
    assert_eq!(known.unwrap(), Some(true));
    assert!(bed.claim().await.is_none());
}
