//! The right to sign in, which the use case took with the seat; here once more, for a seat that went on another way. An
//! account that the tenant manages is closed, and its sessions and grants end; any other account is its holder's own and
//! stays open.

use std::sync::Arc;

use bheem_domain::TenantId;
use bheem_persistence::SystemScope;
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::DeprovisionParams;
use crate::{
    connector::database,
    saga::{Deps, step_names},
};

pub(super) struct AccessStep(pub(super) Arc<Deps>);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AccessOutput {
    /// The account may not sign in any more.
    is_closed: bool,
    /// Sessions and grants that ended.
    sessions: usize,
}

impl AccessStep {
    async fn close(&self, ctx: &StepContext<DeprovisionParams>) -> Result<AccessOutput, Failure> {
        let id = ctx.params.account_id;
        let scope = SystemScope::server("closing an account that its tenant manages");
        let work = async {
            let now = self.0.database.clock().now();
            let mut tx = self.0.database.system(&scope).await?;
            // Held, so that nobody opens it between looking and closing.
            let account = tx.accounts().lock(id).await?;
            let tenant_id = TenantId::from(ctx.tenant_id());
            let is_closed = account.is_some_and(|account| account.managed_by == Some(tenant_id))
                && !tx
                    .members_of(tenant_id)
                    .find(ctx.params.member_id)
                    .await?
                    .is_some_and(|member| member.is_active);
            let mut sessions = 0;
            if is_closed {
                sessions = tx.accounts().close(id, "removed", now).await?.len();
            }
            tx.commit().await?;
            Ok(AccessOutput {
                is_closed,
                sessions,
            })
        };
        work.await.map_err(|error| database(&error))
    }
}

impl Step for AccessStep {
    const NAME: &'static str = step_names::ACCESS;
    type Params = DeprovisionParams;
    type Output = AccessOutput;

    fn policy(&self) -> Policy {
        self.0.closing_policy()
    }

    /// Closing twice is closing once.
    async fn probe(&self, _ctx: &StepContext<DeprovisionParams>) -> Probe<AccessOutput> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &StepContext<DeprovisionParams>) -> Apply<AccessOutput> {
        self.close(ctx).await.into()
    }

    async fn undo(&self, _ctx: &StepContext<DeprovisionParams>, _ours: AccessOutput) -> Undo {
        Undo::Done
    }
}
