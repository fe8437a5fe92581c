//! The domain's own row. From here on the run waits for a person rather than ending: a domain that the mail server
//! refuses is set up by the same run once somebody has seen to it.

use std::sync::Arc;

use bheem_domain::DomainId;
use bheem_saga::{Apply, Failure, Policy, Probe, Reject, Step, StepContext, Undo};

use super::EnableDomainMailParams;
use crate::{
    connector::database,
    saga::{Deps, step_names},
};

pub(super) struct RowStep(pub(super) Arc<Deps>);

type Context = StepContext<EnableDomainMailParams>;

impl RowStep {
    async fn check(&self, ctx: &Context) -> Result<DomainId, Failure> {
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let found = tx.domains().find(ctx.params.domain_id).await;
        let found = found.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        match found {
            Some(domain) => Ok(domain.id),
            None => Err(Reject::new("domain_removed", "the domain was removed").into()),
        }
    }
}

impl Step for RowStep {
    const NAME: &'static str = step_names::DOMAIN;
    type Params = EnableDomainMailParams;
    type Output = DomainId;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Looking twice is looking once.
    async fn probe(&self, _ctx: &Context) -> Probe<DomainId> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<DomainId> {
        self.check(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: DomainId) -> Undo {
        Undo::Done
    }
}
