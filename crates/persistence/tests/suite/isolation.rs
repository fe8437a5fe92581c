//! What one tenant's transaction does to another tenant's objects: nothing, by every repository.

use bheem_domain::{CredentialId, DnsRecordId, RunId, TenantId, TenantRole};
use bheem_persistence::{
    Error, PageRequest,
    repo::{
        MemberChange, NewDnsRecord, Purpose, SealedCredential, TenantChange, Verdict,
        VerificationStatus,
    },
};
use bheem_vault::Sealed;

use crate::{
    isolation_raw::fill,
    support::{Bed, email, new_run},
};

async fn two(bed: &Bed) -> (TenantId, TenantId) {
    let (a, b) = (bed.tenant("aaa").await.id, bed.tenant("bbb").await.id);
    fill(bed, a, "ada").await;
    (a, b)
}

fn page() -> PageRequest {
    PageRequest::parse(100, 0, None).unwrap()
}

fn is_absent<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::NotFound { .. })), "{result:?}");
}

#[tokio::test]
async fn members_of_another_tenant_are_absent() {
    let bed = Bed::new().await;
    let (a, b) = two(&bed).await;
    let mut tx = bed.tenant_tx(a).await;
    let ada = tx.members().list(None, &page()).await.unwrap().remove(0);
    drop(tx);
    let mut tx = bed.tenant_tx(b).await;
    let mut members = tx.members();
    assert!(members.find(ada.id).await.unwrap().is_none());
    let found = members.find_by_account(ada.user_id).await.unwrap();
    assert!(found.is_none());
    assert!(members.find_by_email(&ada.email).await.unwrap().is_none());
    assert!(members.list(None, &page()).await.unwrap().is_empty());
    let change = MemberChange {
        role: Some(TenantRole::Owner),
        ..MemberChange::default()
    };
    is_absent(&members.update(ada.id, &change).await);
    is_absent(&members.confirm(ada.id).await);
    let run = RunId::generate(&bed.clock);
    is_absent(&members.set_run(ada.id, run).await);
    assert!(!members.remove_unconfirmed(ada.id).await.unwrap());
    assert_eq!(members.count_active_owners().await.unwrap(), 0);
    tx.commit().await.unwrap();
    let mut tx = bed.tenant_tx(a).await;
    let kept = tx.members().find(ada.id).await.unwrap().unwrap();
    assert_eq!((kept.role, kept.is_confirmed), (TenantRole::Member, false));
}

#[tokio::test]
async fn the_row_of_another_tenant_is_untouched_by_a_change() {
    let bed = Bed::new().await;
    let (a, b) = two(&bed).await;
    let mut tx = bed.tenant_tx(b).await;
    let change = TenantChange {
        name: Some("Renamed".to_owned()),
        ..TenantChange::default()
    };
    assert_eq!(tx.tenant().update(&change).await.unwrap().id, b);
    assert_eq!(tx.tenant().get().await.unwrap().id, b);
    tx.commit().await.unwrap();
    let mut tx = bed.tenant_tx(a).await;
    assert_eq!(tx.tenant().get().await.unwrap().name, "Tenant aaa");
}

