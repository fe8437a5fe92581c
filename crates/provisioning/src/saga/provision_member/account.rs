//! The account behind the membership: it was made with the membership, in the transaction that enqueued the run.
//! Undoing takes back what that transaction wrote, also when the run turned back before the membership's own step.

use std::sync::Arc;

use bheem_domain::AccountId;
use bheem_persistence::SystemScope;
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};

use super::ProvisionParams;
use crate::{
    connector::{database, probed, undone},
    saga::{Deps, require_open, step_names},
};

pub(super) struct AccountStep(pub(super) Arc<Deps>);

impl AccountStep {
    async fn look(&self, ctx: &StepContext<ProvisionParams>) -> Result<Probe<AccountId>, Failure> {
        let found = self.0.find_account(ctx.params.account_id).await?;
        // A disabled one is ours as well, to be taken back; the membership's step refuses it.
        Ok(found.map_or(Probe::Absent, |account| Probe::Ours(account.id)))
    }

    async fn check(&self, ctx: &StepContext<ProvisionParams>) -> Result<AccountId, Failure> {
        let found = self.0.find_account(ctx.params.account_id).await?;
        Ok(require_open(found)?.id)
    }

    async fn remove(&self, ctx: &StepContext<ProvisionParams>) -> Result<(), Failure> {
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        tx.members()
            .remove_unconfirmed(ctx.params.member_id)
            .await
            .map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        let scope = SystemScope::server("taking back an account that was never used");
        let removed = async {
            let mut tx = self.0.database.system(&scope).await?;
            tx.accounts()
                .remove_if_unused(ctx.params.account_id)
                .await?;
            tx.commit().await
        };
        removed.await.map_err(|error| database(&error))
    }
}

impl Step for AccountStep {
    const NAME: &'static str = step_names::ACCOUNT;
    type Params = ProvisionParams;
    type Output = AccountId;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    async fn probe(&self, ctx: &StepContext<ProvisionParams>) -> Probe<AccountId> {
        probed(self.look(ctx).await)
    }

    async fn apply(&self, ctx: &StepContext<ProvisionParams>) -> Apply<AccountId> {
        self.check(ctx).await.into()
    }

    async fn undo(&self, ctx: &StepContext<ProvisionParams>, _ours: AccountId) -> Undo {
        undone(self.remove(ctx).await)
    }
}
