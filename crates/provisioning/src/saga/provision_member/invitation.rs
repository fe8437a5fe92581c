//! The invitation, when everything is there.

use std::sync::Arc;

use bheem_saga::{Apply, Policy, Probe, Step, StepContext, Undo};

use super::ProvisionParams;
use crate::{
    credential,
    saga::{
        Deps,
        invitation::{InvitationOutput, Invitee, invite},
    },
};

pub(super) struct InvitationStep(pub(super) Arc<Deps>);

type Context = StepContext<ProvisionParams>;

impl Step for InvitationStep {
    const NAME: &'static str = "invitation";
    const PEER: Option<&'static str> = Some(credential::NOTIFY);
    type Params = ProvisionParams;
    type Output = InvitationOutput;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// A mail cannot be asked for; Notify knows a repetition by its key.
    async fn probe(&self, _ctx: &Context) -> Probe<InvitationOutput> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<InvitationOutput> {
        let invitee = Invitee {
            tenant_id: ctx.tenant_id(),
            member_id: ctx.params.member_id,
            account_id: ctx.params.account_id,
            inviter: ctx.params.inviter,
        };
        invite(&self.0, ctx.effect_key(), &invitee).await.into()
    }

    /// Never asked for, as the probe finds nothing; a mail cannot be called back.
    async fn undo(&self, _ctx: &Context, _ours: InvitationOutput) -> Undo {
        Undo::Done
    }
}
