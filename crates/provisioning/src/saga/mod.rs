//! The sagas, and what their steps share.

mod account_mail;
mod deprovision_member;
mod device;
mod disable_domain_mail;
mod domain_off;
mod enable_domain_mail;
mod invitation;
mod invite_member;
mod link;
mod phone_code;
mod provision_member;
mod rename_member;
pub mod step_names;
mod tenant;

use std::{sync::Arc, time::Duration};

use bheem_domain::{AccountId, MemberId, TenantId};
use bheem_persistence::{
    Database, SystemScope, TenantScope, TenantTx,
    repo::{AccountRecord, MemberRecord, TenantRecord},
};
use bheem_saga::{DefinitionError, Failure, Policy, Registry, Reject, Retry};
use bheem_vault::Vault;
use uuid::Uuid;

pub use account_mail::{AccountMail, AccountMailParams, MailKind};
pub use deprovision_member::{DeprovisionMember, DeprovisionParams};
pub use disable_domain_mail::{DisableDomainMail, DisableDomainMailParams};
pub use enable_domain_mail::{EnableDomainMail, EnableDomainMailParams};
pub use invite_member::{InviteMember, InviteParams};
pub use phone_code::{PhoneCode, PhoneCodeParams};
pub use provision_member::{ProvisionMember, ProvisionParams};
pub use rename_member::{RenameMember, RenameParams};
pub use tenant::{CloseTenant, DeleteTenant, ReopenTenant, TenantParams};

use crate::{
    NextcloudPeer, Peers, Planner, ProvisioningConfig,
    connector::{database, not_configured},
    credential,
};

/// What every step needs.
#[derive(Debug)]
pub(crate) struct Deps {
    pub(crate) database: Database,
    pub(crate) vault: Vault,
    pub(crate) peers: Peers,
    pub(crate) config: ProvisioningConfig,
}

/// Every saga there is.
pub(crate) fn registry(deps: &Arc<Deps>) -> Result<Registry, DefinitionError> {
    let mut registry = Registry::new();
    registry
        .register(&ProvisionMember::new(deps))?
        .register(&InviteMember::new(deps))?
        .register(&DeprovisionMember::new(deps))?
        .register(&RenameMember::new(deps))?
        .register(&EnableDomainMail::new(deps))?
        .register(&DisableDomainMail::new(deps))?
        .register(&AccountMail::new(deps))?
        .register(&CloseTenant::new(deps))?
        .register(&ReopenTenant::new(deps))?
        .register(&DeleteTenant::new(deps))?
        .register(&PhoneCode::new(deps))?;
    Ok(registry)
}

/// What takes access away asks a peer again this often at least.
const CLOSING_CAP: Duration = Duration::from_secs(15);

impl Deps {
    /// Makes runs, for steps that enqueue some. It holds the steps of its sagas, so it cannot be kept here.
    pub(crate) fn planner(self: &Arc<Self>) -> crate::Result<Planner> {
        let registry = registry(self)?;
        Ok(Planner::new(
            registry,
            self.config.clone(),
            self.peers.configured(),
        ))
    }

    /// How patiently access is taken away.
    pub(crate) fn closing_policy(&self) -> Policy {
        let mut policy = self.config.retry;
        policy.backoff.cap = policy.backoff.cap.min(CLOSING_CAP);
        policy
    }

    /// Fails while a request of a run that the present one took the place of may still reach a peer, and undo there
    /// what was just done. Until then it is done again and again.
    pub(crate) async fn require_settled(
        &self,
        tenant_id: Uuid,
        subject: &str,
    ) -> Result<(), Failure> {
        let scope = SystemScope::server("whether an operation that was superseded is over");
        let horizon = self.config.settle;
        let work = async {
            let mut read = self.database.system_read(&scope).await?;
            let tenant_id = TenantId::from(tenant_id);
            read.runs_of(tenant_id).is_settling(subject, horizon).await
        };
        if work.await.map_err(|error| database(&error))? {
            let again = (horizon / 8).min(Duration::from_secs(5));
            let reason = "a request of the operation before may still arrive";
            return Err(Retry::because(reason).after(again).into());
        }
        Ok(())
    }

    pub(crate) fn mailcow(&self) -> Result<&bheem_mailcow::Client, Failure> {
        let client = self.peers.mailcow.as_ref();
        client.ok_or_else(|| not_configured(credential::MAILCOW).into())
    }

    pub(crate) fn nextcloud(&self) -> Result<&NextcloudPeer, Failure> {
        let client = self.peers.nextcloud.as_ref();
        client.ok_or_else(|| not_configured(credential::NEXTCLOUD).into())
    }

    pub(crate) fn notify(&self) -> Result<&bheem_notify::Client, Failure> {
        let client = self.peers.notify.as_ref();
        client.ok_or_else(|| not_configured(credential::NOTIFY).into())
    }

    /// A transaction in the tenant of a run.
    pub(crate) async fn tenant(&self, tenant_id: Uuid) -> Result<TenantTx, Failure> {
        let scope = TenantScope::for_run(TenantId::from(tenant_id));
        let tx = self.database.tenant(&scope).await;
        tx.map_err(|error| database(&error))
    }

    /// A member who is there, active or not.
    pub(crate) async fn find_member(
        &self,
        tenant_id: Uuid,
        id: MemberId,
    ) -> Result<Option<MemberRecord>, Failure> {
        let mut tx = self.tenant(tenant_id).await?;
        let member = tx.members().find(id).await;
        let member = member.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        Ok(member)
    }

    /// An account, whoever's it is.
    pub(crate) async fn find_account(
        &self,
        id: AccountId,
    ) -> Result<Option<AccountRecord>, Failure> {
        let scope = SystemScope::server("a step of a run reads an account");
        let found = async {
            let mut read = self.database.system_read(&scope).await?;
            read.accounts().find(id).await
        };
        found.await.map_err(|error| database(&error))
    }
}

/// Somebody who was removed meanwhile gets nothing more.
pub(crate) fn require_active(member: Option<MemberRecord>) -> Result<MemberRecord, Failure> {
    member
        .filter(|member| member.is_active)
        .ok_or_else(|| Reject::new("member_removed", "the person is not a member any more").into())
}

/// A workspace that was closed meanwhile gives nobody anything more.
pub(crate) fn require_open_tenant(tenant: &TenantRecord) -> Result<(), Failure> {
    if tenant.is_open() {
        Ok(())
    } else {
        Err(Reject::new("tenant_suspended", "the workspace is suspended").into())
    }
}

/// An account that may sign in.
pub(crate) fn require_open(account: Option<AccountRecord>) -> Result<AccountRecord, Failure> {
    let account = account.ok_or_else(|| {
        Failure::from(Reject::new("account_missing", "the account does not exist"))
    })?;
    if account.is_active {
        Ok(account)
    } else {
        Err(Reject::new("account_disabled", "the account is disabled").into())
    }
}
