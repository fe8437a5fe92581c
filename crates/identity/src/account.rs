//! Making accounts and changing passwords.

use bheem_domain::{AccountId, EmailAddress, Invalid, PlatformRole, SessionId, password, text};
use bheem_persistence::{
    Actor, SystemScope,
    repo::{AccountRecord, Entity, NewAccount, Origin},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{Error, Identity, Result, first_factor::is_mirrored, sign_in::Client};

/// What somebody registers with.
#[derive(Debug, Clone)]
pub struct Registration {
    /// A name, or an address.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// An address, if the name is none.
    pub email: Option<String>,
    /// The person's name.
    pub full_name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Company code of an ERP.
    pub company_code: Option<String>,
}

/// What came of a registration.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a registration and taken apart at once"
)]
pub enum Registered {
    /// There is a new account.
    Account(AccountRecord),
    /// The address has an account already. The answer must not tell; a mail to its owner does.
    AddressTaken(EmailAddress),
}

impl Identity {
    /// Makes an account for somebody who registers. The platform role is `Customer`, whatever else
    /// the caller says.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field, [`Error::UsernameTaken`].
    pub async fn register(&self, new: Registration) -> Result<Registered> {
        let username = parse_username(&new.username)?;
        let email = match (&new.email, username.contains('@')) {
            (_, true) => Some(EmailAddress::parse(&username).map_err(|e| e.in_field("username"))?),
            (Some(email), false) if !email.trim().is_empty() => Some(EmailAddress::parse(email)?),
            (_, false) => None,
        };
        let account = NewAccount {
            id: AccountId::generate(&*self.clock),
            username: email
                .as_ref()
                .filter(|_| username.contains('@'))
                .map_or(username.clone(), ToString::to_string),
            full_name: optional("full_name", new.full_name.as_deref(), 255)?,
            phone: optional("phone", new.phone.as_deref(), 32)?,
            company_code: optional("company_code", new.company_code.as_deref(), 100)?,
            hashed_password: Some(self.hash_new(new.password, &[&username]).await?),
            email: email.clone(),
            role: PlatformRole::Customer,
            origin: Origin::Registered,
            invitation_email: None,
            email_verified_at: None,
            created_at: self.clock.now(),
        };
        match (self.insert(&account, "auth.registered").await, email) {
            (Ok(account), _) => Ok(Registered::Account(account)),
            (Err(Error::UsernameTaken), Some(email)) if username.contains('@') => {
                Ok(Registered::AddressTaken(email))
            }
            (Err(error), _) => Err(error),
        }
    }

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

    async fn insert(&self, account: &NewAccount, action: &str) -> Result<AccountRecord> {
        let mut tx = self
            .database
            .system(&Self::scope("make an account"))
            .await?;
        let record = match tx.accounts().insert(account).await {
            Err(error)
                if error.is_duplicate_of("users_username")
                    || error.is_duplicate_of("users_verified_email") =>
            {
                return Err(Error::UsernameTaken);
            }
            other => other?,
        };
        tx.activity(None)
            .record(
                action,
                Some(Entity::new("user", record.id)),
                "Account made",
                None,
            )
            .await?;
        tx.commit().await?;
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

    /// Changes the password of somebody who knows the old one, and ends their other sessions.
    ///
    /// # Errors
    /// [`Error::BadCredentials`] when the old one is wrong, [`Error::Invalid`], [`Error::TooMany`].
    pub async fn change_password(
        &self,
        id: AccountId,
        session: SessionId,
        old: SecretString,
        new: SecretString,
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
        Box::pin(self.check_password_of(&account, old, client)).await?;
        let hash = self.hash_for(new, &account).await?;
        self.replace_password(&account, &hash, Some(session), None)
            .await
    }

    /// Stores a new hash, voids links, ends sessions but `keep`; in one transaction.
    pub(crate) async fn replace_password(
        &self,
        account: &AccountRecord,
        hash: &str,
        keep: Option<SessionId>,
        link: Option<&[u8]>,
    ) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self
            .database
            .system(&SystemScope::person(
                "replace a password",
                Actor::person(account.id, None, None),
            ))
            .await?;
        if let Some(link) = link {
            let used = tx
                .link_tokens()
                .consume(link, now)
                .await?
                .ok_or(Error::BadLink)?;
            // The link reached this address, so whoever used it reads mail there.
            let proves = account
                .email
                .as_ref()
                .is_some_and(|email| email.to_string() == used.delivered_to);
            if proves {
                tx.accounts().prove_email(account.id, now).await?;
            }
            tx.accounts().note_joined(account.id, now).await?;
            if let Some(tenant_id) = used.invited_to {
                tx.members_of(tenant_id).accept(account.id, now).await?;
            }
        }
        tx.accounts().set_password(account.id, hash, now).await?;
        tx.link_tokens().void_all(account.id, now).await?;
        let ended = tx
            .sessions()
            .revoke_all(account.id, keep, "password", now)
            .await?;
        tx.activity(None)
            .record(
                "auth.password_changed",
                Some(Entity::new("user", account.id)),
                "Password changed",
                None,
            )
            .await?;
        tx.commit().await?;
        for session in ended {
            self.revocations.add(session.as_uuid(), now);
        }
        Ok(())
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

    async fn hash_new(&self, new: SecretString, names: &[&str]) -> Result<String> {
        password::check(new.expose_secret(), names)?;
        self.passwords.hash(new).await
    }
}

fn parse_username(username: &str) -> Result<String, Invalid> {
    let username = text::required("username", username, 254)?;
    let fits = username.chars().count() >= 2
        && username
            .chars()
            .all(|c| c.is_alphanumeric() || "._-+@".contains(c));
    if fits {
        Ok(username)
    } else {
        Err(Invalid::new(
            "username",
            "must be at least 2 letters, digits, dots, hyphens or an e-mail address",
        ))
    }
}

fn optional(
    field: &'static str,
    value: Option<&str>,
    max: usize,
) -> Result<Option<String>, Invalid> {
    value.map_or(Ok(None), |value| text::optional(field, value, max))
}
