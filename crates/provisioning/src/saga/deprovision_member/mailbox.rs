//! The person's mailbox is closed: neither login nor mail, and its contents stay. The app passwords that the person
//! made go, so that they are good for nothing when the mailbox opens again. A mailbox that is not the person's is left
//! alone, and so is none.

use std::sync::Arc;

use bheem_http_kit::ErrorKind;
use bheem_mailcow::{MailboxState, UpdateMailbox};
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{DeprovisionParams, owner};
use crate::{
    connector::mailcow::{Standing, is_inactive, refused, standing},
    credential,
    saga::Deps,
};

pub(super) struct MailboxDisableStep(pub(super) Arc<Deps>);

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Found {
    /// The mailbox is closed.
    Closed,
    /// There is no mailbox.
    Absent,
    /// The mailbox at the address is not the person's; it was left alone.
    Foreign,
}

type Context = StepContext<DeprovisionParams>;

impl MailboxDisableStep {
    /// The person's address and whether their mailbox is open, else what was found instead.
    async fn look(&self, ctx: &Context) -> Result<Result<(String, bool), Found>, Failure> {
        let deps = &self.0;
        let found = deps
            .find_member(ctx.tenant_id(), ctx.params.member_id)
            .await?;
        let Some(member) = found else {
            return Ok(Err(Found::Absent));
        };
        let address = member.mailbox().to_string();
        Ok(
            match standing(deps.mailcow()?, &address, member.id).await? {
                Standing::Absent => Err(Found::Absent),
                Standing::Foreign => Err(Found::Foreign),
                Standing::Ours(mailbox) => Ok((address, !is_inactive(&mailbox))),
            },
        )
    }

    async fn close(&self, ctx: &Context) -> Result<Found, Failure> {
        let found = self.close_mailbox(ctx).await?;
        self.0
            .require_settled(ctx.tenant_id(), ctx.subject())
            .await?;
        Ok(found)
    }

    async fn close_mailbox(&self, ctx: &Context) -> Result<Found, Failure> {
        let (address, is_open) = match self.look(ctx).await? {
            Ok(ours) => ours,
            Err(found) => return Ok(found),
        };
        if is_open && !self.switch_off(&address).await? {
            return Ok(Found::Absent);
        }
        let owner = owner(ctx.tenant_id(), &ctx.params);
        self.0.remove_mail_app_passwords(owner, &address).await?;
        Ok(Found::Closed)
    }

    /// Answers whether there was a mailbox.
    async fn switch_off(&self, address: &str) -> Result<bool, Failure> {
        let closed = UpdateMailbox::new().state(MailboxState::Inactive);
        let updated = self.0.mailcow()?.mailboxes().update(address, &closed).await;
        match updated {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(refused(&error)),
        }
    }
}

impl Step for MailboxDisableStep {
    const NAME: &'static str = "mailbox_disable";
    const PEER: Option<&'static str> = Some(credential::MAILCOW);
    type Params = DeprovisionParams;
    type Output = Found;

    fn policy(&self) -> Policy {
        self.0.closing_policy()
    }

    /// Closing twice is closing once.
    async fn probe(&self, _ctx: &Context) -> Probe<Found> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<Found> {
        self.close(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: Found) -> Undo {
        Undo::Done
    }
}
