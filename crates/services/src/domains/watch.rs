//! Looking again. What was proven is proven anew each week, and each mail domain is compared with the mail server: what
//! was deleted, deactivated or given another key there is seen, mended where it is ours to mend, and shown.

use std::time::Duration;

use bheem_domain::{DomainName, TenantId};
use bheem_persistence::{
    SystemScope, TenantScope,
    repo::{Entity, ProvenDomain, Purpose},
};
use bheem_provisioning::{MailDomainState, MailInspector};
use chrono::TimeDelta;

use super::look::look;
use crate::{Result, Services};

/// Domains that are due are looked for this often.
const EVERY: Duration = Duration::from_mins(1);
/// A proof is looked at this often; one that is missing, daily.
const PROOF_AGE: TimeDelta = TimeDelta::days(7);
const MISSING_PROOF_AGE: TimeDelta = TimeDelta::days(1);
/// The owners are told when a proof has been missing for so long.
const WARN_AFTER: TimeDelta = TimeDelta::days(7);
/// The mail server is asked about each domain this often.
const MAIL_AGE: TimeDelta = TimeDelta::minutes(10);
/// Domains of one turn.
const BATCH: i64 = 100;

impl Services {
    /// Looks at what is due until the future is dropped. Any number of replicas may do so.
    pub async fn watch_domains(&self, mail: Option<MailInspector>) {
        loop {
            if let Err(error) = self.look_at_proofs().await {
                tracing::warn!(%error, "the proofs of domains could not be looked at");
            }
            if let Some(mail) = &mail
                && let Err(error) = self.look_at_mail(mail).await
            {
                tracing::warn!(%error, "domains could not be compared with the mail server");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Looks at the DNS of domains whose proof is due; answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_at_proofs(&self) -> Result<usize> {
        let now = self.clock.now();
        let scope = SystemScope::server("look at the proofs of domains");
        let due = self
            .database
            .system_read(&scope)
            .await?
            .domain_claims()
            .due_proofs(now - PROOF_AGE, now - MISSING_PROOF_AGE, BATCH)
            .await?;
        for domain in &due {
            // One domain that cannot be looked at keeps no other from it.
            if let Err(error) = self.look_at_proof(domain).await {
                tracing::warn!(%error, domain.id = %domain.id, "the proof of a domain could not be looked at");
            }
        }
        Ok(due.len())
    }

    async fn look_at_proof(&self, domain: &ProvenDomain) -> Result<()> {
        let scope = TenantScope::for_run(domain.tenant_id);
        let before = self.domain(&scope, domain.id).await?;
        let seen = look(&self.dns, &self.config, &before).await;
        self.note_look(&scope, domain.id, seen).await?;
        let now = self.clock.now();
        let is_overdue = domain
            .missing_since
            .is_some_and(|since| since + WARN_AFTER <= now);
        if seen.ownership == Some(false) && is_overdue {
            self.warn_owners(domain, before.domain.domain.as_str())
                .await?;
        }
        Ok(())
    }

    /// Once for each time that a proof goes missing.
    async fn warn_owners(&self, domain: &ProvenDomain, name: &str) -> Result<()> {
        let scope = SystemScope::server("warn of a proof that is missing");
        let mut tx = self.database.system(&scope).await?;
        let is_first = tx
            .domain_claims()
            .note_warned(domain.tenant_id, domain.id, self.clock.now())
            .await?;
        if !is_first {
            return Ok(());
        }
        tx.activity(Some(domain.tenant_id))
            .record(
                "domain_proof_missing",
                Some(Entity::new("domain", domain.id)),
                &format!("The proof of {name} has been missing for a week"),
                None,
            )
            .await?;
        for owner in tx.members_of(domain.tenant_id).active_owners().await? {
            let occasion = format!(
                "proof:{}:{}:{}",
                domain.id,
                owner.user_id,
                self.clock.new_uuid()
            );
            let run = self.planner.domain_notice(name, &owner.email, &occasion)?;
            if let Some(run) = run {
                tx.runs_of(run.tenant_id.into()).enqueue(&run).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Compares mail domains that are due with the mail server; answers how many.
    ///
    /// # Errors
    /// When the database fails. A mail server that does not answer changes nothing.
    pub async fn look_at_mail(&self, mail: &MailInspector) -> Result<usize> {
        let scope = SystemScope::server("compare domains with the mail server");
        let before = self.clock.now() - MAIL_AGE;
        let due = self
            .database
            .system_read(&scope)
            .await?
            .domain_claims()
            .due_mail(before, BATCH)
            .await?;
        if due.is_empty() {
            return Ok(0);
        }
        let wanted: Vec<(TenantId, DomainName)> = due
            .iter()
            .map(|domain| (domain.tenant_id, domain.domain.clone()))
            .collect();
        let states = match mail.inspect(&wanted).await {
            Ok(states) => states,
            Err(error) => {
                tracing::warn!(%error, "domains are not compared with the mail server");
                return Ok(0);
            }
        };
        for domain in &due {
            let Some(state) = states.get(&domain.domain) else {
                continue;
            };
            if let Err(error) = self.note_mail_state(domain, state).await {
                tracing::warn!(%error, domain.id = %domain.id, "what the mail server says of a domain could not be noted");
            }
        }
        Ok(due.len())
    }

    /// A domain that is gone, or that signs with another key than the one that was told, is set up again. One that
    /// somebody deactivated, or that bears no tag of the tenant, is shown: verifying it opens it.
    async fn note_mail_state(&self, domain: &ProvenDomain, state: &MailDomainState) -> Result<()> {
        let scope = TenantScope::for_run(domain.tenant_id);
        let now = self.clock.now();
        let mut tx = self.database.tenant(&scope).await?;
        tx.tenant().lock().await?;
        let stored = tx.domains().find(domain.id).await?;
        let Some(stored) = stored.filter(|stored| stored.closing_at.is_none()) else {
            return Ok(());
        };
        let is_new_key = match state {
            MailDomainState::Ready {
                dkim: Some((name, key)),
            } => {
                let mut domains = tx.domains();
                !domains.expects(domain.id, Purpose::Dkim, name, key).await?
            }
            MailDomainState::Ready { dkim: None } => true,
            _ => false,
        };
        let needs_repair = is_new_key || *state == MailDomainState::Absent;
        let problem = state.problem();
        let is_enabled = problem.is_none() && (stored.mail_enabled || !is_new_key);
        tx.domains()
            .note_mail(domain.id, is_enabled, problem, now)
            .await?;
        if problem.map(str::to_owned) != stored.mail_problem {
            let text = problem.map_or_else(
                || format!("The mail of {} is well again", stored.domain),
                |problem| format!("The mail server has {} as: {problem}", stored.domain),
            );
            let entity = Entity::new("domain", domain.id);
            tx.activity()
                .record("domain_mail_changed", Some(entity), &text, None)
                .await?;
        }
        if needs_repair {
            self.set_up_mail(&mut tx, &stored).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
