//! The invitation, when everything is there. It carries a link, never a password.
//!
//! Where the link goes decides who can sign in: it goes to the address that was named when the account was made. A
//! second tenant that invites somebody who has not signed in yet cannot have the link sent elsewhere.

use std::sync::Arc;

use bheem_domain::EmailAddress;
use bheem_notify::WorkspaceInvite;
use bheem_persistence::repo::{AccountRecord, LinkPurpose, MemberRecord, TenantRecord};
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::ProvisionParams;
use crate::{
    connector::{
        database,
        notify::{Letter, send},
    },
    credential,
    saga::{Deps, link::Link, require_active, require_open},
};

pub(super) struct InvitationStep(pub(super) Arc<Deps>);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct InvitationOutput {
    /// Notify's id of the message.
    message_id: Option<String>,
}

type Context = StepContext<ProvisionParams>;

struct Invitation {
    tenant: TenantRecord,
    member: MemberRecord,
    inviter: Option<AccountRecord>,
    deliver_to: EmailAddress,
    url: String,
}

impl InvitationStep {
    async fn invite(&self, ctx: &Context) -> Result<InvitationOutput, Failure> {
        let notify = self.0.notify()?;
        let invitation = self.prepare(ctx).await?;
        let inviter = invitation.inviter.as_ref().map_or_else(
            || invitation.tenant.name.clone(),
            |account| {
                let name = account.full_name.as_ref();
                name.unwrap_or(&account.username).clone()
            },
        );
        let mail = WorkspaceInvite::new(
            &invitation.member.name,
            inviter,
            &invitation.tenant.name,
            &invitation.url,
        )
        .role(invitation.member.role.as_str())
        .to(invitation.deliver_to.to_string());
        let message_id = send(notify, ctx.effect_key(), &Letter::Template(mail)).await?;
        Ok(InvitationOutput { message_id })
    }

    /// Reads whom to invite, and keeps the hash of the link before anybody gets it.
    async fn prepare(&self, ctx: &Context) -> Result<Invitation, Failure> {
        let deps = &self.0;
        let mut tx = deps.tenant(ctx.tenant_id()).await?;
        let tenant = tx.tenant().get().await;
        let tenant = tenant.map_err(|error| database(&error))?;
        let member = tx.members().find(ctx.params.member_id).await;
        let member = require_active(member.map_err(|error| database(&error))?)?;
        let account = tx.accounts().find(ctx.params.account_id).await;
        let account = require_open(account.map_err(|error| database(&error))?)?;
        let inviter = match ctx.params.inviter {
            Some(id) => tx.accounts().find(id).await,
            None => Ok(None),
        };
        let inviter = inviter.map_err(|error| database(&error))?;
        let (deliver_to, url) = if account.hashed_password.is_some() {
            let deliver_to = member.personal_email.clone();
            let deliver_to = deliver_to.unwrap_or_else(|| member.email.clone());
            (deliver_to, deps.config.page("/login"))
        } else {
            let deliver_to = first_address(&account, &member);
            let link = Link::new(deps, LinkPurpose::SetPassword, ctx.effect_key())?;
            link.keep(deps, tx.link_tokens(), account.id, &deliver_to)
                .await?;
            (deliver_to, link.url(deps))
        };
        tx.commit().await.map_err(|error| database(&error))?;
        Ok(Invitation {
            tenant,
            member,
            inviter,
            deliver_to,
            url,
        })
    }
}

/// Where the account's first link may go.
fn first_address(account: &AccountRecord, member: &MemberRecord) -> EmailAddress {
    let invited_at = account.invitation_email.as_deref();
    invited_at
        .and_then(|text| EmailAddress::parse(text).ok())
        .or_else(|| account.email.clone())
        .unwrap_or_else(|| member.email.clone())
}

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
        self.invite(ctx).await.into()
    }

    /// Never asked for, as the probe finds nothing; a mail cannot be called back.
    async fn undo(&self, _ctx: &Context, _ours: InvitationOutput) -> Undo {
        Undo::Done
    }
}
