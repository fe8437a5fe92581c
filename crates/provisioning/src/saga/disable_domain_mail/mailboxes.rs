//! The mailboxes of the tenant's people on the domain are closed, and those of accounts that went with the domain move
//! out of the way. How many, is what the step leaves.

use std::sync::Arc;

use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};

use super::DisableDomainMailParams;
use crate::{
    connector::{
        mailcow::{close_mailbox, set_aside, tagged_member},
        unanswered,
    },
    credential,
    saga::Deps,
};

pub(super) struct MailboxesOffStep(pub(super) Arc<Deps>);

type Context = StepContext<DisableDomainMailParams>;

impl MailboxesOffStep {
    async fn close(&self, ctx: &Context) -> Result<usize, Failure> {
        let mailcow = self.0.mailcow()?;
        let listed = mailcow.mailboxes().list(ctx.params.domain.as_str()).await;
        let mut closed = 0;
        for mailbox in listed.map_err(|error| unanswered(&error))? {
            let Some(member_id) = tagged_member(&mailbox.tags) else {
                continue;
            };
            let member = self.0.find_member(ctx.tenant_id(), member_id).await?;
            let Some(member) = member else {
                continue;
            };
            close_mailbox(mailcow, &mailbox.address).await?;
            if member.former_email.is_some() {
                set_aside(mailcow, &mailbox.address, member_id).await?;
            }
            closed += 1;
        }
        Ok(closed)
    }
}

impl Step for MailboxesOffStep {
    const NAME: &'static str = "mailboxes_off";
    const PEER: Option<&'static str> = Some(credential::MAILCOW);
    type Params = DisableDomainMailParams;
    type Output = usize;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Closing twice is closing once.
    async fn probe(&self, _ctx: &Context) -> Probe<usize> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<usize> {
        self.close(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: usize) -> Undo {
        Undo::Done
    }
}
