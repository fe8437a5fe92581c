//! The activity log.

use std::net::IpAddr;

use bheem_domain::TenantId;
use bheem_persistence::{
    Actor, Cursor, PageRequest, SystemScope,
    repo::{Entity, TenantRef},
};
use serde_json::json;

use crate::support::Bed;

fn page(limit: i64, skip: i64) -> PageRequest {
    PageRequest::parse(limit, skip, None).unwrap()
}

async fn record(bed: &Bed, tenant: TenantId, action: &str) {
    let mut tx = bed.tenant_tx(tenant).await;
    let mut activity = tx.activity();
    activity.record(action, None, "Done", None).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_entry_says_who_acted_from_where_and_on_what() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let (ada, member) = bed.member(tenant, "ada").await;
    let ip: IpAddr = "192.0.2.7".parse().unwrap();
    let agent = "x".repeat(600);
    let actor = Actor::person(ada, Some(ip), Some(&agent));
    let mut read = bed.read().await;
    let role = bheem_domain::PlatformRole::Customer;
    let entry = read
        .tenants()
        .enter(&TenantRef::Id(tenant), ada, role, actor)
        .await;
    let entry = entry.unwrap().unwrap();
    let mut tx = bed.database.tenant(entry.scope().unwrap()).await.unwrap();
    let entity = Entity::new("tenant_user", member);
    tx.activity()
        .record(
            "user.changed",
            Some(entity),
            "Changed",
            Some(json!({"a": 1})),
        )
        .await
        .unwrap();
    let found = tx.activity().list(&page(10, 0)).await.unwrap().remove(0);
    assert_eq!(found.tenant_id, Some(tenant));
    assert_eq!(found.user_id, Some(ada));
    assert_eq!(found.action, "user.changed");
    assert_eq!(found.entity_type.as_deref(), Some("tenant_user"));
    assert_eq!(found.entity_id, Some(member.as_uuid()));
    assert_eq!(found.description.as_deref(), Some("Changed"));
    assert_eq!(found.ip_address.unwrap().addr(), ip);
    assert_eq!(found.user_agent.unwrap().len(), 500);
    assert_eq!(found.metadata, Some(json!({"a": 1})));
    assert_eq!(found.created_at, bed.now());
}

#[tokio::test]
async fn an_entry_stands_or_falls_with_what_it_tells_of() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let mut tx = bed.tenant_tx(tenant).await;
    let mut activity = tx.activity();
    activity.record("lost", None, "Lost", None).await.unwrap();
    drop(tx);
    let mut tx = bed.tenant_tx(tenant).await;
    assert!(tx.activity().list(&page(10, 0)).await.unwrap().is_empty());
}

#[tokio::test]
async fn both_forms_of_pages_give_the_same_entries_newest_first() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    for number in 0..11 {
        record(&bed, tenant, &format!("a{number}")).await;
        if number % 3 == 0 {
            bed.later(1);
        }
    }
    let mut tx = bed.tenant_tx(tenant).await;
    let (mut by_skip, mut by_key) = (Vec::new(), Vec::new());
    for skip in [0, 4, 8, 12] {
        let rows = tx.activity().list(&page(4, skip)).await.unwrap();
        by_skip.extend(rows.into_iter().map(|row| (row.created_at, row.id)));
    }
    let mut next = page(4, 0);
    loop {
        let rows = tx.activity().list(&next).await.unwrap();
        let Some(last) = rows.last() else { break };
        next.after = Some(Cursor {
            created_at: last.created_at,
            id: last.id.as_uuid(),
        });
        by_key.extend(rows.into_iter().map(|row| (row.created_at, row.id)));
    }
    assert_eq!(by_key.len(), 11);
    assert_eq!(by_key, by_skip);
    assert!(by_key.is_sorted_by(|left, right| left > right));
}

#[tokio::test]
async fn entries_outside_tenants_are_the_platforms_own() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    record(&bed, tenant, "inside").await;
    let ada = bed.account("ada").await.id;
    let scope = SystemScope::person("test", Actor::person(ada, None, None));
    let mut tx = bed.database.system(&scope).await.unwrap();
    let mut activity = tx.activity(None);
    activity.record("outside", None, "x", None).await.unwrap();
    let reads: Vec<_> = (0..3)
        .map(|n| {
            (
                Actor::person(ada, None, None),
                bed.now(),
                format!("read {n}"),
            )
        })
        .collect();
    activity.record_reads(&reads).await.unwrap();
    activity.record_reads(&[]).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = bed.read().await;
    let outside = read.activity(None).list(&page(10, 0)).await.unwrap();
    assert_eq!(outside.len(), 4);
    assert!(
        outside
            .iter()
            .all(|row| row.user_id == Some(ada) && row.tenant_id.is_none())
    );
    let inside = read
        .activity(Some(tenant))
        .list(&page(10, 0))
        .await
        .unwrap();
    assert_eq!(inside.len(), 1);
    assert_eq!(inside[0].action, "inside");
}
