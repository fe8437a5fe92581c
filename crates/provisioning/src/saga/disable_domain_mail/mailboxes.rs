//! The mailboxes of the tenant's people on the domain are closed, and those of accounts that went with the domain move
//! out of the way. How many, is what the step leaves.

use std::sync::Arc;

use bheem_domain::EmailAddress;
use bheem_mailcow::Mailbox;
use bheem_persistence::repo::MemberRecord;
use bheem_saga::{Apply, Failure, Policy, Probe, Retry, Step, StepContext, Undo};

use super::DisableDomainMailParams;
use crate::{
    connector::{
        database,
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
        let listed = listed.map_err(|error| unanswered(&error))?;
        let is_complete = listed.is_complete();
        let mut closed = 0;
        for mailbox in listed {
            let Some(member) = self.owner(ctx, &mailbox).await? else {
                continue;
            };
            let member_id = member.id;
            close_mailbox(mailcow, &mailbox.address).await?;
            if member.former_email.is_some() {
                set_aside(mailcow, &mailbox.address, member_id).await?;
            }
            closed += 1;
        }
        if !is_complete {
            let reason =
                "a mailbox of the domain cannot be read at the mail server, and may be open";
            return Err(Retry::because(reason).into());
        }
        Ok(closed)
    }

    /// Whose mailbox it is: by its tag, else by the address that the workspace keeps an app password for.
    async fn owner(
        &self,
        ctx: &Context,
        mailbox: &Mailbox,
    ) -> Result<Option<MemberRecord>, Failure> {
        if let Some(member_id) = tagged_member(&mailbox.tags) {
            return self.0.find_member(ctx.tenant_id(), member_id).await;
        }
        let Ok(address) = EmailAddress::parse(&mailbox.address) else {
            return Ok(None);
        };
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let work = async {
            let Some(member) = tx.members().find_by_email(&address).await? else {
                return Ok(None);
            };
            let kept = tx
                .credentials()
                .find_for_member(member.id, credential::MAILCOW, &mailbox.address)
                .await?;
            tx.commit().await?;
            Ok(kept.map(|_kept| member))
        };
        work.await.map_err(|error| database(&error))
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
