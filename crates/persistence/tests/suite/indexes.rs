//! Lists and look-ups go over an index, and cost one statement whatever the number of rows.
//!
//! What counts is what the server did, so its own statistics are asked instead of a plan that a test
//! has written down again.

use bheem_domain::{AccountId, RunId, TenantId};
use bheem_persistence::{
    Database, PageRequest, SystemScope, TenantScope,
    repo::{AccountFilter, TenantFilter},
};

use crate::support::{Bed, new_run};

/// Thousands of rows in every table that is listed.
async fn filled() -> (Bed, TenantId, AccountId) {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let (ada, _) = bed.member(tenant, "ada").await;
    bed.sql(&format!(
        "ALTER TABLE workspace.tenant_users DISABLE TRIGGER tenant_users_seats; \
         INSERT INTO auth.users (id, username) \
           SELECT gen_random_uuid(), 'u' || n FROM generate_series(1, 5000) n; \
         INSERT INTO workspace.tenants (id, name, slug, owner_email, created_at, created_by) \
           SELECT gen_random_uuid(), 't' || n, 't' || n, 'o', now() - n * interval '1 minute', '{ada}' \
           FROM generate_series(1, 5000) n; \
         CREATE TEMP TABLE few AS \
           SELECT id FROM workspace.tenants ORDER BY id = '{tenant}' DESC LIMIT 40; \
         INSERT INTO workspace.tenant_users (tenant_id, id, user_id, email, name) \
           SELECT t.id, gen_random_uuid(), u.id, u.username || '@a.example', u.username \
           FROM few t, (SELECT * FROM auth.users LIMIT 500) u \
           ON CONFLICT DO NOTHING; \
         INSERT INTO auth.sessions (id, account_id, created_at, authenticated_at, last_used_at, expires_at) \
           SELECT gen_random_uuid(), id, now(), now(), now(), '2100-01-01' FROM auth.users; \
         INSERT INTO workspace.activity_log (id, tenant_id, action, created_at) \
           SELECT gen_random_uuid(), t.id, 'x', now() - n * interval '1 second' \
           FROM few t, generate_series(1, 300) n; \
         INSERT INTO saga.lane (tenant_id) SELECT id FROM workspace.tenants; \
         INSERT INTO saga.run (tenant_id, id, kind, kind_version, subject, dedupe_key, params) \
           SELECT tenant_id, gen_random_uuid(), 'x', 1, 'x', 'x', '{{}}' FROM saga.lane; \
         ANALYZE",
    ))
    .await;
    (bed, tenant, ada)
}

/// Runs `work` on connections of its own, between two moments at which all others have reported, and
/// answers the indexes that were read in `schema`, and the tables that were read as a whole.
async fn read_by(bed: &Bed, work: impl AsyncFnOnce(Database)) -> (Vec<String>, Vec<String>) {
    bed.database.close();
    let alone = "NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                 AND backend_type = 'client backend' AND pid <> pg_backend_pid())";
    bed.until(alone).await;
    let database = bed.replica().await;
    bed.sql("SELECT pg_stat_reset()").await;
    work(database.clone()).await;
    database.close();
    drop(database);
    bed.until(alone).await;
    let ours = "schemaname IN ('workspace', 'auth', 'saga')";
    let indexes = bed
        .texts(&format!(
            "SELECT indexrelname::text AS text FROM pg_stat_user_indexes \
             WHERE idx_scan > 0 AND {ours} ORDER BY 1"
        ))
        .await;
    let whole = bed
        .texts(&format!(
            "SELECT relname::text AS text FROM pg_stat_user_tables \
             WHERE seq_scan > 0 AND {ours} ORDER BY 1"
        ))
        .await;
    (indexes, whole)
}

fn page() -> PageRequest {
    PageRequest::parse(50, 0, None).unwrap()
}

fn system() -> SystemScope {
    SystemScope::server("test")
}

#[tokio::test]
async fn a_page_of_tenants_is_one_walk_along_the_index() {
    let (bed, ..) = filled().await;
    let none = TenantFilter::default();
    let (indexes, whole) = read_by(&bed, async |database| {
        let mut read = database.system_read(&system()).await.unwrap();
        let rows = read.tenants().list(&none, &page()).await.unwrap();
        assert_eq!(rows.len(), 50);
    })
    .await;
    // One index, of one table: the seats of fifty tenants are not counted one by one.
    assert_eq!(
        (indexes, whole),
        (vec!["idx_tenants_created".to_owned()], vec![])
    );
}

#[tokio::test]
async fn a_page_of_tenants_on_a_plan_uses_the_index_of_plans() {
    let (bed, ..) = filled().await;
    bed.sql("UPDATE workspace.tenants SET plan = 'starter' WHERE name LIKE 't%7'; ANALYZE")
        .await;
    let filter = TenantFilter {
        plan: Some(bheem_domain::PlanCode::parse("starter").unwrap()),
        ..TenantFilter::default()
    };
    let (indexes, whole) = read_by(&bed, async |database| {
        let mut read = database.system_read(&system()).await.unwrap();
        let rows = read.tenants().list(&filter, &page()).await.unwrap();
        assert_eq!(rows.len(), 50);
    })
    .await;
    assert_eq!(
        (indexes, whole),
        (vec!["idx_tenants_plan".to_owned()], vec![])
    );
}

