//! The domain's row: nothing new is made on it while its mail is being closed, then it goes and the name is free.

use std::sync::Arc;

use bheem_saga::{Apply, Failure, Policy, Probe, Reject, Step, StepContext, Undo};

use super::DisableDomainMailParams;
use crate::{
    connector::database,
    saga::{Deps, step_names},
};

/// The row is there, and is being closed.
pub(super) struct ClosingStep(pub(super) Arc<Deps>);

/// The row goes.
pub(super) struct RowStep(pub(super) Arc<Deps>);

type Context = StepContext<DisableDomainMailParams>;

impl ClosingStep {
    async fn close(&self, ctx: &Context) -> Result<bool, Failure> {
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let found = tx.domains().find(ctx.params.domain_id).await;
        let found = found.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        match found {
            Some(domain) if domain.closing_at.is_none() => {
                Err(Reject::new("domain_in_use", "the domain is not being removed").into())
            }
            found => Ok(found.is_some()),
        }
    }
}

impl Step for ClosingStep {
    const NAME: &'static str = step_names::DOMAIN;
    type Params = DisableDomainMailParams;
    type Output = bool;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Looking twice is looking once.
    async fn probe(&self, _ctx: &Context) -> Probe<bool> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<bool> {
        self.close(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: bool) -> Undo {
        Undo::Done
    }
}

impl RowStep {
    async fn close(&self, ctx: &Context) -> Result<bool, Failure> {
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let removed = tx.domains().remove(ctx.params.domain_id).await;
        let removed = removed.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        Ok(removed)
    }
}

impl Step for RowStep {
    const NAME: &'static str = step_names::DOMAIN_ROW;
    type Params = DisableDomainMailParams;
    type Output = bool;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Closing twice is closing once.
    async fn probe(&self, _ctx: &Context) -> Probe<bool> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<bool> {
        self.close(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: bool) -> Undo {
        Undo::Done
    }
}
