//! A transaction that is not committed leaves nothing behind, wherever it was dropped.

use bheem_domain::Slug;
use bheem_persistence::{Error, repo::TenantChange};

use crate::support::{Bed, PATIENCE};

/// Other connections to this database that hold a transaction open.
const OPEN: &str = "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND xact_start IS NOT NULL)";

fn rename(name: &str) -> TenantChange {
    TenantChange {
        name: Some(name.to_owned()),
        ..TenantChange::default()
    }
}

async fn name(bed: &Bed) -> String {
    let query = "SELECT name AS text FROM workspace.tenants";
    bed.texts(query).await.remove(0)
}

#[tokio::test]
async fn a_committed_transaction_is_stored_and_its_connection_used_again() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let backends = "(SELECT count(*) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid())";
    let before = bed.number(backends).await;
    for turn in 0..5 {
        let mut tx = bed.tenant_tx(tenant).await;
        let change = rename(&format!("Turn {turn}"));
        tx.tenant().update(&change).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(name(&bed).await, "Turn 4");
    assert_eq!(bed.number(backends).await, before);
}

#[tokio::test]
async fn a_dropped_transaction_stores_nothing_and_frees_its_locks() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let mut tx = bed.tenant_tx(tenant).await;
    tx.tenant().update(&rename("Lost")).await.unwrap();
    tx.tenant().lock().await.unwrap();
    assert_eq!(bed.number(OPEN).await, 1);
    drop(tx);
    // Waits for the lock, so it ends only because the dropped transaction did.
    let mut next = bed.tenant_tx(tenant).await;
    let held = tokio::time::timeout(PATIENCE, next.tenant().lock()).await;
    assert_eq!(held.unwrap().unwrap().name, "Tenant aaa");
    next.commit().await.unwrap();
    bed.until(&format!("{OPEN} = 0")).await;
    assert_eq!(name(&bed).await, "Tenant aaa");
}

#[tokio::test]
async fn the_connection_of_a_dropped_transaction_is_closed() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let mut tx = bed.tenant_tx(tenant).await;
    tx.tenant().lock().await.unwrap();
    let pids = bed
        .texts(
            "SELECT pid::text AS text FROM pg_stat_activity WHERE datname = current_database() \
             AND state = 'idle in transaction'",
        )
        .await;
    assert_eq!(pids.len(), 1);
    drop(tx);
    let gone = format!(
        "NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {})",
        pids[0]
    );
    bed.until(&gone).await;
}

#[tokio::test]
async fn the_pool_has_room_again_after_many_dropped_transactions() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    // More than the pool has connections.
    for _ in 0..30 {
        let mut tx = bed.tenant_tx(tenant).await;
        tx.tenant().lock().await.unwrap();
    }
    let tx = bed.tenant_tx(tenant).await;
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_future_cancelled_while_it_waits_for_a_lock_frees_what_it_held() {
    let bed = Bed::new().await;
    let first = bed.tenant("aaa").await.id;
    let second = bed.tenant("bbb").await.id;
    let mut blocker = bed.tenant_tx(first).await;
    blocker.tenant().lock().await.unwrap();
    let waiting = async {
        let mut tx = bed.system().await;
        tx.tenants().mark_deleted(second, bed.now()).await.unwrap();
        tx.tenants().mark_deleted(first, bed.now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    let waits = "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock')";
    tokio::select! {
        () = waiting => panic!("it did not wait"),
        () = bed.until(waits) => {}
    }
    // The other tenant's row is free although the blocker is still there.
    let mut tx = bed.tenant_tx(second).await;
    let held = tokio::time::timeout(PATIENCE / 4, tx.tenant().lock()).await;
    assert_eq!(held.unwrap().unwrap().slug, Slug::parse("bbb").unwrap());
    blocker.commit().await.unwrap();
    tx.commit().await.unwrap();
    let deleted = "SELECT count(*) FROM workspace.tenants WHERE deleted_at IS NOT NULL";
    assert_eq!(bed.number(deleted).await, 0);
}

#[tokio::test]
async fn a_transaction_with_a_failed_statement_does_not_commit() {
    let bed = Bed::new().await;
    bed.tenant("aaa").await;
    let mut tx = bed.system().await;
    let other = bed.new_tenant("bbb", bheem_domain::Limit::UNLIMITED);
    tx.tenants().insert(&other).await.unwrap();
    let again = bed.new_tenant("aaa", bheem_domain::Limit::UNLIMITED);
    let refused = tx.tenants().insert(&again).await.unwrap_err();
    assert!(refused.is_duplicate_of("idx_tenants_slug"), "{refused:?}");
    // PostgreSQL answers the COMMIT of a failed transaction by a rollback, without an error.
    assert!(tx.commit().await.is_err());
    assert_eq!(
        bed.number("SELECT count(*) FROM workspace.tenants").await,
        1
    );
}

#[tokio::test]
async fn a_closed_database_is_unavailable() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    bed.database.ping().await.unwrap();
    bed.database.close();
    let scope = bheem_persistence::TenantScope::for_run(tenant);
    let refused = bed.database.tenant(&scope).await.err().unwrap();
    assert!(matches!(refused, Error::Unavailable(_)));
    let refused = bed.database.ping().await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable(_)));
}

#[tokio::test]
async fn connections_that_the_server_ended_are_replaced() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    bed.tenant_tx(tenant).await.commit().await.unwrap();
    bed.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await;
    let others = "NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                  AND pid <> pg_backend_pid())";
    bed.until(others).await;
    let answers = async { while bed.database.ping().await.is_err() {} };
    tokio::time::timeout(PATIENCE, answers).await.unwrap();
    let mut tx = bed.tenant_tx(tenant).await;
    assert_eq!(tx.tenant().get().await.unwrap().id, tenant);
}

#[tokio::test]
async fn what_says_where_the_database_is_does_not_print_its_password() {
    let settings = bheem_persistence::DatabaseSettings::new("postgres://app:hush-hush@db/app");
    assert!(!format!("{settings:?}").contains("hush-hush"));
    let bed = Bed::new().await;
    assert!(!format!("{:?}", bed.database).contains("host"));
}
