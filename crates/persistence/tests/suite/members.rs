//! People in a tenant.

use bheem_domain::{MemberId, RunId, TenantRole};
use bheem_persistence::{
    Cursor, Error, PageRequest,
    repo::{MemberChange, NewMember},
};

use crate::support::{Bed, email};

#[tokio::test]
async fn a_member_is_read_as_it_was_written() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let admin = bed.account("admin").await.id;
    let ada = bed.account("ada").await.id;
    let new = NewMember {
        personal_email: Some(email("ada@home.example")),
        role: TenantRole::Admin,
        invited_by: Some(admin),
        invited_at: Some(bed.now()),
        ..bed.new_member(ada, "Ada@a.example")
    };
    let mut tx = bed.tenant_tx(tenant).await;
    let mut members = tx.members();
    members.insert(&new).await.unwrap();
    let found = members.find(new.id).await.unwrap().unwrap();
    assert_eq!(
        (found.id, found.tenant_id, found.user_id),
        (new.id, tenant, ada)
    );
    assert_eq!(
        (found.username.as_str(), found.name.as_str()),
        ("ada", "Ada")
    );
    assert_eq!(
        (found.email, found.personal_email),
        (new.email, new.personal_email)
    );
    assert_eq!((found.role, found.generation), (TenantRole::Admin, 1));
    assert_eq!((found.is_active, found.is_confirmed), (true, false));
    assert_eq!(
        (found.invited_by, found.invited_at),
        (Some(admin), Some(bed.now()))
    );
    assert_eq!((found.joined_at, found.run_id), (None, None));
    let by_account = members.find_by_account(ada).await.unwrap().unwrap();
    assert_eq!(by_account.id, new.id);
    let by_email = members
        .find_by_email(&email("aDa@A.example"))
        .await
        .unwrap();
    assert_eq!(by_email.unwrap().id, new.id);
    let nobody = email("nobody@a.example");
    assert!(members.find_by_email(&nobody).await.unwrap().is_none());
}

#[tokio::test]
async fn an_address_and_an_account_are_in_a_tenant_once() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let (ada, _) = bed.member(tenant, "ada").await;
    let eve = bed.account("eve").await.id;
    let mut tx = bed.tenant_tx(tenant).await;
    let address = bed.new_member(eve, "ADA@a.example");
    let refused = tx.members().insert(&address).await.unwrap_err();
    assert!(refused.is_duplicate_of("tenant_users_email"), "{refused:?}");
    drop(tx);
    let mut tx = bed.tenant_tx(tenant).await;
    let account = bed.new_member(ada, "ada2@a.example");
    let refused = tx.members().insert(&account).await.unwrap_err();
    assert!(refused.is_duplicate_of("tenant_users_tenant_id_user_id_key"));
    drop(tx);
    // In another tenant both are free.
    let other = bed.tenant("bbb").await.id;
    let mut tx = bed.tenant_tx(other).await;
    let both = bed.new_member(ada, "ada@a.example");
    tx.members().insert(&both).await.unwrap();
}

#[tokio::test]
async fn a_change_changes_what_it_names_and_a_seat_raises_the_generation() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let (_, ada) = bed.member(tenant, "ada").await;
    let mut tx = bed.tenant_tx(tenant).await;
    let mut members = tx.members();
    let change = MemberChange {
        name: Some("Ada L".to_owned()),
        role: Some(TenantRole::Manager),
        personal_email: Some(Some(email("x@home.example"))),
        permissions: Some(serde_json::json!({"a": true})),
        is_active: None,
    };
    members.update(ada, &change).await.unwrap();
    let found = members.find(ada).await.unwrap().unwrap();
    assert_eq!(
        (found.name.as_str(), found.role),
        ("Ada L", TenantRole::Manager)
    );
    assert_eq!(found.personal_email, Some(email("x@home.example")));
    assert_eq!((found.generation, found.is_active), (1, true));
    let change = MemberChange {
        personal_email: Some(None),
        is_active: Some(false),
        ..MemberChange::default()
    };
    members.update(ada, &change).await.unwrap();
    let found = members.find(ada).await.unwrap().unwrap();
    assert_eq!((found.personal_email, found.is_active), (None, false));
    assert_eq!((found.name.as_str(), found.generation), ("Ada L", 2));
    // Nothing named is nothing changed, and no error.
    members.update(ada, &MemberChange::default()).await.unwrap();
    let run = RunId::generate(&bed.clock);
    members.set_run(ada, run).await.unwrap();
    let found = members.find(ada).await.unwrap().unwrap();
    assert_eq!((found.run_id, found.generation), (Some(run), 2));
    let nobody = MemberId::generate(&bed.clock);
    for missing in [
        members.update(nobody, &change).await,
        members.set_run(nobody, run).await,
        members.confirm(nobody).await,
    ] {
        assert!(matches!(missing, Err(Error::NotFound { what: "member" })));
    }
}

