//! What administration of the platform does with accounts. There is always somebody left who may
//! administer it.

use bheem_domain::{AccountId, EmailAddress, Invalid, PlatformRole, SessionId};
use bheem_persistence::{
    PageRequest, SystemScope, SystemTx,
    repo::{AccountFilter, AccountRecord, Entity},
};
use serde_json::json;
use uuid::Uuid;

use crate::{Error, Identity, Result, first_factor::is_mirrored};

/// What to change; `None` and `false` leave things as they are.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// The role on the platform.
    pub role: Option<PlatformRole>,
    /// Whether the account may sign in.
    pub is_active: Option<bool>,
    /// Ends every session and all that applications were granted.
    pub end_sessions: bool,
    /// Voids the password, so that a new one must be set by a link; ends sessions and grants, too.
    pub require_new_password: bool,
}

impl Identity {
    /// A page of accounts, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(
        &self,
        scope: &SystemScope,
        filter: &AccountFilter,
        page: &PageRequest,
    ) -> Result<Vec<AccountRecord>> {
        let mut read = self.database.system_read(scope).await?;
        Ok(read.accounts().list(filter, page).await?)
    }

    /// The account that is meant by its id, its name, or an address that it has proven.
    ///
    /// # Errors
    /// [`Error::AccountNotFound`].
    pub async fn find_account(&self, name: &str) -> Result<AccountRecord> {
        let scope = Self::scope("look for an account");
        let mut read = self.database.system_read(&scope).await?;
        let found = match name.trim().parse::<Uuid>() {
            Ok(id) => read.accounts().find(id.into()).await?,
            Err(_) => read.accounts().find_for_sign_in(name.trim()).await?,
        };
        found.ok_or(Error::AccountNotFound)
    }

    /// Changes an account in the transaction of whoever writes more of it. Answers the account, and what
    /// [`Self::account_changed`] needs when the transaction is committed.
    ///
    /// # Errors
    /// [`Error::AccountNotFound`], [`Error::LastSuperAdmin`]; [`Error::Invalid`] when a new password
    /// cannot be demanded of the account, as nobody could set one.
    pub async fn change_account(
        &self,
        tx: &mut SystemTx,
        id: AccountId,
        change: &AccountChange,
    ) -> Result<(AccountRecord, Vec<Uuid>)> {
        let now = self.clock.now();
        // First of all, and in one order, so that no two wait for each other.
        let super_admins = tx.accounts().hold_super_admins().await?;
        let before = tx.accounts().lock(id).await?;
        let before = before.ok_or(Error::AccountNotFound)?;
        let is_lost = change
            .role
            .is_some_and(|role| role != PlatformRole::SuperAdmin)
            || change.is_active == Some(false);
        if is_lost && super_admins == [id] {
            return Err(Error::LastSuperAdmin);
        }
        if change.require_new_password {
            may_be_reset(&before)?;
        }
        if let Some(role) = change.role {
            tx.accounts().set_role(id, role).await?;
        }
        if let Some(is_active) = change.is_active {
            tx.accounts().set_active(id, is_active).await?;
        }
        let mut ended = Vec::new();
        if change.end_sessions || change.require_new_password {
            let reason = "administration";
            let sessions = tx.sessions().revoke_all(id, None, reason, now).await?;
            ended.extend(sessions.into_iter().map(SessionId::as_uuid));
            ended.extend(tx.grants().revoke_all(id, None, reason, now).await?);
        }
        if change.require_new_password {
            tx.accounts().remove_password(id, now).await?;
            tx.link_tokens().void_all(id, now).await?;
        }
        let details = json!({
            "role": change.role.map(PlatformRole::as_str),
            "role_before": before.role.as_str(),
            "is_active": change.is_active,
            "end_sessions": change.end_sessions,
            "require_new_password": change.require_new_password,
        });
        tx.activity(None)
            .record(
                "account.changed",
                Some(Entity::new("user", id)),
                "Account changed by administration",
                Some(details),
            )
            .await?;
        let after = tx.accounts().find(id).await?;
        Ok((after.ok_or(Error::AccountNotFound)?, ended))
    }

    /// Lets what has changed count in this process at once.
    pub fn account_changed(&self, id: AccountId, ended: Vec<Uuid>) {
        self.forget_standing(id);
        self.forget(ended);
    }
}

/// Whether a new password can be demanded: there must be an address that the link for it can go to.
fn may_be_reset(account: &AccountRecord) -> Result<()> {
    let refuse = |reason| Err(Invalid::new("require_new_password", reason).into());
    if is_mirrored(account) {
        return refuse("the password belongs to the system that the account comes from");
    }
    if reset_address(account).is_none() {
        return refuse("the account has no proven address that a link could be sent to");
    }
    Ok(())
}

/// Where a link that sets a new password may go.
#[must_use]
pub fn reset_address(account: &AccountRecord) -> Option<EmailAddress> {
    let email = account.email.clone();
    email.filter(|_| account.email_verified_at.is_some())
}
