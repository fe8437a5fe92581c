//! The mailbox bears the new name, and every address the person has or had leads to it. An address that leads elsewhere
//! is somebody else's, and is left alone.

use std::sync::Arc;

use bheem_domain::EmailAddress;
use bheem_mailcow::{Client, NewAlias, UpdateMailbox};
use bheem_persistence::repo::MemberRecord;
use bheem_saga::{Apply, Failure, Policy, Probe, Reject, Step, StepContext, Undo};

use super::RenameParams;
use crate::{
    connector::{
        database,
        mailcow::{HALF_MADE, Standing, refused, standing},
        unanswered,
    },
    credential,
    saga::{Deps, require_active},
};

pub(super) struct MailboxStep(pub(super) Arc<Deps>);

type Context = StepContext<RenameParams>;

impl MailboxStep {
    /// Answers the addresses that lead to the mailbox, itself included; none without a mailbox.
    async fn rename(&self, ctx: &Context) -> Result<Vec<EmailAddress>, Failure> {
        let mailcow = self.0.mailcow()?;
        let (member, former) = self.read(ctx).await?;
        let mailbox = member.mailbox().clone();
        let address = mailbox.to_string();
        let found = match standing(&self.0, &member).await? {
            Standing::Ours(found) => found,
            Standing::Absent | Standing::Foreign => return Ok(Vec::new()),
            Standing::HalfMade => return Err(Reject::new("mailbox_half_made", HALF_MADE).into()),
        };
        if found.name.as_deref() != Some(member.name.as_str()) {
            let named = UpdateMailbox::new().name(&member.name);
            let updated = mailcow.mailboxes().update(&address, &named).await;
            updated.map_err(|error| refused(&error))?;
        }
        let mut all = vec![mailbox.clone()];
        for other in former.into_iter().chain([member.email]) {
            if !all.contains(&other) {
                lead(mailcow, &other, &mailbox).await?;
                all.push(other);
            }
        }
        Ok(all)
    }

    async fn read(&self, ctx: &Context) -> Result<(MemberRecord, Vec<EmailAddress>), Failure> {
        let id = ctx.params.member_id;
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let work = async {
            let member = tx.members().find(id).await?;
            let former = tx.former_addresses().list(id).await?;
            tx.commit().await?;
            Ok((member, former))
        };
        let (member, former) = work.await.map_err(|error| database(&error))?;
        Ok((require_active(member)?, former))
    }
}

/// Makes an alias unless it is there.
async fn lead(
    mailcow: &Client,
    address: &EmailAddress,
    mailbox: &EmailAddress,
) -> Result<(), Failure> {
    let (address, target) = (address.to_string(), mailbox.to_string());
    let found = mailcow.aliases().find_by_address(&address).await;
    match found.map_err(|error| unanswered(&error))? {
        Some(alias) if alias.targets == [target.as_str()] => Ok(()),
        Some(_) => Err(taken(&address)),
        None => {
            let alias = NewAlias::new(&address, [&target]);
            match mailcow.aliases().create(&alias).await {
                Err(bheem_mailcow::Error::Conflict { .. }) => Err(taken(&address)),
                created => created.map_err(|error| refused(&error)),
            }
        }
    }
}

fn taken(address: &str) -> Failure {
    let detail = format!("{address} is a mailbox or an alias of somebody else at the mail server");
    Reject::new("conflict", detail).into()
}

impl Step for MailboxStep {
    const NAME: &'static str = "mailbox_rename";
    const PEER: Option<&'static str> = Some(credential::MAILCOW);
    type Params = RenameParams;
    type Output = Vec<EmailAddress>;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Renaming twice is renaming once.
    async fn probe(&self, _ctx: &Context) -> Probe<Vec<EmailAddress>> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<Vec<EmailAddress>> {
        self.rename(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: Vec<EmailAddress>) -> Undo {
        Undo::Done
    }
}