#[tokio::test]
async fn a_confirmed_member_is_not_removed_as_unconfirmed() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let (_, ada) = bed.member(tenant, "ada").await;
    let (_, bea) = bed.member(tenant, "bea").await;
    let mut tx = bed.tenant_tx(tenant).await;
    let mut members = tx.members();
    members.confirm(ada).await.unwrap();
    members.confirm(ada).await.unwrap();
    assert!(!members.remove_unconfirmed(ada).await.unwrap());
    assert!(members.find(ada).await.unwrap().unwrap().is_confirmed);
    assert!(members.remove_unconfirmed(bea).await.unwrap());
    assert!(!members.remove_unconfirmed(bea).await.unwrap());
}

#[tokio::test]
async fn active_owners_are_counted() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let (_, ada) = bed.member(tenant, "ada").await;
    let (_, bea) = bed.member(tenant, "bea").await;
    let mut tx = bed.tenant_tx(tenant).await;
    let mut members = tx.members();
    assert_eq!(members.count_active_owners().await.unwrap(), 0);
    let change = MemberChange {
        role: Some(TenantRole::Owner),
        ..MemberChange::default()
    };
    members.update(ada, &change).await.unwrap();
    members.update(bea, &change).await.unwrap();
    assert_eq!(members.count_active_owners().await.unwrap(), 2);
    let change = MemberChange {
        is_active: Some(false),
        ..MemberChange::default()
    };
    members.update(bea, &change).await.unwrap();
    assert_eq!(members.count_active_owners().await.unwrap(), 1);
}

#[tokio::test]
async fn both_forms_of_pages_give_the_same_rows_in_the_order_they_came() {
    let bed = Bed::new().await;
    let new = bed.new_tenant("aaa", bheem_domain::Limit::UNLIMITED);
    bed.read().await.tenants().insert(&new).await.unwrap();
    let mut made = Vec::new();
    for number in 0..11 {
        made.push(bed.member(new.id, &format!("p{number}")).await.1);
        if number % 3 == 0 {
            bed.later(1);
        }
    }
    let mut tx = bed.tenant_tx(new.id).await;
    let (mut by_skip, mut by_key) = (Vec::new(), Vec::new());
    for skip in [0, 4, 8, 12] {
        let page = PageRequest::parse(4, skip, None).unwrap();
        let rows = tx.members().list(None, &page).await.unwrap();
        by_skip.extend(rows.iter().map(|row| row.id));
    }
    let mut page = PageRequest::parse(4, 0, None).unwrap();
    loop {
        let rows = tx.members().list(None, &page).await.unwrap();
        let Some(last) = rows.last() else { break };
        page.after = Some(Cursor {
            created_at: last.created_at,
            id: last.id.as_uuid(),
        });
        by_key.extend(rows.iter().map(|row| row.id));
    }
    assert_eq!(by_key, by_skip);
    assert_eq!(by_key.len(), made.len());
    assert!(made.iter().all(|id| by_key.contains(id)));
    let change = MemberChange {
        role: Some(TenantRole::Admin),
        ..MemberChange::default()
    };
    tx.members().update(made[3], &change).await.unwrap();
    let page = PageRequest::parse(4, 0, None).unwrap();
    let admins = tx.members().list(Some(TenantRole::Admin), &page).await;
    let admins: Vec<_> = admins.unwrap().iter().map(|row| row.id).collect();
    assert_eq!(admins, [made[3]]);
}
