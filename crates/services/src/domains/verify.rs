//! Looking at the DNS and noting what is there. Who proves a domain is its holder; who held it before has lost it.

use std::time::Duration;

use bheem_domain::DomainId;
use bheem_persistence::{
    SystemScope, TenantScope, TenantTx,
    repo::{DomainRecord, DomainType, Entity, Purpose, Verdict, VerificationStatus},
};
use bheem_saga::RunView;
use chrono::{DateTime, Utc};

use super::{
    DomainView,
    look::{Seen, look},
    manage::{already_registered, being_removed, view},
};
use crate::{Error, Result, Services};

/// What the look found, and what follows.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The domain as it now is.
    pub view: DomainView,
    /// The run that sets up mail, if there is one.
    pub run: Option<RunView>,
}

impl Services {
    /// Looks at the DNS. A domain that is proven is taken from those who only claimed it, and mail is
    /// set up on it once it may carry mail.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when somebody else has proven it.
    pub async fn verify_domain(
        &self,
        scope: &TenantScope,
        id: DomainId,
        wait: Duration,
    ) -> Result<Verified> {
        let before = self.domain(scope, id).await?;
        // Outside of any transaction: name servers may take their time.
        let seen = look(&self.dns, &self.config, &before).await;
        if seen.ownership == Some(true) && !before.domain.ownership_verified {
            self.end_lapsed_proof(scope, &before.domain).await?;
        }
        self.note_look(scope, id, seen).await?;
        self.verified(scope, id, wait).await
    }

    /// Notes what was seen, and sets mail up or repairs it.
    pub(super) async fn note_look(
        &self,
        scope: &TenantScope,
        id: DomainId,
        seen: Seen,
    ) -> Result<()> {
        let mut tx = self.database.tenant(scope).await?;
        // Held, so that what another look found meanwhile is not taken back by an older one.
        tx.tenant().lock().await?;
        let stored = tx.domains().find(id).await?;
        let stored = stored.ok_or(Error::NotFound("Domain not found"))?;
        if stored.closing_at.is_some() {
            return Err(being_removed());
        }
        let found = verdict(&stored, seen, self.clock.now());
        let noted = match tx.domains().note(id, &found).await {
            Err(error) if error.is_duplicate_of("domains_proven") => {
                return Err(already_registered());
            }
            other => other?,
        };
        for (purpose, seen) in [
            (Purpose::Ownership, seen.ownership),
            (Purpose::Mx, seen.mx),
            (Purpose::Spf, seen.spf),
            (Purpose::Dkim, seen.dkim),
        ] {
            if let Some(holds) = seen {
                tx.domains()
                    .note_record(id, purpose, holds, found.checked_at)
                    .await?;
            }
        }
        if noted.mail_allowed && !noted.mail_enabled && noted.domain_type == DomainType::Email {
            self.set_up_mail(&mut tx, &noted).await?;
        }
        if found.status != stored.verification_status {
            tx.activity()
                .record(
                    "domain_checked",
                    Some(Entity::new("domain", id)),
                    &format!("Domain {} is {}", noted.domain, found.status.as_str()),
                    None,
                )
                .await?;
        }
        tx.commit().await?;
        if noted.ownership_verified && !stored.ownership_verified {
            self.end_rival_claims(scope, &noted).await?;
        }
        Ok(())
    }

    /// Mail is set up by one run at a time. One that waits for a person is tried again: whoever asks has
    /// perhaps removed what stood in its way.
    pub(super) async fn set_up_mail(&self, tx: &mut TenantTx, domain: &DomainRecord) -> Result<()> {
        let occasion = self.clock.new_uuid().to_string();
        let run = self
            .planner
            .enable_domain_mail(tx.tenant_id(), domain.id, &occasion)?;
        let Some(run) = run else {
            return Ok(());
        };
        let run_id = match tx.runs().enqueue(&run).await {
            Ok(enqueued) => enqueued.run_id,
            Err(bheem_persistence::Error::Saga(error)) => match *error {
                bheem_saga::Error::ActiveRun { run_id } => {
                    self.try_again(run_id).await?;
                    run_id
                }
                other => return Err(other.into()),
            },
            Err(error) => return Err(error.into()),
        };
        tx.domains().set_run(domain.id, run_id.into()).await?;
        Ok(())
    }

    async fn try_again(&self, run_id: uuid::Uuid) -> Result<()> {
        match self.runs.retry(run_id, "domain verification").await {
            // It is at work, or has ended by itself.
            Err(bheem_saga::Error::Refused { .. } | bheem_saga::Error::Busy { .. }) => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    async fn end_rival_claims(&self, scope: &TenantScope, domain: &DomainRecord) -> Result<()> {
        let system = SystemScope::person("end rival claims", scope.actor().clone());
        self.database
            .system_read(&system)
            .await?
            .domain_claims()
            .remove_unproven(&domain.domain)
            .await?;
        Ok(())
    }

    async fn verified(
        &self,
        scope: &TenantScope,
        id: DomainId,
        wait: Duration,
    ) -> Result<Verified> {
        let run_id = self.domain(scope, id).await?.domain.run_id;
        let run = match run_id {
            Some(run_id) => Some(self.runs.wait(run_id.as_uuid(), wait).await?),
            None => None,
        };
        let mut tx = self.database.tenant(scope).await?;
        let view = view(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Verified { view, run })
    }

    /// The domain with this id in whichever tenant the person administers; for paths without one.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn tenant_of_domain(&self, id: DomainId) -> Result<bheem_domain::TenantId> {
        self.database
            .system_read(&SystemScope::server("find a domain's tenant"))
            .await?
            .domain_claims()
            .tenant_of(id)
            .await?
            .ok_or(Error::NotFound("Domain not found"))
    }
}

/// What follows from what was seen for the domain as it is stored. What nobody answered stays as it was.
fn verdict(stored: &DomainRecord, seen: Seen, now: DateTime<Utc>) -> Verdict {
    // Once proven, ownership is not lost to a record that was tidied away for a while.
    let ownership = stored.ownership_verified || seen.ownership == Some(true);
    let is_email = stored.domain_type == DomainType::Email;
    let mx = seen.mx.unwrap_or(stored.mx_verified);
    let spf = seen.spf.unwrap_or(stored.spf_verified);
    let dkim = seen.dkim.unwrap_or(stored.dkim_verified);
    let status = match (ownership, !is_email || (mx && spf && dkim)) {
        (false, _) => VerificationStatus::Pending,
        (true, false) => VerificationStatus::Partial,
        (true, true) => VerificationStatus::Verified,
    };
    Verdict {
        ownership,
        proof_seen: seen.ownership,
        mx,
        spf,
        dkim,
        status,
        // Mail that was set up goes on while a record is missing for a moment.
        mail_allowed: is_email && ownership && (stored.mail_allowed || (mx && spf)),
        checked_at: now,
    }
}
