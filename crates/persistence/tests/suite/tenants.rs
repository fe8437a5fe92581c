//! Tenants: filters, both forms of pages, changes, and the door to one.

use bheem_domain::{
    AccountId, Limit, PlanCode, PlatformRole, Quotas, Slug, TenantAccess, TenantId,
};
use bheem_persistence::{
    Actor, Cursor, Error, PageRequest,
    repo::{MemberChange, NewTenant, TenantChange, TenantEntry, TenantFilter, TenantRef},
};

use crate::support::Bed;

async fn named(bed: &Bed, slug: &str, name: &str, plan: &str) -> TenantId {
    let new = NewTenant {
        name: name.to_owned(),
        plan: PlanCode::parse(plan).unwrap(),
        ..bed.new_tenant(slug, Limit::at_most(5))
    };
    bed.read().await.tenants().insert(&new).await.unwrap();
    new.id
}

async fn list(bed: &Bed, filter: &TenantFilter, page: &PageRequest) -> Vec<(TenantId, String)> {
    let mut read = bed.read().await;
    let rows = read.tenants().list(filter, page).await.unwrap();
    rows.into_iter()
        .map(|row| (row.id, row.slug.to_string()))
        .collect()
}

async fn search(bed: &Bed, text: &str) -> Vec<String> {
    let filter = TenantFilter {
        search: Some(text.to_owned()),
        ..TenantFilter::default()
    };
    let page = PageRequest::parse(100, 0, None).unwrap();
    let mut slugs: Vec<_> = list(bed, &filter, &page)
        .await
        .into_iter()
        .map(|(_, slug)| slug)
        .collect();
    slugs.sort();
    slugs
}

