//! Asks somebody whether they want to be a member. Services come when they accept.

use std::sync::Arc;

use bheem_domain::{AccountId, MemberId};
use bheem_saga::{Apply, Graph, Policy, Probe, Saga, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{
    Deps,
    invitation::{InvitationOutput, Invitee, invite},
};
use crate::credential;

/// Asks somebody whether they want to be a member. See the module.
#[derive(Debug, Clone)]
pub struct InviteMember(Arc<Deps>);

/// Who is asked.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct InviteParams {
    /// The membership.
    pub member_id: MemberId,
    /// The account behind it.
    pub account_id: AccountId,
    /// Who invites.
    pub inviter: Option<AccountId>,
}

impl InviteMember {
    pub(crate) fn new(deps: &Arc<Deps>) -> Self {
        Self(Arc::clone(deps))
    }
}

impl Saga for InviteMember {
    const KIND: &'static str = "invite_member";
    const VERSION: i32 = 1;
    const PIVOT: Option<&'static str> = None;
    type Params = InviteParams;

    fn define(&self, graph: &mut Graph<InviteParams>) {
        graph.step(AskStep(Arc::clone(&self.0)));
    }
}

struct AskStep(Arc<Deps>);

type Context = StepContext<InviteParams>;

impl Step for AskStep {
    const NAME: &'static str = "invitation";
    const PEER: Option<&'static str> = Some(credential::NOTIFY);
    type Params = InviteParams;
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

    async fn undo(&self, _ctx: &Context, _ours: InvitationOutput) -> Undo {
        Undo::Done
    }
}
