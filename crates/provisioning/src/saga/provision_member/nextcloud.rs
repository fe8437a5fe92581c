//! The person's account at Nextcloud, and its place in the tenant's group. One account serves a person in every
//! tenant; its id is ours, so it cannot be anybody else's. The service password is sealed and kept before Nextcloud
//! learns it, under an id that tells which step made it.
//!
//! Nextcloud makes an account in several steps and may die between them (32.0.1, 2026-11): one that is there is ours only
//! when its name, address, room and group are what they are to be, and else it is mended.

use std::sync::Arc;

use bheem_domain::{CredentialId, TenantId};
use bheem_http_kit::SecretString;
use bheem_nextcloud::{CreateUser, Error, QuotaLimit, User, UserField};
use bheem_persistence::{
    SystemScope,
    repo::{MemberRecord, SealedCredential, TenantRecord},
};
use bheem_saga::{Apply, Failure, Policy, Probe, Retry, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::ProvisionParams;
use crate::{
    app_passwords::Owner,
    connector::{
        database, failed,
        nextcloud::{ensure_group, group_id, join_group, lacks_group_on_create, user_id},
        probed, unanswered, undone, vault,
    },
    credential,
    saga::{Deps, require_active, require_open_tenant},
};

pub(super) struct NextcloudStep(pub(super) Arc<Deps>);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NextcloudOutput {
    /// The user id there.
    pub(super) user_id: String,
    /// This run made the account, rather than letting it into one more tenant.
    pub(super) is_created: bool,
}

type Context = StepContext<ProvisionParams>;

/// Everything of ours that the account is made of.
struct Wanted {
    member: MemberRecord,
    tenant: TenantRecord,
    kept: SealedCredential,
}

impl NextcloudStep {
    async fn look(&self, ctx: &Context) -> Result<Probe<NextcloudOutput>, Failure> {
        let id = user_id(ctx.params.account_id);
        let found = self.0.nextcloud()?.ocs().users().find(&id).await;
        let found = found.map_err(|error| unanswered(&error))?;
        let group = group_id(TenantId::from(ctx.tenant_id()));
        let member = self
            .0
            .find_member(ctx.tenant_id(), ctx.params.member_id)
            .await?;
        let (Some(user), Some(member)) = (found, member) else {
            return Ok(Probe::Absent);
        };
        let is_there = user.is_enabled && user.groups.contains(&group);
        if !is_there || !self.differences(&user, &member).is_empty() {
            return Ok(Probe::Absent);
        }
        let is_created = self
            .find_kept(ctx)
            .await?
            .is_some_and(|kept| is_made_by(ctx, &kept));
        Ok(Probe::Ours(NextcloudOutput {
            user_id: id,
            is_created,
        }))
    }

    async fn make(&self, ctx: &Context) -> Result<NextcloudOutput, Failure> {
        let ocs = self.0.nextcloud()?.ocs();
        let wanted = self.prepare(ctx).await?;
        let group = group_id(wanted.tenant.id);
        let new = self.account(ctx, &wanted, &group)?;
        let created = match ocs.users().create(&new).await {
            Err(error) if lacks_group_on_create(&error) => {
                ensure_group(ocs, &group, &wanted.tenant.name).await?;
                ocs.users().create(&new).await
            }
            created => created,
        };
        let id = user_id(ctx.params.account_id);
        let owner = Owner::from(&wanted.member);
        match created {
            Ok(()) => {}
            // Ours by its id: from another tenant, or from an earlier membership.
            Err(Error::Conflict { .. }) => {
                self.let_in(&wanted, &id, &group).await?;
                // What could not be removed while it was closed must not live again with it.
                self.0.remove_nextcloud_app_passwords(owner).await?;
            }
            Err(error) => return Err(failed(&error)),
        }
        Ok(NextcloudOutput {
            user_id: id,
            is_created: is_made_by(ctx, &wanted.kept),
        })
    }

    fn account(&self, ctx: &Context, wanted: &Wanted, group: &str) -> Result<CreateUser, Failure> {
        let sealed_for = credential::nextcloud_password(ctx.params.account_id);
        let password = self.0.vault.open(&sealed_for, &wanted.kept.sealed);
        Ok(CreateUser::new(user_id(ctx.params.account_id))
            .password(password.map_err(|error| vault(&error))?)
            .display_name(&wanted.member.name)
            .email(wanted.member.email.to_string())
            .quota(self.0.config.nextcloud_quota)
            .group(group))
    }

    /// What of an account is not as it is to be, with what it is to be. A larger room, which somebody gave by hand, stays.
    fn differences(&self, user: &User, member: &MemberRecord) -> Vec<(UserField, String)> {
        let mut wanted = Vec::new();
        if user.display_name.as_deref() != Some(member.name.trim())
            && !member.name.trim().is_empty()
        {
            wanted.push((UserField::DisplayName, member.name.clone()));
        }
        let email = member.email.to_string();
        let is_same = |address: &String| address.eq_ignore_ascii_case(&email);
        if !user.email.as_ref().is_some_and(is_same) {
            wanted.push((UserField::Email, email));
        }
        let quota = self.0.config.nextcloud_quota;
        let limit = user.quota.limit_bytes;
        let limit = limit.and_then(|limit| u64::try_from(limit).ok());
        if let QuotaLimit::Bytes(bytes) = quota
            && limit.is_none_or(|limit| limit < bytes)
        {
            wanted.push((UserField::Quota, quota.to_string()));
        }
        wanted
    }

    async fn let_in(&self, wanted: &Wanted, id: &str, group: &str) -> Result<(), Failure> {
        let ocs = self.0.nextcloud()?.ocs();
        let found = ocs.users().find(id).await;
        let found = found.map_err(|error| unanswered(&error))?;
        let user = found.ok_or_else(|| Retry::because("the account went away meanwhile"))?;
        if !user.is_enabled {
            let enabled = ocs.users().enable(id).await;
            enabled.map_err(|error| failed(&error))?;
            let peer = self.0.nextcloud()?;
            peer.forget_refusals(wanted.member.user_id);
        }
        for (field, value) in self.differences(&user, &wanted.member) {
            let edited = ocs.users().edit(id, &field, &value).await;
            edited.map_err(|error| failed(&error))?;
        }
        if user.groups.iter().any(|joined| joined == group) {
            return Ok(());
        }
        join_group(ocs, id, group, &wanted.tenant.name).await
    }

    /// Reads what is wanted, and keeps a password unless there is one.
    async fn prepare(&self, ctx: &Context) -> Result<Wanted, Failure> {
        let ProvisionParams {
            member_id,
            account_id,
            ..
        } = ctx.params;
        let password = bheem_vault::token::generate_password().map_err(|error| vault(&error))?;
        let new = self.sealed(ctx, &password)?;
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let work = async {
            let tenant = tx.tenant().get().await?;
            let member = tx.members().find(member_id).await?;
            let kept = tx
                .credentials()
                .keep_for_account(account_id, credential::NEXTCLOUD, &new)
                .await?;
            tx.commit().await?;
            Ok((tenant, member, kept))
        };
        let (tenant, member, kept) = work.await.map_err(|error| database(&error))?;
        require_open_tenant(&tenant)?;
        Ok(Wanted {
            member: require_active(member)?,
            tenant,
            kept,
        })
    }

    fn sealed(&self, ctx: &Context, password: &SecretString) -> Result<SealedCredential, Failure> {
        let sealed_for = credential::nextcloud_password(ctx.params.account_id);
        let sealed = self.0.vault.seal(&sealed_for, password);
        Ok(SealedCredential {
            id: CredentialId::from(ctx.effect_key()),
            username: user_id(ctx.params.account_id),
            sealed: sealed.map_err(|error| vault(&error))?,
        })
    }

    async fn find_kept(&self, ctx: &Context) -> Result<Option<SealedCredential>, Failure> {
        let id = user_id(ctx.params.account_id);
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let kept = tx
            .credentials()
            .find_for_account(ctx.params.account_id, credential::NEXTCLOUD, &id)
            .await;
        let kept = kept.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        Ok(kept)
    }

    /// Out of the tenant's group; and where no other tenant needs the account, it goes the way it came.
    async fn take_back(&self, ctx: &Context, ours: &NextcloudOutput) -> Result<(), Failure> {
        let users = self.0.nextcloud()?.ocs().users();
        let is_needed = self.is_needed_elsewhere(ctx).await?;
        if !is_needed && ours.is_created {
            let deleted = users.delete(&ours.user_id).await;
            deleted.map_err(|error| failed(&error))?;
            return Ok(());
        }
        let group = group_id(TenantId::from(ctx.tenant_id()));
        if !is_needed {
            let disabled = users.disable(&ours.user_id).await;
            disabled.map_err(|error| failed(&error))?;
        }
        // Last, as the group is what a repetition knows its own by.
        let left = users.remove_from_group(&ours.user_id, &group).await;
        left.map_err(|error| failed(&error))?;
        Ok(())
    }

    async fn is_needed_elsewhere(&self, ctx: &Context) -> Result<bool, Failure> {
        let scope = SystemScope::server("whether an account is used in other tenants");
        let work = async {
            let mut read = self.0.database.system_read(&scope).await?;
            read.tenants().memberships(ctx.params.account_id).await
        };
        let memberships = work.await.map_err(|error| database(&error))?;
        Ok(memberships
            .iter()
            .any(|membership| membership.tenant.id.as_uuid() != ctx.tenant_id()))
    }
}

/// The kept password was made by this very step, and so was the account that has it.
fn is_made_by(ctx: &Context, kept: &SealedCredential) -> bool {
    kept.id.as_uuid() == ctx.effect_key()
}

impl Step for NextcloudStep {
    const NAME: &'static str = "nextcloud_account";
    const PEER: Option<&'static str> = Some(credential::NEXTCLOUD);
    type Params = ProvisionParams;
    type Output = NextcloudOutput;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    async fn probe(&self, ctx: &Context) -> Probe<NextcloudOutput> {
        probed(self.look(ctx).await)
    }

    async fn apply(&self, ctx: &Context) -> Apply<NextcloudOutput> {
        self.make(ctx).await.into()
    }

    async fn undo(&self, ctx: &Context, ours: NextcloudOutput) -> Undo {
        undone(self.take_back(ctx, &ours).await)
    }
}
