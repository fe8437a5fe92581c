//! Mail on the tenant's domains is closed as a whole: Mailcow then takes none for them, neither for mailboxes nor for
//! aliases, and lets nobody in. What was received stays there. A domain that does not bear the tenant's tag is not the
//! tenant's, and is left alone.

use std::sync::Arc;

use bheem_domain::{DomainName, TenantId};
use bheem_persistence::repo::DomainRecord;
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{TenantParams, patient};
use crate::{
    connector::database,
    credential,
    saga::{
        Deps,
        domain_off::{DomainOff, close_domain},
    },
};

type Context = StepContext<TenantParams>;

pub(super) struct MailDomainsStep(pub(super) Arc<Deps>);

/// What was closed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ClosedDomains {
    domains: Vec<DomainName>,
}

impl MailDomainsStep {
    async fn close(&self, ctx: &Context) -> Result<ClosedDomains, Failure> {
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let proven = tx.domains().list().await;
        let proven: Vec<DomainRecord> = proven.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        let tenant_id = TenantId::from(ctx.tenant_id());
        let mut domains = Vec::new();
        for domain in proven
            .into_iter()
            .filter(|domain| domain.ownership_verified)
        {
            let off = close_domain(&self.0, tenant_id, domain.domain.as_str()).await?;
            if off == DomainOff::Closed {
                domains.push(domain.domain);
            }
        }
        Ok(ClosedDomains { domains })
    }
}

impl Step for MailDomainsStep {
    const NAME: &'static str = "mail_domains";
    const PEER: Option<&'static str> = Some(credential::MAILCOW);
    type Params = TenantParams;
    type Output = ClosedDomains;

    fn policy(&self) -> Policy {
        patient(&self.0)
    }

    /// Closing twice is closing once.
    async fn probe(&self, _ctx: &Context) -> Probe<ClosedDomains> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<ClosedDomains> {
        self.close(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: ClosedDomains) -> Undo {
        Undo::Done
    }
}
