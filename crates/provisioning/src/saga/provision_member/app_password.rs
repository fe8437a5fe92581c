//! The app password with which the workspace reaches the mailbox for the person. It is sealed and kept before Mailcow
//! learns it, so an answer that is lost loses no password; Mailcow is asked for a list first, because it keeps names
//! no more unique than it is asked to.

use std::sync::Arc;

use bheem_domain::{CredentialId, TenantId};
use bheem_http_kit::{ErrorKind, SecretString};
use bheem_mailcow::{AppPassword, Client, CreateAppPassword};
use bheem_persistence::repo::SealedCredential;
use bheem_saga::{Apply, Failure, Policy, Probe, Retry, Step, StepContext, Undo};

use super::{
    ProvisionParams,
    mailbox::{MailboxOutput, MailboxStep},
};
use crate::{
    connector::{
        database,
        mailcow::{app_password_name, refused},
        probed, unanswered, undone, vault,
    },
    credential,
    saga::Deps,
};

pub(super) struct AppPasswordStep(pub(super) Arc<Deps>);

type Context = StepContext<ProvisionParams>;

impl AppPasswordStep {
    async fn look(&self, ctx: &Context) -> Result<Probe<CredentialId>, Failure> {
        let Ok(mailbox) = ctx.output_of::<MailboxStep>() else {
            return Ok(Probe::Absent);
        };
        let kept = self.find_kept(ctx, &mailbox).await?;
        let listed = self.listed(ctx, &mailbox).await?;
        Ok(match (kept, listed.len()) {
            (Some(kept), 1) => Probe::Ours(kept.id),
            // None yet, or several, or one whose password nobody knows: applying sorts it out.
            _ => Probe::Absent,
        })
    }

    async fn make(&self, ctx: &Context) -> Result<CredentialId, Failure> {
        let mailbox = ctx.output_of::<MailboxStep>()?;
        let mailcow = self.0.mailcow()?;
        let kept = self.find_kept(ctx, &mailbox).await?;
        let mut listed = self.listed(ctx, &mailbox).await?;
        let kept = if let Some(kept) = kept {
            kept
        } else {
            // Nobody knows the password of what is there.
            remove(mailcow, &mailbox, &listed).await?;
            listed.clear();
            self.keep_new(ctx, &mailbox).await?
        };
        // All of one name have the one password that is kept: one is enough.
        remove(mailcow, &mailbox, listed.get(1..).unwrap_or_default()).await?;
        if listed.is_empty() {
            let password = self.open(ctx, &kept)?;
            let name = app_password_name(ctx.params.member_id);
            let new = CreateAppPassword::new(&mailbox.address.to_string(), name, password);
            let created = mailcow.app_passwords().create(&new).await;
            created.map_err(|error| match error.kind() {
                ErrorKind::NotFound => Retry::because("the mailbox is not there").into(),
                _ => refused(&error),
            })?;
        }
        if ctx.attempt() > 1 {
            // A request of an earlier attempt may have arrived only now.
            let listed = self.listed(ctx, &mailbox).await?;
            remove(mailcow, &mailbox, listed.get(1..).unwrap_or_default()).await?;
        }
        Ok(kept.id)
    }

    async fn take_back(&self, ctx: &Context) -> Result<(), Failure> {
        let mailbox = ctx.output_of::<MailboxStep>()?;
        let listed = self.listed(ctx, &mailbox).await?;
        remove(self.0.mailcow()?, &mailbox, &listed).await?;
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let removed = tx
            .credentials()
            .remove_for_member(ctx.params.member_id, credential::MAILCOW)
            .await;
        removed.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))
    }

    async fn listed(
        &self,
        ctx: &Context,
        mailbox: &MailboxOutput,
    ) -> Result<Vec<AppPassword>, Failure> {
        let name = app_password_name(ctx.params.member_id);
        let address = mailbox.address.to_string();
        let passwords = self.0.mailcow()?.app_passwords();
        let found = passwords.find_by_name(&address, &name).await;
        let mut found = found.map_err(|error| unanswered(&error))?.items;
        found.sort_unstable_by_key(|password| password.id);
        Ok(found)
    }

    async fn find_kept(
        &self,
        ctx: &Context,
        mailbox: &MailboxOutput,
    ) -> Result<Option<SealedCredential>, Failure> {
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let address = mailbox.address.to_string();
        let kept = tx
            .credentials()
            .find_for_member(ctx.params.member_id, credential::MAILCOW, &address)
            .await;
        let kept = kept.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        Ok(kept)
    }

    async fn keep_new(
        &self,
        ctx: &Context,
        mailbox: &MailboxOutput,
    ) -> Result<SealedCredential, Failure> {
        let password = bheem_vault::token::generate_password().map_err(|error| vault(&error))?;
        let sealed = self.0.vault.seal(&sealed_for(ctx), &password);
        let new = SealedCredential {
            id: CredentialId::generate(&**self.0.database.clock()),
            username: mailbox.address.to_string(),
            sealed: sealed.map_err(|error| vault(&error))?,
        };
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let kept = tx
            .credentials()
            .keep_for_member(ctx.params.member_id, credential::MAILCOW, &new)
            .await;
        let kept = kept.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        Ok(kept)
    }

    fn open(&self, ctx: &Context, kept: &SealedCredential) -> Result<SecretString, Failure> {
        let opened = self.0.vault.open(&sealed_for(ctx), &kept.sealed);
        opened.map_err(|error| vault(&error))
    }
}

fn sealed_for(ctx: &Context) -> bheem_vault::Context<'static> {
    credential::mailbox_app_password(TenantId::from(ctx.tenant_id()), ctx.params.member_id)
}

async fn remove(
    mailcow: &Client,
    mailbox: &MailboxOutput,
    listed: &[AppPassword],
) -> Result<(), Failure> {
    let address = mailbox.address.to_string();
    for password in listed {
        let deleted = mailcow.app_passwords().delete(&address, password.id).await;
        deleted.map_err(|error| refused(&error))?;
    }
    Ok(())
}

impl Step for AppPasswordStep {
    const NAME: &'static str = "mailbox_app_password";
    const PEER: Option<&'static str> = Some(credential::MAILCOW);
    type Params = ProvisionParams;
    type Output = CredentialId;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    async fn probe(&self, ctx: &Context) -> Probe<CredentialId> {
        probed(self.look(ctx).await)
    }

    async fn apply(&self, ctx: &Context) -> Apply<CredentialId> {
        self.make(ctx).await.into()
    }

    async fn undo(&self, ctx: &Context, _ours: CredentialId) -> Undo {
        undone(self.take_back(ctx).await)
    }
}
