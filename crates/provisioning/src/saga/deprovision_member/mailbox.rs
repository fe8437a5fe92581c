//! The person's mailbox is closed: neither login nor mail, and its contents stay. Its app passwords go, so that they are
//! good for nothing when the mailbox opens again. A mailbox that is not the person's is left alone but for what the
//! workspace itself made there; that, and that there is none, is told and never called closed.

use std::sync::Arc;

use bheem_http_kit::ErrorKind;
use bheem_mailcow::{MailboxState, UpdateMailbox};
use bheem_persistence::repo::MemberRecord;
use bheem_saga::{Apply, Failure, Policy, Probe, Reject, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{DeprovisionParams, owner};
use crate::{
    connector::mailcow::{HALF_MADE, Standing, is_inactive, member_tag, refused, standing},
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
    async fn close(&self, ctx: &Context) -> Result<Found, Failure> {
        let found = self.close_mailbox(ctx).await?;
        self.0
            .require_settled(ctx.tenant_id(), ctx.subject())
            .await?;
        Ok(found)
    }

    async fn close_mailbox(&self, ctx: &Context) -> Result<Found, Failure> {
        let deps = &self.0;
        let owner = owner(ctx.tenant_id(), &ctx.params);
        let found = deps
            .find_member(ctx.tenant_id(), ctx.params.member_id)
            .await?;
        let Some(member) = found else {
            return Ok(Found::Absent);
        };
        let address = member.mailbox().to_string();
        match standing(deps, &member).await? {
            Standing::Absent => return Ok(Found::Absent),
            Standing::HalfMade => return Err(Reject::new("mailbox_half_made", HALF_MADE).into()),
            Standing::Foreign => {
                deps.remove_own_mail_app_passwords(owner, &address).await?;
                return Ok(Found::Foreign);
            }
            Standing::Ours(mailbox) => {
                let is_open = !is_inactive(&mailbox);
                if is_open && !self.switch_off(&member, &address).await? {
                    return Ok(Found::Absent);
                }
            }
        }
        deps.remove_mail_app_passwords(owner, &address).await?;
        Ok(Found::Closed)
    }

    /// Answers whether there was a mailbox. It bears its tag again, if somebody has taken that away.
    async fn switch_off(&self, member: &MemberRecord, address: &str) -> Result<bool, Failure> {
        let closed = UpdateMailbox::new()
            .state(MailboxState::Inactive)
            .tag(member_tag(member.id));
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