#[tokio::test]
async fn a_page_of_members_uses_the_index() {
    let (bed, tenant, _) = filled().await;
    let (indexes, whole) = read_by(&bed, async |database| {
        let scope = TenantScope::for_run(tenant);
        let mut tx = database.tenant(&scope).await.unwrap();
        tx.members().list(None, &page()).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
    assert!(
        indexes.contains(&"idx_tenant_users_tenant".to_owned()),
        "{indexes:?}"
    );
    assert!(whole.is_empty(), "{whole:?}");
}

#[tokio::test]
async fn sessions_of_an_account_use_the_index() {
    let (bed, _, ada) = filled().await;
    let now = bed.now();
    let (indexes, whole) = read_by(&bed, async |database| {
        let mut read = database.system_read(&system()).await.unwrap();
        read.sessions().list(ada, now).await.unwrap();
    })
    .await;
    assert_eq!(
        (indexes, whole),
        (vec!["sessions_account".to_owned()], vec![])
    );
}

#[tokio::test]
async fn a_refresh_looks_at_one_session_and_one_account() {
    let (bed, _, ada) = filled().await;
    let query = format!("SELECT id::text AS text FROM auth.sessions WHERE account_id = '{ada}'");
    let session = bed.texts(&query).await[0].parse().unwrap();
    let now = bed.now();
    let (indexes, whole) = read_by(&bed, async |database| {
        let mut read = database.system_read(&system()).await.unwrap();
        let rotated = read.sessions().rotate(session, 0, now).await.unwrap();
        assert_eq!(rotated.unwrap().1.id, ada);
    })
    .await;
    // The planner may look at the ends of other indexes for itself.
    for used in ["sessions_pkey", "users_pkey"] {
        assert!(indexes.contains(&used.to_owned()), "{indexes:?}");
    }
    assert!(whole.is_empty(), "{whole:?}");
}

#[tokio::test]
async fn activity_of_a_tenant_uses_the_index_for_the_tenant_and_for_the_platform() {
    let (bed, tenant, _) = filled().await;
    // With few rows a walk along the times of all tenants may look as cheap.
    bed.sql("DROP INDEX workspace.idx_activity_created").await;
    let expected = (vec!["idx_activity_tenant".to_owned()], vec![]);
    let found = read_by(&bed, async |database| {
        let scope = TenantScope::for_run(tenant);
        let mut tx = database.tenant(&scope).await.unwrap();
        tx.activity().list(&page()).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
    assert_eq!(found, expected);
    let found = read_by(&bed, async |database| {
        let mut read = database.system_read(&system()).await.unwrap();
        read.activity(Some(tenant)).list(&page()).await.unwrap();
        read.activity(None).list(&page()).await.unwrap();
    })
    .await;
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_run_is_found_by_its_id_without_reading_all_runs() {
    let (bed, tenant, _) = filled().await;
    let mut tx = bed.tenant_tx(tenant).await;
    let run = tx.runs().enqueue(&new_run(tenant, "ada")).await.unwrap();
    tx.commit().await.unwrap();
    let run = RunId::from(run.run_id);
    let (indexes, whole) = read_by(&bed, async |database| {
        let mut read = database.system_read(&system()).await.unwrap();
        assert!(read.any_run(run).await.unwrap().is_some());
        drop(read);
        let scope = TenantScope::for_run(tenant);
        let mut tx = database.tenant(&scope).await.unwrap();
        assert!(tx.runs().find(run).await.unwrap().is_some());
        assert_eq!(tx.runs().find_many(&[run]).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
    })
    .await;
    assert!(!indexes.is_empty());
    assert!(!whole.contains(&"run".to_owned()), "{whole:?}");
}

#[tokio::test]
async fn an_account_signs_in_over_indexes() {
    let (bed, ..) = filled().await;
    let (indexes, whole) = read_by(&bed, async |database| {
        let mut read = database.system_read(&system()).await.unwrap();
        let found = read.accounts().find_for_sign_in("U17").await.unwrap();
        assert!(found.is_some());
    })
    .await;
    assert!(
        indexes
            .iter()
            .any(|index| index.starts_with("users_username")),
        "{indexes:?}"
    );
    assert!(whole.is_empty(), "{whole:?}");
}

#[tokio::test]
async fn accounts_are_listed_and_looked_for_over_indexes() {
    let (bed, ..) = filled().await;
    let (indexes, whole) = read_by(&bed, async |database| {
        let mut read = database.system_read(&system()).await.unwrap();
        let page = PageRequest::parse(10, 0, None).unwrap();
        let mut filter = AccountFilter::default();
        assert!(
            !read
                .accounts()
                .list(&filter, &page)
                .await
                .unwrap()
                .is_empty()
        );
        filter.search = Some("U17".to_owned());
        assert!(
            !read
                .accounts()
                .list(&filter, &page)
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
    assert!(!indexes.is_empty());
    assert!(whole.is_empty(), "{whole:?}");
}
