//! Seats under concurrency, and the count of them.

use bheem_domain::{Limit, SeatDecision, TenantId, plan};
use bheem_persistence::repo::MemberChange;
use futures::future::join_all;

use crate::support::Bed;

/// Adds a person as the use case does: the tenant's row is held while the seat is looked for.
async fn add(bed: &Bed, tenant: TenantId, number: usize) -> bool {
    let account = bed.account(&format!("person{number}")).await.id;
    let new = bed.new_member(account, &format!("person{number}@a.example"));
    let mut tx = bed.tenant_tx(tenant).await;
    let row = tx.tenant().lock().await.unwrap();
    if plan::seat(row.quotas.max_users, row.seat_count) != SeatDecision::Free {
        return false;
    }
    tx.members().insert(&new).await.unwrap();
    tx.commit().await.unwrap();
    true
}

async fn seats(bed: &Bed, tenant: TenantId) -> i32 {
    let mut tx = bed.tenant_tx(tenant).await;
    let row = tx.tenant().get().await.unwrap();
    let counted = bed
        .number(&format!(
            "SELECT count(*) FROM workspace.tenant_users WHERE tenant_id = '{tenant}' AND is_active"
        ))
        .await;
    assert_eq!(i64::from(row.seat_count), counted);
    row.seat_count
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_get_the_five_seats_there_are() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let added = join_all((0..50).map(|number| add(&bed, tenant, number))).await;
    assert_eq!(added.iter().filter(|added| **added).count(), 5);
    assert_eq!(seats(&bed, tenant).await, 5);
}

#[tokio::test]
async fn a_deactivated_member_frees_the_seat() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    for number in 0..5 {
        assert!(add(&bed, tenant, number).await);
    }
    assert!(!add(&bed, tenant, 5).await);
    let page = bheem_persistence::PageRequest::parse(1, 0, None).unwrap();
    let mut tx = bed.tenant_tx(tenant).await;
    let first = tx.members().list(None, &page).await.unwrap().remove(0);
    let change = |is_active| MemberChange {
        is_active: Some(is_active),
        ..MemberChange::default()
    };
    tx.members().update(first.id, &change(false)).await.unwrap();
    // Taking the seat twice gives back one.
    tx.members().update(first.id, &change(false)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(seats(&bed, tenant).await, 4);
    assert!(add(&bed, tenant, 6).await);
    assert!(!add(&bed, tenant, 7).await);
    let mut tx = bed.tenant_tx(tenant).await;
    tx.members().update(first.id, &change(true)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(seats(&bed, tenant).await, 6);
}

#[tokio::test]
async fn no_limit_means_no_limit() {
    let bed = Bed::new().await;
    let new = bed.new_tenant("aaa", Limit::UNLIMITED);
    bed.read().await.tenants().insert(&new).await.unwrap();
    for number in 0..7 {
        assert!(add(&bed, new.id, number).await);
    }
    assert_eq!(seats(&bed, new.id).await, 7);
}

#[tokio::test]
async fn the_count_follows_removal_and_cascade() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let other = bed.tenant("bbb").await.id;
    let (_, ada) = bed.member(tenant, "ada").await;
    let (bea, _) = bed.member(tenant, "bea").await;
    bed.member(other, "cyd").await;
    assert_eq!(
        (seats(&bed, tenant).await, seats(&bed, other).await),
        (2, 1)
    );
    let mut tx = bed.tenant_tx(tenant).await;
    assert!(tx.members().remove_unconfirmed(ada).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(seats(&bed, tenant).await, 1);
    bed.sql(&format!("DELETE FROM auth.users WHERE id = '{bea}'"))
        .await;
    assert_eq!(
        (seats(&bed, tenant).await, seats(&bed, other).await),
        (0, 1)
    );
    // A tenant that goes takes its members along, and the trigger with them finds no row to count in.
    bed.sql(&format!(
        "DELETE FROM workspace.tenants WHERE id = '{other}'"
    ))
    .await;
    let left = "SELECT count(*) FROM workspace.tenant_users";
    assert_eq!(bed.number(left).await, 0);
}

#[tokio::test]
async fn a_dropped_transaction_takes_no_seat() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let account = bed.account("ada").await.id;
    let mut tx = bed.tenant_tx(tenant).await;
    let new = bed.new_member(account, "ada@a.example");
    tx.members().insert(&new).await.unwrap();
    drop(tx);
    assert_eq!(seats(&bed, tenant).await, 0);
}
