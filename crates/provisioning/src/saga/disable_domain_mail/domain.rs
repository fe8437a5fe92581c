//! The domain takes no mail any more. One that is not the tenant's at the mail server is left alone.

use std::sync::Arc;

use bheem_domain::TenantId;
use bheem_saga::{Apply, Policy, Probe, Step, StepContext, Undo};

use super::DisableDomainMailParams;
use crate::{
    credential,
    saga::{
        Deps,
        domain_off::{DomainOff, close_domain},
        step_names,
    },
};

pub(super) struct DomainOffStep(pub(super) Arc<Deps>);

type Context = StepContext<DisableDomainMailParams>;

impl Step for DomainOffStep {
    const NAME: &'static str = step_names::DOMAIN_OFF;
    const PEER: Option<&'static str> = Some(credential::MAILCOW);
    type Params = DisableDomainMailParams;
    type Output = DomainOff;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Closing twice is closing once.
    async fn probe(&self, _ctx: &Context) -> Probe<DomainOff> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<DomainOff> {
        let tenant_id = TenantId::from(ctx.tenant_id());
        close_domain(&self.0, tenant_id, ctx.params.domain.as_str())
            .await
            .into()
    }

    async fn undo(&self, _ctx: &Context, _ours: DomainOff) -> Undo {
        Undo::Done
    }
}
