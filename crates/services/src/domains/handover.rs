//! A proof that has lapsed, and what its end means: accounts that a tenant manages on a domain are closed and lose the
//! address, and whoever proves the domain next gets fresh ones.

use bheem_domain::{DomainName, TenantId};
use bheem_persistence::{
    SystemScope, SystemTx, TenantScope,
    repo::{DomainRecord, Entity, ProvenDomain},
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::manage::{already_registered, being_removed};
use crate::{Result, Services};

/// A proof that the name servers have not shown for so long gives way to a new one.
const LAPSES_AFTER: TimeDelta = TimeDelta::days(30);

/// Whether whoever proves the name now may have it.
pub(super) fn has_lapsed(holder: &ProvenDomain, now: DateTime<Utc>) -> bool {
    holder
        .missing_since
        .is_some_and(|since| since + LAPSES_AFTER <= now)
}

impl Services {
    /// Takes a domain from a holder whose proof has lapsed, for somebody who proves it at this moment.
    pub(super) async fn end_lapsed_proof(
        &self,
        scope: &TenantScope,
        domain: &DomainRecord,
    ) -> Result<()> {
        let system = SystemScope::person("end a lapsed proof of a domain", scope.actor().clone());
        let now = self.clock.now();
        let mut tx = self.database.system(&system).await?;
        let holder = tx.domain_claims().holder(&domain.domain).await?;
        let Some(holder) = holder.filter(|holder| holder.tenant_id != scope.tenant_id()) else {
            return Ok(());
        };
        if holder.closing_at.is_some() {
            return Err(being_removed());
        }
        if !has_lapsed(&holder, now) {
            return Err(already_registered());
        }
        let ended = self
            .release(&mut tx, holder.tenant_id, &domain.domain)
            .await?;
        let run = self
            .planner
            .disable_domain_mail(holder.tenant_id, holder.id, &domain.domain)?;
        tx.runs_of(holder.tenant_id).enqueue(&run).await?;
        tx.domain_claims().lose(holder.tenant_id, holder.id).await?;
        tx.activity(Some(holder.tenant_id))
            .record(
                "domain_lost",
                Some(Entity::new("domain", holder.id)),
                &format!("Domain {} was proven by another tenant", domain.domain),
                None,
            )
            .await?;
        tx.commit().await?;
        self.forget(&ended);
        Ok(())
    }

    /// Closes what the tenant manages on the domain: accounts with their sessions and grants at once, the
    /// files of people who were still active in runs of their own. Answers the sessions and grants that
    /// ended.
    pub(super) async fn release(
        &self,
        tx: &mut SystemTx,
        tenant_id: TenantId,
        domain: &DomainName,
    ) -> Result<Vec<Uuid>> {
        let active = tx.members_of(tenant_id).managed_on(domain).await?;
        let now = self.clock.now();
        let ended = tx
            .accounts()
            .release_domain(tenant_id, domain, "domain_ended", now)
            .await?;
        for id in active {
            let member = tx.members_of(tenant_id).find(id).await?;
            // The mailboxes are closed with the domain; the address is the person's no more.
            let Some(member) = member else { continue };
            let run = self.planner.deprovision_member(tenant_id, &member, &[])?;
            let run_id = tx
                .runs_of(tenant_id)
                .supersede(&run, "the domain of the address ended")
                .await?
                .run_id;
            tx.members_of(tenant_id).set_run(id, run_id.into()).await?;
        }
        Ok(ended)
    }

    /// Makes this replica see at once what ended; the others hear of it from the database.
    pub(super) fn forget(&self, ended: &[Uuid]) {
        let now = self.clock.now();
        for id in ended {
            self.identity.revocations().add(*id, now);
        }
    }
}
