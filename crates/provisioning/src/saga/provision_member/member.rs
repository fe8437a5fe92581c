//! The point of no return: with the tenant's row held, the membership becomes final. A membership that had become
//! final before, because services are given back, is never removed.

use std::sync::Arc;

use bheem_domain::MemberId;
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};

use super::ProvisionParams;
use crate::{
    connector::{database, probed, undone},
    saga::{Deps, require_active, require_open, require_open_tenant, step_names},
};

pub(super) struct MemberStep(pub(super) Arc<Deps>);

impl MemberStep {
    async fn look(&self, ctx: &StepContext<ProvisionParams>) -> Result<Probe<MemberId>, Failure> {
        let found = self
            .0
            .find_member(ctx.tenant_id(), ctx.params.member_id)
            .await?;
        Ok(match found {
            Some(member) if member.is_confirmed && member.is_active => Probe::Ours(member.id),
            _ => Probe::Absent,
        })
    }

    async fn confirm(&self, ctx: &StepContext<ProvisionParams>) -> Result<MemberId, Failure> {
        let id = ctx.params.member_id;
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let tenant = tx.tenant().lock().await;
        require_open_tenant(&tenant.map_err(|error| database(&error))?)?;
        let account = tx.accounts().find(ctx.params.account_id).await;
        require_open(account.map_err(|error| database(&error))?)?;
        let member = tx.members().find(id).await;
        require_active(member.map_err(|error| database(&error))?)?;
        let confirmed = tx.members().confirm(id).await;
        confirmed.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        Ok(id)
    }

    async fn remove(&self, ctx: &StepContext<ProvisionParams>) -> Result<(), Failure> {
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let removed = tx.members().remove_unconfirmed(ctx.params.member_id).await;
        removed.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))
    }
}

impl Step for MemberStep {
    const NAME: &'static str = step_names::MEMBER;
    type Params = ProvisionParams;
    type Output = MemberId;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    async fn probe(&self, ctx: &StepContext<ProvisionParams>) -> Probe<MemberId> {
        probed(self.look(ctx).await)
    }

    async fn apply(&self, ctx: &StepContext<ProvisionParams>) -> Apply<MemberId> {
        self.confirm(ctx).await.into()
    }

    async fn undo(&self, ctx: &StepContext<ProvisionParams>, _ours: MemberId) -> Undo {
        undone(self.remove(ctx).await)
    }
}
