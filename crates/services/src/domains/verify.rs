//! Looking at the DNS and noting what is there.

use std::time::Duration;

use bheem_domain::DomainId;
use bheem_persistence::{
    SystemScope, TenantScope,
    repo::{DomainRecord, DomainType, Entity, Purpose, Verdict, VerificationStatus},
};
use bheem_saga::RunView;
use chrono::{DateTime, Utc};

use super::{
    DomainView,
    check::{allows_senders, brings_mail, carries_key, proves_ownership},
    manage::{already_registered, view},
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
        let seen = self.look(&before).await;
        let mut tx = self.database.tenant(scope).await?;
        // Held, so that what another look found meanwhile is not taken back by an older one.
        tx.tenant().lock().await?;
        let stored = tx.domains().find(id).await?;
        let stored = stored.ok_or(Error::NotFound("Domain not found"))?;
        let found = verdict(&stored, seen, self.clock.now());
        let noted = match tx.domains().note(id, &found).await {
            Err(error) if error.is_duplicate_of("domains_proven") => {
                return Err(already_registered());
            }
            other => other?,
        };
        for (purpose, holds) in [
            (Purpose::Ownership, found.ownership),
            (Purpose::Mx, found.mx),
            (Purpose::Spf, found.spf),
            (Purpose::Dkim, found.dkim),
        ] {
            tx.domains()
                .note_record(id, purpose, holds, found.checked_at)
                .await?;
        }
        if noted.mail_enabled && noted.domain_type == DomainType::Email {
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
        self.verified(scope, id, wait).await
    }

    async fn set_up_mail(
        &self,
        tx: &mut bheem_persistence::TenantTx,
        domain: &DomainRecord,
    ) -> Result<()> {
        if let Some(run) = self.planner.enable_domain_mail(tx.tenant_id(), domain.id)? {
            let enqueued = tx.runs().enqueue(&run).await?;
            tx.domains()
                .set_run(domain.id, enqueued.run_id.into())
                .await?;
        }
        Ok(())
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

    async fn look(&self, view: &DomainView) -> Seen {
        let domain = &view.domain;
        let name = domain.domain.as_str();
        let token = &domain.verification_token;
        let dkim = view.records.iter().find(|r| r.purpose == Purpose::Dkim);
        let challenge = format!("_bheem-verify.{name}");
        let (apex, below, mx, keys) = tokio::join!(
            self.dns.txt(name),
            self.dns.txt(&challenge),
            self.dns.mx(&domain.domain),
            async {
                match dkim {
                    Some(record) => self.dns.txt(&record.name).await,
                    None => Vec::new(),
                }
            },
        );
        Seen {
            ownership: proves_ownership(&apex, token) || proves_ownership(&below, token),
            mx: brings_mail(&mx, &self.config.mx_host),
            spf: allows_senders(&apex, &self.config.spf_include),
            dkim: dkim.is_some_and(|record| carries_key(&keys, &record.value)),
        }
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

/// What is in the DNS.
#[derive(Debug, Clone, Copy)]
struct Seen {
    ownership: bool,
    mx: bool,
    spf: bool,
    dkim: bool,
}

/// What follows from it for the domain as it is stored.
fn verdict(stored: &DomainRecord, seen: Seen, now: DateTime<Utc>) -> Verdict {
    // Once proven, ownership is not lost to a record that was tidied away.
    let ownership = stored.ownership_verified || seen.ownership;
    let is_email = stored.domain_type == DomainType::Email;
    let status = match (ownership, !is_email || (seen.mx && seen.spf && seen.dkim)) {
        (false, _) => VerificationStatus::Pending,
        (true, false) => VerificationStatus::Partial,
        (true, true) => VerificationStatus::Verified,
    };
    Verdict {
        ownership,
        mx: seen.mx,
        spf: seen.spf,
        dkim: seen.dkim,
        status,
        // Mail that was set up goes on while a record is missing for a moment.
        mail_enabled: is_email && ownership && (stored.mail_enabled || (seen.mx && seen.spf)),
        checked_at: now,
    }
}
