//! The domain in Mailcow, active and tagged as the tenant's. One with the tag of another tenant of this installation is
//! taken over; one that is there without a tag of ours is not ours to use.
//!
//! Mailcow's own limits are wide: how many people a tenant may have is decided when they are added, and the plan may
//! change afterwards.

use std::sync::Arc;

use bheem_domain::TenantId;
use bheem_http_kit::ErrorKind;
use bheem_mailcow::{CreateDomain, Error, UpdateDomain};
use bheem_persistence::repo::{DomainRecord, TenantRecord};
use bheem_saga::{Apply, Failure, Policy, Probe, Reject, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{
    EnableDomainMailParams, require_proven,
    takeover::{is_anothers, take_over},
};
use crate::{
    connector::{
        database,
        mailcow::{effect_tag, enlarged, is_too_small, largest_mailbox, refused, tenant_tag},
        probed, unanswered, undone,
    },
    credential,
    saga::Deps,
};

/// More than any plan has seats, so that a tenant may grow without anybody telling Mailcow.
const MANY_MAILBOXES: u32 = 100_000;

pub(super) struct DomainStep(pub(super) Arc<Deps>);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DomainOutput {
    /// The name.
    pub(super) domain: String,
    /// This run made it.
    is_created: bool,
}

type Context = StepContext<EnableDomainMailParams>;

impl DomainStep {
    async fn read(&self, ctx: &Context) -> Result<(TenantRecord, Option<DomainRecord>), Failure> {
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let work = async {
            let tenant = tx.tenant().get().await?;
            let domain = tx.domains().find(ctx.params.domain_id).await?;
            tx.commit().await?;
            Ok((tenant, domain))
        };
        work.await.map_err(|error| database(&error))
    }

    async fn look(&self, ctx: &Context) -> Result<Probe<DomainOutput>, Failure> {
        match self.read(ctx).await?.1 {
            Some(domain) => self.standing(ctx, domain.domain.as_str()).await,
            None => Ok(Probe::Absent),
        }
    }

    async fn standing(&self, ctx: &Context, name: &str) -> Result<Probe<DomainOutput>, Failure> {
        let found = match self.0.mailcow()?.domains().find(name).await {
            Err(Error::AliasDomain { .. }) => return Ok(Probe::Foreign(TAKEN.to_owned())),
            found => found.map_err(|error| unanswered(&error))?,
        };
        let tag = tenant_tag(TenantId::from(ctx.tenant_id()));
        Ok(match found {
            None => Probe::Absent,
            // It is opened, or made larger, by the same step.
            Some(domain)
                if domain.tags.contains(&tag)
                    && (!domain.is_active
                        || is_too_small(&domain, self.0.config.mailbox_quota_mb)) =>
            {
                Probe::Absent
            }
            Some(domain) if domain.tags.contains(&tag) => Probe::Ours(DomainOutput {
                domain: name.to_owned(),
                is_created: domain.tags.contains(&effect_tag(ctx.effect_key())),
            }),
            Some(domain) if is_anothers(&self.0, &domain).await? => Probe::Absent,
            Some(_) => Probe::Foreign(TAKEN.to_owned()),
        })
    }

    /// The name is there: the tenant's own domain is opened, another tenant's is taken over.
    async fn adopt(&self, ctx: &Context, name: &str) -> Result<DomainOutput, Failure> {
        let domains = self.0.mailcow()?.domains();
        let found = match domains.find(name).await {
            Err(Error::AliasDomain { .. }) => None,
            found => found.map_err(|error| unanswered(&error))?,
        };
        let taken = || Failure::from(Reject::new("conflict", TAKEN));
        let domain = found.ok_or_else(taken)?;
        let tag = tenant_tag(TenantId::from(ctx.tenant_id()));
        if !domain.tags.contains(&tag) {
            if !is_anothers(&self.0, &domain).await? {
                return Err(taken());
            }
            take_over(&self.0, ctx.tenant_id(), name, &domain).await?;
        }
        let mailbox_mib = self.0.config.mailbox_quota_mb;
        let opened = if is_too_small(&domain, mailbox_mib) {
            enlarged(&domain, mailbox_mib).active(true)
        } else {
            UpdateDomain::new().active(true)
        };
        let opened = domains.update(name, &opened).await;
        opened.map_err(|error| refused(&error))?;
        Ok(DomainOutput {
            domain: name.to_owned(),
            is_created: domain.tags.contains(&effect_tag(ctx.effect_key())),
        })
    }

    async fn make(&self, ctx: &Context) -> Result<DomainOutput, Failure> {
        let mailcow = self.0.mailcow()?;
        let (tenant, domain) = self.read(ctx).await?;
        let domain = require_proven(domain)?;
        let name = domain.domain.as_str();
        let limits = Limits::new(self.0.config.mailbox_quota_mb);
        let new = CreateDomain::new(name)
            .description(tenant.slug.as_str())
            .max_mailboxes(limits.mailboxes)
            .quotas_mib(limits.mailbox, limits.largest_mailbox, limits.total)
            .tag(tenant_tag(tenant.id))
            .tag(effect_tag(ctx.effect_key()));
        match mailcow.domains().create(&new).await {
            Ok(()) => Ok(DomainOutput {
                domain: name.to_owned(),
                is_created: true,
            }),
            Err(Error::Conflict {
                is_partial: false, ..
            }) => self.adopt(ctx, name).await,
            Err(error) => Err(refused(&error)),
        }
    }

    async fn take_back(&self, ours: &DomainOutput) -> Result<(), Failure> {
        if !ours.is_created {
            return Ok(());
        }
        match self.0.mailcow()?.domains().delete(&ours.domain).await {
            Ok(_deleted) => Ok(()),
            // People have mailboxes on it by now: it is in use, not a leftover.
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }
}

const TAKEN: &str = "the mail server has this domain already, and it is not the workspace's";

/// What Mailcow is told, in MiB.
#[derive(Debug, PartialEq, Eq)]
struct Limits {
    mailboxes: u32,
    mailbox: u64,
    largest_mailbox: u64,
    total: u64,
}

impl Limits {
    fn new(mailbox_mb: u32) -> Self {
        let mailbox = u64::from(mailbox_mb);
        let largest_mailbox = largest_mailbox(mailbox_mb);
        Self {
            mailboxes: MANY_MAILBOXES,
            mailbox,
            largest_mailbox,
            total: mailbox
                .saturating_mul(MANY_MAILBOXES.into())
                .max(largest_mailbox),
        }
    }
}

impl Step for DomainStep {
    const NAME: &'static str = "mailcow_domain";
    const PEER: Option<&'static str> = Some(credential::MAILCOW);
    type Params = EnableDomainMailParams;
    type Output = DomainOutput;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    async fn probe(&self, ctx: &Context) -> Probe<DomainOutput> {
        probed(self.look(ctx).await)
    }

    async fn apply(&self, ctx: &Context) -> Apply<DomainOutput> {
        self.make(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, ours: DomainOutput) -> Undo {
        undone(self.take_back(&ours).await)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn mailcow_accepts_the_limits(mailbox in 1_u32..100_000) {
            let limits = Limits::new(mailbox);
            prop_assert!(limits.total >= u64::from(mailbox) * u64::from(limits.mailboxes));
            prop_assert!(limits.mailbox <= limits.largest_mailbox);
            prop_assert!(limits.largest_mailbox <= limits.total);
        }
    }
}