#[tokio::test]
async fn a_search_takes_wildcards_literally() {
    let bed = Bed::new().await;
    named(&bed, "plain", "Plain Ltd", "free").await;
    named(&bed, "percent", "100% Wool", "free").await;
    named(&bed, "underscore", "a_b", "free").await;
    named(&bed, "axb", "axb", "free").await;
    named(&bed, "backslash", r"back\slash", "free").await;
    assert_eq!(search(&bed, "%").await, ["percent"]);
    assert_eq!(search(&bed, "_").await, ["underscore"]);
    assert_eq!(search(&bed, "a_b").await, ["underscore"]);
    assert_eq!(search(&bed, r"\").await, ["backslash"]);
    assert_eq!(search(&bed, "0% w").await, ["percent"]);
    assert_eq!(search(&bed, "PLAIN").await, ["plain"]);
    assert_eq!(search(&bed, "").await.len(), 5);
    assert!(search(&bed, "'; --").await.is_empty());
}

#[tokio::test]
async fn filters_add_up() {
    let bed = Bed::new().await;
    let one = named(&bed, "one", "One", "free").await;
    let two = named(&bed, "two", "Two", "starter").await;
    let three = named(&bed, "three", "Three", "starter").await;
    let gone = named(&bed, "gone", "Gone", "starter").await;
    let mut tx = bed.tenant_tx(three).await;
    let change = TenantChange {
        is_active: Some(false),
        ..TenantChange::default()
    };
    tx.tenant().update(&change).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = bed.read().await;
    read.tenants().mark_deleted(gone, bed.now()).await.unwrap();
    let page = PageRequest::parse(100, 0, None).unwrap();
    let find = async |plan: Option<&str>, is_active| {
        let filter = TenantFilter {
            plan: plan.map(|plan| PlanCode::parse(plan).unwrap()),
            is_active,
            search: None,
        };
        let mut ids: Vec<_> = list(&bed, &filter, &page)
            .await
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        ids.sort();
        ids
    };
    let sorted = |mut ids: Vec<TenantId>| {
        ids.sort();
        ids
    };
    assert_eq!(find(None, None).await, sorted(vec![one, two, three]));
    assert_eq!(find(Some("starter"), None).await, sorted(vec![two, three]));
    assert_eq!(find(Some("starter"), Some(true)).await, [two]);
    assert_eq!(find(None, Some(false)).await, [three]);
    assert!(find(Some("enterprise"), None).await.is_empty());
}

#[tokio::test]
async fn both_forms_of_pages_give_the_same_rows_once_each() {
    let bed = Bed::new().await;
    for number in 0..23 {
        bed.tenant(&format!("tenant-{number}")).await;
        // Several share a moment.
        if number % 4 == 0 {
            bed.later(1);
        }
    }
    let none = TenantFilter::default();
    let (mut by_skip, mut by_key) = (Vec::new(), Vec::new());
    for skip in [0, 5, 10, 15, 20, 25] {
        let page = PageRequest::parse(5, skip, None).unwrap();
        by_skip.extend(list(&bed, &none, &page).await);
    }
    let mut after: Option<String> = None;
    loop {
        // A keyset wins over `skip`.
        let page = PageRequest::parse(5, 3, after.as_deref()).unwrap();
        let page = match page.after {
            None => PageRequest { skip: 0, ..page },
            Some(_) => page,
        };
        let mut read = bed.read().await;
        let rows = read.tenants().list(&none, &page).await.unwrap();
        let Some(last) = rows.last() else { break };
        let cursor = Cursor {
            created_at: last.created_at,
            id: last.id.as_uuid(),
        };
        after = Some(cursor.encode());
        by_key.extend(rows.iter().map(|row| (row.id, row.slug.to_string())));
    }
    assert_eq!(by_key.len(), 23);
    assert_eq!(by_key, by_skip);
}

#[tokio::test]
async fn a_keyset_page_is_not_shifted_by_what_is_added_meanwhile() {
    let bed = Bed::new().await;
    for number in 0..10 {
        bed.tenant(&format!("old-{number}")).await;
        bed.later(1);
    }
    let none = TenantFilter::default();
    let first = PageRequest::parse(4, 0, None).unwrap();
    let mut read = bed.read().await;
    let mut seen = read.tenants().list(&none, &first).await.unwrap();
    bed.tenant("new-one").await;
    let last = seen.last().unwrap();
    let rest = PageRequest {
        limit: 100,
        skip: 0,
        after: Some(Cursor {
            created_at: last.created_at,
            id: last.id.as_uuid(),
        }),
    };
    seen.extend(read.tenants().list(&none, &rest).await.unwrap());
    let slugs: Vec<_> = seen.iter().map(|row| row.slug.to_string()).collect();
    let expected: Vec<_> = (0..10).rev().map(|n| format!("old-{n}")).collect();
    assert_eq!(slugs, expected);
}

#[tokio::test]
async fn a_slug_belongs_to_one_until_its_tenant_is_deleted() {
    let bed = Bed::new().await;
    let first = bed.tenant("aaa").await.id;
    let again = bed.new_tenant("aaa", Limit::UNLIMITED);
    let mut read = bed.read().await;
    let refused = read.tenants().insert(&again).await.unwrap_err();
    assert!(refused.is_duplicate_of("idx_tenants_slug"));
    bed.tenant("aaa-2").await;
    bed.tenant("aab").await;
    let stem = Slug::parse("aaa").unwrap();
    let mut taken = read.tenants().slugs_like(&stem).await.unwrap();
    taken.sort();
    assert_eq!(taken, ["aaa", "aaa-2"]);
    read.tenants().mark_deleted(first, bed.now()).await.unwrap();
    let twice = read.tenants().mark_deleted(first, bed.now()).await;
    assert!(matches!(twice, Err(Error::NotFound { .. })));
    let taken = read.tenants().slugs_like(&stem).await.unwrap();
    assert_eq!(taken, ["aaa-2"]);
    read.tenants().insert(&again).await.unwrap();
    // The deleted one is gone for its own transaction, too.
    let mut tx = bed.tenant_tx(first).await;
    assert!(matches!(
        tx.tenant().get().await,
        Err(Error::NotFound { .. })
    ));
    assert!(matches!(
        tx.tenant().lock().await,
        Err(Error::NotFound { .. })
    ));
    let change = TenantChange::default();
    let changed = tx.tenant().update(&change).await;
    assert!(matches!(changed, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_change_changes_what_it_names_and_nothing_else() {
    let bed = Bed::new().await;
    let id = bed.tenant("aaa").await.id;
    let mut tx = bed.tenant_tx(id).await;
    let quotas = Quotas {
        max_users: Limit::UNLIMITED,
        meet_hours: Limit::at_most(1),
        docs_mb: Limit::at_most(2),
        mail_mb: Limit::at_most(3),
        recordings_mb: Limit::at_most(4),
    };
    let change = TenantChange {
        domain: Some(Some("a.example".to_owned())),
        settings: Some(serde_json::json!({"theme": "dark"})),
        suspension: Some(Some("unpaid".to_owned())),
        plan: Some((PlanCode::parse("business").unwrap(), quotas)),
        ..TenantChange::default()
    };
    let changed = tx.tenant().update(&change).await.unwrap();
    assert_eq!(changed.name, "Tenant aaa");
    assert_eq!(changed.domain.as_deref(), Some("a.example"));
    assert_eq!(changed.suspended_reason.as_deref(), Some("unpaid"));
    assert!(changed.is_active && changed.is_suspended && !changed.is_open());
    assert_eq!(
        (changed.plan.as_str(), changed.quotas),
        ("business", quotas)
    );
    let change = TenantChange {
        domain: Some(None),
        suspension: Some(None),
        ..TenantChange::default()
    };
    let changed = tx.tenant().update(&change).await.unwrap();
    assert_eq!((changed.domain, changed.suspended_reason), (None, None));
    assert_eq!(changed.settings, serde_json::json!({"theme": "dark"}));
    assert_eq!(changed.quotas, quotas);
    assert!(!changed.is_suspended);
    let same = tx.tenant().update(&TenantChange::default()).await.unwrap();
    assert_eq!(same.plan.as_str(), "business");
}

#[tokio::test]
async fn a_plan_that_does_not_exist_is_refused() {
    let bed = Bed::new().await;
    let new = NewTenant {
        plan: PlanCode::parse("no-such-plan").unwrap(),
        ..bed.new_tenant("aaa", Limit::UNLIMITED)
    };
    let mut read = bed.read().await;
    assert!(matches!(
        read.tenants().insert(&new).await,
        Err(Error::Statement(_))
    ));
    let mut plans = read.plans();
    let codes: Vec<_> = plans.list().await.unwrap();
    assert_eq!(codes.len(), 8);
    assert_eq!(codes[0].code.as_str(), "free");
    let found = plans.find(&codes[7].code).await.unwrap().unwrap();
    assert_eq!(found.quotas.max_users, Limit::UNLIMITED);
    assert!(plans.find(&new.plan).await.unwrap().is_none());
}

#[tokio::test]
async fn memberships_are_active_ones_in_tenants_that_exist_oldest_first() {
    let bed = Bed::new().await;
    let account = bed.account("ada").await.id;
    let mut ids = Vec::new();
    for slug in ["one", "two", "three", "four"] {
        let id = bed.tenant(slug).await.id;
        let new = bed.new_member(account, "ada@a.example");
        let mut tx = bed.tenant_tx(id).await;
        tx.members().insert(&new).await.unwrap();
        if slug == "three" {
            let change = MemberChange {
                is_active: Some(false),
                ..MemberChange::default()
            };
            tx.members().update(new.id, &change).await.unwrap();
        }
        tx.commit().await.unwrap();
        ids.push(id);
        bed.later(1);
    }
    let mut read = bed.read().await;
    read.tenants()
        .mark_deleted(ids[3], bed.now())
        .await
        .unwrap();
    let found = read.tenants().memberships(account).await.unwrap();
    let found: Vec<_> = found.iter().map(|found| found.tenant.id).collect();
    assert_eq!(found, ids[..2]);
    assert_eq!(read.tenants().count_seats_of(account).await.unwrap(), 2);
}

async fn enter(
    bed: &Bed,
    segment: &str,
    account: AccountId,
    role: PlatformRole,
) -> Option<TenantEntry> {
    let tenant = TenantRef::parse(segment)?;
    let mut read = bed.read().await;
    let actor = Actor::person(account, None, None);
    let entered = read.tenants().enter(&tenant, account, role, actor).await;
    entered.unwrap()
}

#[tokio::test]
async fn the_door_opens_by_id_and_slug_for_members_alone() {
    let bed = Bed::new().await;
    let id = bed.tenant("aaa").await.id;
    let other = bed.tenant("bbb").await.id;
    let (ada, member) = bed.member(id, "ada").await;
    let (eve, _) = bed.member(other, "eve").await;
    let customer = PlatformRole::Customer;
    for segment in [id.to_string(), "aaa".to_owned()] {
        let entry = enter(&bed, &segment, ada, customer).await.unwrap();
        assert!(matches!(entry.access, TenantAccess::Member(_)));
        assert_eq!(entry.scope().unwrap().tenant_id(), id);
        // A role on the platform opens nothing, but for the administrator's.
        for role in [customer, PlatformRole::Admin, PlatformRole::Manager] {
            let entry = enter(&bed, &segment, eve, role).await.unwrap();
            assert_eq!(entry.access, TenantAccess::Stranger);
            assert!(entry.scope().is_none());
        }
        let entry = enter(&bed, &segment, eve, PlatformRole::SuperAdmin).await;
        assert!(entry.unwrap().scope().is_some());
    }
    assert!(enter(&bed, "nobody", ada, customer).await.is_none());
    assert!(enter(&bed, "%", ada, customer).await.is_none());
    // Free text of the tenant is no name of it.
    bed.sql("UPDATE workspace.tenants SET domain = 'ccc', erp_company_code = 'ccc'")
        .await;
    assert!(enter(&bed, "ccc", ada, customer).await.is_none());

    let mut tx = bed.tenant_tx(id).await;
    let change = MemberChange {
        is_active: Some(false),
        ..MemberChange::default()
    };
    tx.members().update(member, &change).await.unwrap();
    tx.commit().await.unwrap();
    let entry = enter(&bed, "aaa", ada, customer).await.unwrap();
    assert_eq!(entry.access, TenantAccess::Stranger);
    bed.sql("UPDATE workspace.tenants SET is_suspended = true")
        .await;
    let entry = enter(&bed, "bbb", eve, customer).await.unwrap();
    assert_eq!(entry.access, TenantAccess::Suspended);
    assert!(entry.scope().is_none());
}
