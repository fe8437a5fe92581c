//! People may have mailboxes on the domain from here on: the mail server has it, active and as the tenant's.

use std::sync::Arc;

use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};

use super::{EnableDomainMailParams, require_proven};
use crate::{
    connector::{database, undone},
    saga::Deps,
};

pub(super) struct EnabledStep(pub(super) Arc<Deps>);

type Context = StepContext<EnableDomainMailParams>;

impl EnabledStep {
    async fn note(&self, ctx: &Context, is_enabled: bool) -> Result<(), Failure> {
        let now = self.0.database.clock().now();
        let id = ctx.params.domain_id;
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        if is_enabled {
            let domain = tx.domains().find(id).await;
            require_proven(domain.map_err(|error| database(&error))?)?;
        }
        let noted = tx.domains().note_mail(id, is_enabled, None, now).await;
        noted.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))
    }
}

impl Step for EnabledStep {
    const NAME: &'static str = "mail_enabled";
    type Params = EnableDomainMailParams;
    type Output = ();

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Noting twice is noting once.
    async fn probe(&self, _ctx: &Context) -> Probe<()> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<()> {
        self.note(ctx, true).await.into()
    }

    async fn undo(&self, ctx: &Context, (): ()) -> Undo {
        undone(self.note(ctx, false).await)
    }
}