#[tokio::test]
async fn domains_and_records_of_another_tenant_are_absent() {
    let bed = Bed::new().await;
    let (a, b) = two(&bed).await;
    let mut tx = bed.tenant_tx(a).await;
    let id = tx.domains().list().await.unwrap()[0].id;
    tx.domains().make_primary(id).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = bed.tenant_tx(b).await;
    let mut domains = tx.domains();
    assert!(domains.list().await.unwrap().is_empty());
    assert!(domains.find(id).await.unwrap().is_none());
    assert!(domains.find_primary().await.unwrap().is_none());
    assert!(domains.records(&[id]).await.unwrap().is_empty());
    let verdict = Verdict {
        ownership: true,
        mx: true,
        spf: true,
        dkim: true,
        status: VerificationStatus::Verified,
        mail_allowed: true,
        proof_seen: Some(true),
        checked_at: bed.now(),
    };
    is_absent(&domains.note(id, &verdict).await);
    is_absent(&domains.make_primary(id).await);
    let run = RunId::generate(&bed.clock);
    is_absent(&domains.set_run(id, run).await);
    domains
        .note_record(id, Purpose::Spf, true, bed.now())
        .await
        .unwrap();
    assert!(!domains.remove(id).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = bed.tenant_tx(a).await;
    let kept = tx.domains().find(id).await.unwrap().unwrap();
    assert!(kept.is_primary && !kept.ownership_verified);
    let records = tx.domains().records(&[id]).await.unwrap();
    assert!(!records[0].is_verified && records[0].last_checked_at.is_none());
}

#[tokio::test]
async fn a_record_cannot_be_put_on_another_tenants_domain() {
    let bed = Bed::new().await;
    let (a, b) = two(&bed).await;
    let mut tx = bed.tenant_tx(a).await;
    let id = tx.domains().list().await.unwrap()[0].id;
    drop(tx);
    let mut tx = bed.tenant_tx(b).await;
    let record = NewDnsRecord {
        id: DnsRecordId::generate(&bed.clock),
        record_type: "TXT",
        name: "ada.example".to_owned(),
        value: "stolen".to_owned(),
        priority: None,
        purpose: Purpose::Ownership,
    };
    assert!(tx.domains().expect(id, &record).await.is_err());
}

#[tokio::test]
async fn credentials_of_another_tenant_are_absent() {
    let bed = Bed::new().await;
    let (a, b) = two(&bed).await;
    let mut tx = bed.tenant_tx(a).await;
    let ada = tx.members().list(None, &page()).await.unwrap().remove(0);
    let found = tx
        .credentials()
        .find_for_member(ada.id, "mailcow", "ada")
        .await
        .unwrap();
    assert!(found.is_some());
    let new = SealedCredential {
        id: CredentialId::generate(&bed.clock),
        username: "ada".to_owned(),
        sealed: Sealed {
            key_id: "a".to_owned(),
            bytes: vec![9],
        },
    };
    let mut credentials = tx.credentials();
    let kept = credentials.keep_for_account(ada.user_id, "nextcloud", &new);
    kept.await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = bed.tenant_tx(b).await;
    let mut credentials = tx.credentials();
    let found = credentials.find_for_member(ada.id, "mailcow", "ada").await;
    assert!(found.unwrap().is_none());
    let removed = credentials.remove_for_member(ada.id, "mailcow").await;
    assert_eq!(removed.unwrap(), 0);
    // The account is no member here, so its credential for all tenants is not for this one.
    let found = credentials
        .find_for_account(ada.user_id, "nextcloud", "ada")
        .await;
    assert!(found.unwrap().is_none());
    let other = SealedCredential {
        username: "eve".to_owned(),
        ..new
    };
    let kept = credentials.keep_for_member(ada.id, "mailcow", &other).await;
    assert!(kept.is_err());
}

#[tokio::test]
async fn activity_and_runs_of_another_tenant_are_absent() {
    let bed = Bed::new().await;
    let (a, b) = two(&bed).await;
    let mut tx = bed.tenant_tx(a).await;
    assert_eq!(tx.activity().list(&page()).await.unwrap().len(), 1);
    let enqueued = tx.runs().enqueue(&new_run(a, "ada")).await.unwrap();
    assert!(enqueued.existed);
    let run = RunId::from(enqueued.run_id);
    assert!(tx.runs().find(run).await.unwrap().is_some());
    drop(tx);
    let mut tx = bed.tenant_tx(b).await;
    assert!(tx.activity().list(&page()).await.unwrap().is_empty());
    assert!(tx.runs().find(run).await.unwrap().is_none());
    assert!(tx.runs().find_many(&[run]).await.unwrap().is_empty());
    let foreign = tx.runs().enqueue(&new_run(a, "eve")).await;
    assert!(matches!(foreign, Err(Error::Inconsistent { .. })));
    drop(tx);
    // The system sees all of it, and what it asks for by tenant is that tenant's alone.
    let mut read = bed.read().await;
    assert!(read.any_run(run).await.unwrap().is_some());
    assert!(read.runs_of(b).find(run).await.unwrap().is_none());
    assert!(read.runs_of(a).find(run).await.unwrap().is_some());
    let of_b = read.activity(Some(b)).list(&page()).await.unwrap();
    assert!(of_b.is_empty());
    assert!(
        read.members_of(b)
            .list(None, &page())
            .await
            .unwrap()
            .is_empty()
    );
    let ada = email("ada@a.example");
    let found = read.members_of(b).find_by_email(&ada).await;
    assert!(found.unwrap().is_none());
}
