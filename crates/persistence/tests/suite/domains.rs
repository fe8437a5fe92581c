//! Domains: claims, proofs, records.

use bheem_domain::{DnsRecordId, DomainId, DomainName, TenantId};
use bheem_persistence::{
    Error,
    repo::{DomainRecord, NewDnsRecord, Purpose, Verdict, VerificationStatus},
};
use chrono::TimeDelta;
use futures::future::join_all;

use crate::support::Bed;

fn verdict(bed: &Bed, ownership: bool, status: VerificationStatus) -> Verdict {
    Verdict {
        ownership,
        mx: false,
        spf: false,
        dkim: false,
        status,
        mail_allowed: false,
        proof_seen: Some(ownership),
        checked_at: bed.now(),
    }
}

async fn prove(bed: &Bed, tenant: TenantId, id: DomainId) -> Result<DomainRecord, Error> {
    let mut tx = bed.tenant_tx(tenant).await;
    let verdict = verdict(bed, true, VerificationStatus::Partial);
    let noted = tx.domains().note(id, &verdict).await?;
    tx.commit().await?;
    Ok(noted)
}

fn name(text: &str) -> DomainName {
    DomainName::parse(text).unwrap()
}

#[tokio::test]
async fn many_may_claim_a_name_and_one_proves_it() {
    let bed = Bed::new().await;
    let (a, b) = (bed.tenant("aaa").await.id, bed.tenant("bbb").await.id);
    let in_a = bed.domain(a, "x.example").await;
    let in_b = bed.domain(b, "x.example").await;
    let mut read = bed.read().await;
    assert!(
        !read
            .domain_claims()
            .is_proven(&name("x.example"))
            .await
            .unwrap()
    );
    assert!(prove(&bed, b, in_b).await.unwrap().ownership_verified);
    let refused = prove(&bed, a, in_a).await.unwrap_err();
    assert!(refused.is_duplicate_of("domains_proven"), "{refused:?}");
    assert!(
        read.domain_claims()
            .is_proven(&name("x.example"))
            .await
            .unwrap()
    );
    assert!(
        !read
            .domain_claims()
            .is_proven(&name("y.example"))
            .await
            .unwrap()
    );
    // Only the proven claim stays.
    let ended = read
        .domain_claims()
        .remove_unproven(&name("x.example"))
        .await;
    assert_eq!(ended.unwrap(), 1);
    let of = read.domain_claims().tenant_of(in_b).await.unwrap();
    assert_eq!(of, Some(b));
    let of = read.domain_claims().tenant_of(in_a).await.unwrap();
    assert_eq!(of, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_prove_a_name_at_once_one_gets_it() {
    let bed = Bed::new().await;
    let mut claims = Vec::new();
    for number in 0..8 {
        let tenant = bed.tenant(&format!("tenant-{number}")).await.id;
        claims.push((tenant, bed.domain(tenant, "x.example").await));
    }
    let proofs = claims.iter().map(|(tenant, id)| prove(&bed, *tenant, *id));
    let proven = join_all(proofs).await;
    assert_eq!(proven.iter().filter(|proof| proof.is_ok()).count(), 1);
    for refused in proven.into_iter().filter_map(Result::err) {
        assert!(refused.is_duplicate_of("domains_proven"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_name_that_was_removed_may_be_added_again() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let id = bed.domain(tenant, "x.example").await;
    let mut tx = bed.tenant_tx(tenant).await;
    let again = bed.new_domain("X.example");
    let refused = tx.domains().insert(&again).await.unwrap_err();
    assert!(refused.is_duplicate_of("domains_tenant_id_domain_key"));
    drop(tx);
    prove(&bed, tenant, id).await.unwrap();
    let mut tx = bed.tenant_tx(tenant).await;
    assert!(tx.domains().remove(id).await.unwrap());
    assert!(!tx.domains().remove(id).await.unwrap());
    let made = tx.domains().insert(&again).await.unwrap();
    assert!(!made.ownership_verified && made.is_active && !made.is_primary);
    assert_eq!(made.verification_status, VerificationStatus::Pending);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn unproven_claims_lapse_and_proven_ones_do_not() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let proven = bed.domain(tenant, "proven.example").await;
    bed.domain(tenant, "old.example").await;
    prove(&bed, tenant, proven).await.unwrap();
    bed.later(60);
    bed.domain(tenant, "new.example").await;
    let lapse = bed.now() + TimeDelta::days(7);
    let mut read = bed.read().await;
    let ended = read.domain_claims().purge(lapse, 10).await.unwrap();
    assert_eq!(ended, 1);
    let mut tx = bed.tenant_tx(tenant).await;
    let left = tx.domains().list().await.unwrap();
    let left: Vec<_> = left.iter().map(|row| row.domain.as_str()).collect();
    assert_eq!(left, ["proven.example", "new.example"]);
}

#[tokio::test]
async fn one_domain_is_primary_and_counts_only_when_proven() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let first = bed.domain(tenant, "one.example").await;
    let second = bed.domain(tenant, "two.example").await;
    let mut tx = bed.tenant_tx(tenant).await;
    let mut domains = tx.domains();
    assert!(domains.find_primary().await.unwrap().is_none());
    domains.make_primary(first).await.unwrap();
    assert!(domains.find_primary().await.unwrap().is_none());
    domains.make_primary(second).await.unwrap();
    domains.make_primary(second).await.unwrap();
    let list = domains.list().await.unwrap();
    let primary: Vec<_> = list.iter().filter(|row| row.is_primary).collect();
    assert_eq!(primary.len(), 1);
    assert_eq!(primary[0].id, second);
    let nobody = DomainId::generate(&bed.clock);
    let missing = domains.make_primary(nobody).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    drop(tx);
    prove(&bed, tenant, first).await.unwrap();
    let mut tx = bed.tenant_tx(tenant).await;
    tx.domains().make_primary(first).await.unwrap();
    let found = tx.domains().find_primary().await.unwrap().unwrap();
    assert_eq!(found.id, first);
}

#[tokio::test]
async fn the_time_of_the_first_full_proof_is_kept() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let id = bed.domain(tenant, "x.example").await;
    let mut tx = bed.tenant_tx(tenant).await;
    let mut domains = tx.domains();
    let partial = verdict(&bed, true, VerificationStatus::Partial);
    let noted = domains.note(id, &partial).await.unwrap();
    assert_eq!(noted.verified_at, None);
    let first = bed.now();
    let verified = verdict(&bed, true, VerificationStatus::Verified);
    let noted = domains.note(id, &verified).await.unwrap();
    assert_eq!(noted.verified_at, Some(first));
    bed.later(60);
    let again = verdict(&bed, true, VerificationStatus::Verified);
    let noted = domains.note(id, &again).await.unwrap();
    assert_eq!(noted.verified_at, Some(first));
    let later = verdict(&bed, true, VerificationStatus::Partial);
    let noted = domains.note(id, &later).await.unwrap();
    assert_eq!(noted.verified_at, Some(first));
    assert_eq!(noted.verification_status, VerificationStatus::Partial);
}

#[tokio::test]
async fn ownership_once_proven_is_not_lost_by_a_later_look() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let id = bed.domain(tenant, "x.example").await;
    prove(&bed, tenant, id).await.unwrap();
    let mut tx = bed.tenant_tx(tenant).await;
    let nothing = verdict(&bed, false, VerificationStatus::Pending);
    let noted = tx.domains().note(id, &nothing).await.unwrap();
    assert!(noted.ownership_verified);
}

#[tokio::test]
async fn a_record_is_expected_once_for_each_purpose() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let id = bed.domain(tenant, "x.example").await;
    let other = bed.domain(tenant, "y.example").await;
    let record = |purpose, value: &str| NewDnsRecord {
        id: DnsRecordId::generate(&bed.clock),
        record_type: "TXT",
        name: "x.example".to_owned(),
        value: value.to_owned(),
        priority: None,
        purpose,
    };
    let mut tx = bed.tenant_tx(tenant).await;
    let mut domains = tx.domains();
    domains
        .expect(id, &record(Purpose::Spf, "old"))
        .await
        .unwrap();
    domains
        .expect(id, &record(Purpose::Dkim, "key"))
        .await
        .unwrap();
    domains
        .expect(other, &record(Purpose::Spf, "other"))
        .await
        .unwrap();
    let first = domains.records(&[id]).await.unwrap();
    domains
        .expect(id, &record(Purpose::Spf, "new"))
        .await
        .unwrap();
    let records = domains.records(&[id]).await.unwrap();
    assert_eq!(records.len(), 2);
    let spf = |records: &[bheem_persistence::repo::DnsRecord]| {
        let found = records.iter().find(|row| row.purpose == Purpose::Spf);
        found.unwrap().clone()
    };
    assert_eq!(spf(&records).value, "new");
    assert_eq!(spf(&records).id, spf(&first).id);
    assert_eq!(domains.records(&[id, other]).await.unwrap().len(), 3);
    assert!(domains.records(&[]).await.unwrap().is_empty());
    domains
        .note_record(id, Purpose::Spf, true, bed.now())
        .await
        .unwrap();
    let records = domains.records(&[id, other]).await.unwrap();
    let verified: Vec<_> = records.iter().filter(|row| row.is_verified).collect();
    assert_eq!(verified.len(), 1);
    assert_eq!(verified[0].last_checked_at, Some(bed.now()));
    assert!(domains.remove(id).await.unwrap());
    assert_eq!(domains.records(&[id, other]).await.unwrap().len(), 1);
}
