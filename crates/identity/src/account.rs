//! Accounts, and changing their passwords.

use bheem_domain::{AccountId, EmailAddress, Invalid, PlatformRole, SessionId, password, text};
use bheem_persistence::{
    Actor, SystemScope, SystemTx,
    repo::{AccountRecord, Entity, NewAccount, Origin},
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::{Error, Identity, Result, first_factor::is_mirrored, sign_in::Client};

/// A new password of somebody who knows the old one.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The one so far.
    pub old: SecretString,
    /// The new one.
    pub new: SecretString,
    /// Whether applications keep what they were granted to use without the person.
    pub keep_applications: bool,
}

impl Identity {
    /// Makes a platform administrator; for the command line.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::UsernameTaken`].
    pub async fn create_super_admin(
        &self,
        email: &EmailAddress,
        password: SecretString,
    ) -> Result<AccountRecord> {
        let username = email.to_string();
        let now = self.clock.now();
        let account = NewAccount {
            id: AccountId::generate(&*self.clock),
            hashed_password: Some(self.hash_new(password, &[&username]).await?),
            username,
            email: Some(email.clone()),
            full_name: Some("Administrator".to_owned()),
            phone: None,
            company_code: None,
            role: PlatformRole::SuperAdmin,
            origin: Origin::Bootstrap,
            invitation_email: None,
            email_verified_at: Some(now),
            created_at: now,
        };
        self.insert(&account, "auth.admin_created").await
    }

    pub(crate) async fn insert(&self, account: &NewAccount, action: &str) -> Result<AccountRecord> {
        let mut tx = self
            .database
            .system(&Self::scope("make an account"))
            .await?;
        let displaced = match &account.email {
            Some(email) if account.email_verified_at.is_some() => {
                let now = self.clock.now();
                tx.accounts().release_address(email, None, now).await?
            }
            _ => Vec::new(),
        };
        let record = tx.accounts().insert(account).await.map_err(taken)?;
        tx.activity(None)
            .record(
                action,
                Some(Entity::new("user", record.id)),
                "Account made",
                None,
            )
            .await?;
        tx.commit().await?;
        self.forget_displaced(&displaced);
        Ok(record)
    }

    /// The account.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] when it is gone.
    pub async fn account(&self, id: AccountId) -> Result<AccountRecord> {
        self.database
            .system_read(&Self::scope("read an account"))
            .await?
            .accounts()
            .find(id)
            .await?
            .ok_or(Error::InvalidToken)
    }

    /// Changes the password of somebody who knows the old one, and ends their other sessions; and,
    /// unless they are kept, what applications were granted to use without them.
    ///
    /// # Errors
    /// [`Error::BadCredentials`] when the old one is wrong, [`Error::Invalid`], [`Error::TooMany`].
    pub async fn change_password(
        &self,
        id: AccountId,
        session: SessionId,
        change: PasswordChange,
        client: &Client,
    ) -> Result<()> {
        let account = self.account(id).await?;
        if is_mirrored(&account) {
            return Err(Invalid::new(
                "current_password",
                "belongs to the system this account comes from, and is changed there",
            )
            .into());
        }
        Box::pin(self.check_password_of(&account, change.old, client)).await?;
        let hash = self.hash_for(change.new, &account).await?;
        let now = self.clock.now();
        let actor = Actor::person(id, client.ip, client.user_agent.as_deref());
        let scope = SystemScope::person("replace a password", actor);
        let mut tx = self.database.system(&scope).await?;
        let keep = Some(session);
        let ended = self
            .replace_password(&mut tx, id, &hash, keep, change.keep_applications)
            .await?;
        tx.commit().await?;
        for id in ended {
            self.revocations.add(id, now);
        }
        Ok(())
    }

    /// Stores a new hash, voids links, ends sessions but `keep` and, unless they are to be kept, all
    /// that was granted outside of it. Answers what ended.
    pub(crate) async fn replace_password(
        &self,
        tx: &mut SystemTx,
        id: AccountId,
        hash: &str,
        keep: Option<SessionId>,
        keeps_applications: bool,
    ) -> Result<Vec<Uuid>> {
        let now = self.clock.now();
        tx.accounts().set_password(id, hash, now).await?;
        tx.link_tokens().void_all(id, now).await?;
        let sessions = tx.sessions().revoke_all(id, keep, "password", now).await?;
        let mut ended: Vec<Uuid> = sessions.into_iter().map(SessionId::as_uuid).collect();
        if !keeps_applications {
            let grants = tx.grants().revoke_all(id, keep, "password", now).await?;
            ended.extend(grants);
        }
        tx.activity(None)
            .record(
                "auth.password_changed",
                Some(Entity::new("user", id)),
                "Password changed",
                None,
            )
            .await?;
        Ok(ended)
    }

    /// Checks and hashes a new password of an account.
    pub(crate) async fn hash_for(
        &self,
        new: SecretString,
        account: &AccountRecord,
    ) -> Result<String> {
        let email = account.email.as_ref().map(ToString::to_string);
        let names = [
            account.username.as_str(),
            email.as_deref().unwrap_or_default(),
            account.full_name.as_deref().unwrap_or_default(),
        ];
        self.hash_new(new, &names).await
    }

    pub(crate) async fn hash_new(&self, new: SecretString, names: &[&str]) -> Result<String> {
        password::check(new.expose_secret(), names)?;
        self.passwords.hash(new).await
    }
}

/// What it means that a name or a proven address is there already.
pub(crate) fn taken(error: bheem_persistence::Error) -> Error {
    if error.is_duplicate_of("users_username") || error.is_duplicate_of("users_verified_email") {
        Error::UsernameTaken
    } else {
        error.into()
    }
}

pub(crate) fn optional(
    field: &'static str,
    value: Option<&str>,
    max: usize,
) -> Result<Option<String>, Invalid> {
    value.map_or(Ok(None), |value| text::optional(field, value, max))
}
