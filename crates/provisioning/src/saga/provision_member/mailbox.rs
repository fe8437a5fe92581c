//! A mailbox at the person's address, on a domain which the tenant has proven. Its password is random and stored
//! nowhere: people and the workspace use app passwords. A mailbox that was closed with an earlier membership opens
//! again; one that is not the person's is never touched.

use std::sync::Arc;

use bheem_domain::EmailAddress;
use bheem_http_kit::ErrorKind;
use bheem_mailcow::{Client, CreateMailbox, Error, Mailbox, MailboxState, UpdateMailbox};
use bheem_persistence::repo::MemberRecord;
use bheem_saga::{Apply, Failure, Policy, Probe, Reject, Retry, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::ProvisionParams;
use crate::{
    connector::{
        database, failed,
        mailcow::{
            HALF_MADE, Standing, effect_tag, enlarged, is_inactive, is_too_small, member_tag,
            refused, require_domain, standing,
        },
        probed, undone, vault,
    },
    credential,
    saga::{Deps, require_active, require_open_tenant},
};

pub(super) struct MailboxStep(pub(super) Arc<Deps>);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MailboxOutput {
    /// The address.
    pub(super) address: EmailAddress,
    /// This run made it, rather than opening it again.
    pub(super) is_created: bool,
}

impl MailboxStep {
    async fn look(
        &self,
        ctx: &StepContext<ProvisionParams>,
    ) -> Result<Probe<MailboxOutput>, Failure> {
        let deps = &self.0;
        let found = deps
            .find_member(ctx.tenant_id(), ctx.params.member_id)
            .await?;
        let Some(member) = found else {
            return Ok(Probe::Absent);
        };
        Ok(match standing(deps, &member).await? {
            Standing::Absent => Probe::Absent,
            Standing::Foreign => Probe::Foreign(TAKEN.to_owned()),
            Standing::HalfMade => Probe::Foreign(HALF_MADE.to_owned()),
            // It is opened, and bears its tag again, by the same step.
            Standing::Ours(mailbox) if needs_mending(&mailbox, &member) => Probe::Absent,
            Standing::Ours(mailbox) => Probe::Ours(MailboxOutput {
                address: member.mailbox().clone(),
                is_created: mailbox.tags.contains(&effect_tag(ctx.effect_key())),
            }),
        })
    }

    async fn make(&self, ctx: &StepContext<ProvisionParams>) -> Result<MailboxOutput, Failure> {
        let deps = &self.0;
        let mailcow = deps.mailcow()?;
        let member = self.member_on_proven_domain(ctx).await?;
        let address = member.mailbox().clone();
        let name = address.domain().as_str();
        let domain = require_domain(mailcow, member.tenant_id, name).await?;
        if is_too_small(&domain, deps.config.mailbox_quota_mb) {
            let enlarged = enlarged(&domain, deps.config.mailbox_quota_mb);
            let updated = mailcow.domains().update(name, &enlarged).await;
            updated.map_err(|error| refused(&error))?;
        }
        let password = bheem_vault::token::generate_password().map_err(|error| vault(&error))?;
        let new = CreateMailbox::new(address.local_part(), address.domain().as_str())
            .name(&member.name)
            .password(password)
            .quota_mib(deps.config.mailbox_quota_mb.into())
            .tag(member_tag(member.id))
            .tag(effect_tag(ctx.effect_key()));
        match mailcow.mailboxes().create(&new).await {
            Ok(()) => Ok(MailboxOutput {
                address,
                is_created: true,
            }),
            Err(Error::Conflict {
                is_partial: false, ..
            }) => adopt(deps, &member).await,
            // It went away meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Retry::because("the mail domain is not set up yet").into())
            }
            Err(error) => Err(refused(&error)),
        }
    }

    /// The member, if at this moment the address lies on a domain where the tenant may have mailboxes.
    async fn member_on_proven_domain(
        &self,
        ctx: &StepContext<ProvisionParams>,
    ) -> Result<MemberRecord, Failure> {
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let member = tx.members().find(ctx.params.member_id).await;
        let member = require_active(member.map_err(|error| database(&error))?)?;
        let tenant = tx.tenant().get().await;
        require_open_tenant(&tenant.map_err(|error| database(&error))?)?;
        let domains = tx.domains().list().await;
        let domains = domains.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        let is_proven = domains.iter().any(|domain| {
            domain.domain == *member.mailbox().domain()
                && domain.ownership_verified
                && domain.mail_enabled
                && domain.is_active
        });
        if is_proven {
            return Ok(member);
        }
        Err(Reject::new(
            "domain_not_verified",
            "the domain of the address is not a proven mail domain of the workspace",
        )
        .into())
    }

    async fn take_back(
        &self,
        ctx: &StepContext<ProvisionParams>,
        ours: &MailboxOutput,
    ) -> Result<(), Failure> {
        let mailboxes = self.0.mailcow()?.mailboxes();
        let address = ours.address.to_string();
        if ours.is_created {
            let deleted = mailboxes.delete(&address).await;
            deleted.map_err(|error| failed(&error))?;
        } else {
            let closed = UpdateMailbox::new().state(MailboxState::Inactive);
            update(self.0.mailcow()?, &address, &closed).await?;
        }
        tracing::info!(run.id = %ctx.run_id(), is_deleted = ours.is_created, "mailbox taken back");
        Ok(())
    }
}

const TAKEN: &str = "the address has a mailbox or alias which is not this person's";

/// The address is taken: by this person's own mailbox, perhaps closed, or by something else.
async fn adopt(deps: &Deps, member: &MemberRecord) -> Result<MailboxOutput, Failure> {
    let address = member.mailbox().to_string();
    match standing(deps, member).await? {
        Standing::Absent | Standing::Foreign => Err(Reject::new("conflict", TAKEN).into()),
        Standing::HalfMade => Err(Reject::new("mailbox_half_made", HALF_MADE).into()),
        Standing::Ours(mailbox) => {
            if needs_mending(&mailbox, member) {
                let mut mended = UpdateMailbox::new().tag(member_tag(member.id));
                if is_inactive(&mailbox) {
                    mended = mended.state(MailboxState::Active);
                }
                update(deps.mailcow()?, &address, &mended).await?;
            }
            Ok(MailboxOutput {
                address: member.mailbox().clone(),
                is_created: false,
            })
        }
    }
}

/// Closed, or without its tag, as somebody may have taken it away by hand.
fn needs_mending(mailbox: &Mailbox, member: &MemberRecord) -> bool {
    is_inactive(mailbox) || !mailbox.tags.contains(&member_tag(member.id))
}

async fn update(mailcow: &Client, address: &str, change: &UpdateMailbox) -> Result<(), Failure> {
    let updated = mailcow.mailboxes().update(address, change).await;
    updated.map_err(|error| match error.kind() {
        ErrorKind::NotFound => Retry::because("the mailbox went away meanwhile").into(),
        _ => refused(&error),
    })
}

impl Step for MailboxStep {
    const NAME: &'static str = "mailbox";
    const PEER: Option<&'static str> = Some(credential::MAILCOW);
    type Params = ProvisionParams;
    type Output = MailboxOutput;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    async fn probe(&self, ctx: &StepContext<ProvisionParams>) -> Probe<MailboxOutput> {
        probed(self.look(ctx).await)
    }

    async fn apply(&self, ctx: &StepContext<ProvisionParams>) -> Apply<MailboxOutput> {
        self.make(ctx).await.into()
    }

    async fn undo(&self, ctx: &StepContext<ProvisionParams>, ours: MailboxOutput) -> Undo {
        undone(self.take_back(ctx, &ours).await)
    }
}
