//! The person is still there. From here on the run waits for a person rather than ending.

use std::sync::Arc;

use bheem_domain::MemberId;
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};

use super::RenameParams;
use crate::saga::{Deps, require_active, step_names};

pub(super) struct RowStep(pub(super) Arc<Deps>);

type Context = StepContext<RenameParams>;

impl RowStep {
    async fn check(&self, ctx: &Context) -> Result<MemberId, Failure> {
        let found = self.0.find_member(ctx.tenant_id(), ctx.params.member_id);
        Ok(require_active(found.await?)?.id)
    }
}

impl Step for RowStep {
    const NAME: &'static str = step_names::RENAMED;
    type Params = RenameParams;
    type Output = MemberId;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Looking twice is looking once.
    async fn probe(&self, _ctx: &Context) -> Probe<MemberId> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<MemberId> {
        self.check(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: MemberId) -> Undo {
        Undo::Done
    }
}
