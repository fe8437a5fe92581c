//! Starting runs: once per key, one per subject, in the caller's transaction, in the tenant's own rows.

#[cfg(test)]
mod support;

use bheem_domain::{Clock, SystemClock};
use bheem_saga::{
    DefinitionError, Enqueued, Error, NewRun, NewStep, enqueue, find_run, list_events,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use serde_json::json;
use support::Bed;
use support::sagas::Solo;
use uuid::Uuid;

#[cfg(test)]
fn run(tenant_id: Uuid, subject: &str, dedupe_key: &str) -> NewRun {
    NewRun {
        tenant_id,
        kind: "solo".into(),
        kind_version: 1,
        subject: subject.into(),
        dedupe_key: dedupe_key.into(),
        params: json!({"label": subject}),
        priority: NewRun::ORDINARY,
        is_closing: false,
        parent_id: None,
        pivot: None,
        steps: vec![NewStep {
            name: "a".into(),
            depends_on: vec![],
            skipped: None,
        }],
    }
}

/// A connection as a request of the tenant has it, inside its transaction.
#[cfg(test)]
async fn as_tenant(bed: &Bed, tenant: Uuid) -> AsyncPgConnection {
    let mut conn = bed.db.connect().await.unwrap();
    conn.batch_execute(&format!(
        "BEGIN; SET LOCAL ROLE bheem_app; SELECT set_config('app.tenant_id', '{tenant}', true)"
    ))
    .await
    .unwrap();
    conn
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_gives_one_run_even_after_it_has_finished() {
    let bed = Bed::new().await;
    let first = bed.try_enqueue::<Solo>(bed.tenant, "s", "k").await.unwrap();
    let again = bed.try_enqueue::<Solo>(bed.tenant, "s", "k").await.unwrap();
    assert_eq!(
        again,
        Enqueued {
            existed: true,
            ..first
        }
    );
    let worker = bed.worker();
    bed.settled(first.run_id).await;
    worker.stop().await;
    let later = bed.try_enqueue::<Solo>(bed.tenant, "s", "k").await.unwrap();
    assert_eq!(
        later,
        Enqueued {
            existed: true,
            ..first
        }
    );
    assert_eq!(bed.peer.calls(), ["a.apply"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_has_one_active_run() {
    let bed = Bed::new().await;
    let first = bed
        .try_enqueue::<Solo>(bed.tenant, "s", "k1")
        .await
        .unwrap();
    match bed.try_enqueue::<Solo>(bed.tenant, "s", "k2").await {
        Err(Error::ActiveRun { run_id }) => assert_eq!(run_id, first.run_id),
        other => panic!("{other:?}"),
    }
    let other_tenant = SystemClock.new_uuid();
    bed.try_enqueue::<Solo>(other_tenant, "s", "k2")
        .await
        .unwrap();
    let worker = bed.worker();
    bed.settled(first.run_id).await;
    worker.stop().await;
    let next = bed
        .try_enqueue::<Solo>(bed.tenant, "s", "k2")
        .await
        .unwrap();
    assert!(!next.existed && next.run_id != first.run_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_with_one_key_at_the_same_time_get_the_same_run() {
    let bed = Bed::new().await;
    let both =
        futures::future::join_all((0..8).map(|_| bed.try_enqueue::<Solo>(bed.tenant, "s", "k")))
            .await;
    let both: Vec<Enqueued> = both.into_iter().map(Result::unwrap).collect();
    assert_eq!(both.iter().filter(|enqueued| !enqueued.existed).count(), 1);
    assert!(
        both.iter()
            .all(|enqueued| enqueued.run_id == both[0].run_id)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_rolled_back_never_was() {
    let bed = Bed::new().await;
    let mut conn = bed.db.connect().await.unwrap();
    let outcome: Result<(), Error> = conn
        .transaction(async |conn| {
            enqueue(conn, &SystemClock, &run(bed.tenant, "s", "k")).await?;
            Err(diesel::result::Error::RollbackTransaction.into())
        })
        .await;
    assert!(outcome.is_err());
    assert!(
        !bed.try_enqueue::<Solo>(bed.tenant, "s", "k")
            .await
            .unwrap()
            .existed
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_that_is_none_is_refused() {
    let bed = Bed::new().await;
    let mut conn = bed.db.connect().await.unwrap();
    let mut broken = run(bed.tenant, "s", "k");
    broken.steps[0].depends_on.push("nowhere".into());
    let refused = enqueue(&mut conn, &SystemClock, &broken).await;
    assert!(matches!(
        refused,
        Err(Error::Definition(DefinitionError::UnknownDependency { .. }))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_starts_and_sees_its_own_runs_only() {
    let bed = Bed::new().await;
    let other = SystemClock.new_uuid();
    let mut conn = as_tenant(&bed, bed.tenant).await;
    let mine = enqueue(&mut conn, &SystemClock, &run(bed.tenant, "s", "k"))
        .await
        .unwrap();
    conn.batch_execute("COMMIT").await.unwrap();

    let mut conn = as_tenant(&bed, bed.tenant).await;
    assert!(find_run(&mut conn, mine.run_id).await.unwrap().is_some());

    let mut conn = as_tenant(&bed, other).await;
    assert!(find_run(&mut conn, mine.run_id).await.unwrap().is_none());
    assert_eq!(list_events(&mut conn, mine.run_id).await.unwrap(), []);
    let stolen = enqueue(&mut conn, &SystemClock, &run(bed.tenant, "t", "t")).await;
    assert!(matches!(stolen, Err(Error::Database(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_cannot_touch_leases_states_caps_or_peers() {
    let bed = Bed::new().await;
    bed.try_enqueue::<Solo>(bed.tenant, "s", "k").await.unwrap();
    for forbidden in [
        "UPDATE saga.run SET state = 'stuck'",
        "DELETE FROM saga.run",
        "UPDATE saga.step SET state = 'done'",
        "UPDATE saga.lane SET max_leased = 100",
        "SELECT * FROM saga.peer_health",
        "SELECT * FROM saga.worker",
        "DELETE FROM saga.event",
    ] {
        let mut conn = as_tenant(&bed, bed.tenant).await;
        let refused = conn.batch_execute(forbidden).await.unwrap_err().to_string();
        assert!(
            refused.contains("permission denied"),
            "{forbidden}: {refused}"
        );
    }
}
