//! Removing a domain.

use std::time::Duration;

use bheem_domain::{DomainId, RunId};
use bheem_persistence::{
    SystemScope, SystemTx, TenantScope,
    repo::{DomainRecord, Entity},
};
use bheem_saga::RunView;
use uuid::Uuid;

use crate::{Error, Result, Services};

impl Services {
    /// Removes a domain. What the tenant manages on it is closed at once; a run closes its mail, and then the
    /// name can be had by anybody who proves it. Answers that run; `None` when there was nothing to close.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] while people whose accounts the tenant manages are active on
    /// it.
    pub async fn remove_domain(
        &self,
        scope: &TenantScope,
        id: DomainId,
        wait: Duration,
    ) -> Result<Option<RunView>> {
        let tenant_id = scope.tenant_id();
        let system = SystemScope::person("remove a domain", scope.actor().clone());
        let mut tx = self.database.system(&system).await?;
        // Whoever adds somebody waits here.
        tx.tenant_of(tenant_id).lock().await?;
        let domain = tx.domains_of(tenant_id).find(id).await?;
        let domain = domain.ok_or(Error::NotFound("Domain not found"))?;
        let people = tx
            .members_of(tenant_id)
            .managed_on(&domain.domain)
            .await?
            .len();
        if domain.ownership_verified && people > 0 {
            return Err(Error::conflict(
                "domain_in_use",
                format!("{people} active users have an address on this domain; remove them first"),
            ));
        }
        let (run_id, ended) = self.close_domain(&mut tx, &domain).await?;
        tx.commit().await?;
        self.forget(&ended);
        match run_id {
            Some(run_id) => Ok(Some(self.runs.wait(run_id, wait).await?)),
            None => Ok(None),
        }
    }

    /// An unproven claim goes; a proven domain is released, and a run closes its mail.
    async fn close_domain(
        &self,
        tx: &mut SystemTx,
        domain: &DomainRecord,
    ) -> Result<(Option<Uuid>, Vec<Uuid>)> {
        let tenant_id = domain.tenant_id;
        if domain.closing_at.is_some() {
            return Ok((domain.run_id.map(RunId::as_uuid), Vec::new()));
        }
        tx.activity(Some(tenant_id))
            .record(
                "domain_removed",
                Some(Entity::new("domain", domain.id)),
                &format!("Domain {} removed", domain.domain),
                None,
            )
            .await?;
        if !domain.ownership_verified {
            tx.domains_of(tenant_id).remove(domain.id).await?;
            return Ok((None, Vec::new()));
        }
        let ended = self.release(tx, tenant_id, &domain.domain).await?;
        let run = self
            .planner
            .disable_domain_mail(tenant_id, domain.id, &domain.domain)?;
        let run_id = tx.runs_of(tenant_id).enqueue(&run).await?.run_id;
        let now = self.clock.now();
        tx.domains_of(tenant_id)
            .begin_closing(domain.id, run_id.into(), now)
            .await?;
        Ok((Some(run_id), ended))
    }
}
