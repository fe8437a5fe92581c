//! Proving an address by a link and a telephone number by a code. Both are sent by durable runs, which
//! derive them; here they are asked for and redeemed.

use bheem_domain::{AccountId, EmailAddress, Invalid, VerificationCodeId};
use bheem_persistence::{
    SystemScope, SystemTx,
    repo::{AccountRecord, Entity, VerificationCodeRecord},
};
use bheem_vault::{Vault, token};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use crate::{Client, Error, Identity, Result, throttle::Keys};

/// A code lives so long.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);
/// A code may be tried so often.
const TRIES: i32 = 5;
/// So many codes an hour are sent to one account.
const CODES_AN_HOUR: usize = 3;
/// What the code is derived for; the run that sends it does the same.
const CODE: &str = "identity.phone_code";
const CODE_HASH: &str = "identity.phone_code_hash";

impl Identity {
    /// The address that a link should prove; each request counts.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is none or it is proven already, [`Error::TooMany`].
    pub async fn request_email_verification(
        &self,
        account_id: AccountId,
        client: &Client,
    ) -> Result<EmailAddress> {
        let account = self.account(account_id).await?;
        let email = account
            .email
            .clone()
            .ok_or_else(|| Invalid::new("email", "is not set"))?;
        if account.email_verified_at.is_some() {
            return Err(Invalid::new("email", "is proven already").into());
        }
        let keys = Keys::new(&format!("verify\0{account_id}"), client.ip);
        let scope = Self::scope("ask for a link");
        let mut read = self.database.system_read(&scope).await?;
        keys.attempt(&mut read.login_throttle(), &self.config, self.clock.now())
            .await?;
        Ok(email)
    }

    /// Proves the address that a link was sent to. In a session of the account that asked for it
    /// (`signed_in`), the address becomes that account's. Anybody else may never have heard of the
    /// account: they choose a password, and get the address with a fresh account. Answers whose it is.
    ///
    /// # Errors
    /// [`Error::BadLink`], also when somebody else has proven the address meanwhile;
    /// [`Error::LinkNeedsAccount`] when there is neither the session nor a password; [`Error::Invalid`]
    /// for the password. The link stays good but for the first.
    pub async fn confirm_email(
        &self,
        link: &SecretString,
        signed_in: Option<AccountId>,
        new_password: Option<SecretString>,
    ) -> Result<AccountId> {
        let hash = token::hash(link.expose_secret().as_bytes());
        let now = self.clock.now();
        let scope = Self::scope("prove an address");
        let found = {
            let mut read = self.database.system_read(&scope).await?;
            read.link_tokens().find_verification(&hash, now).await?
        };
        let found = found.ok_or(Error::BadLink)?;
        let email = EmailAddress::parse(&found.delivered_to).map_err(|_error| Error::BadLink)?;
        let is_own = signed_in == Some(found.account_id);
        let password = match new_password {
            _ if is_own => None,
            Some(new) => Some(self.hash_new(new, &[&found.delivered_to]).await?),
            None => return Err(Error::LinkNeedsAccount),
        };
        let mut tx = self.database.system(&scope).await?;
        tx.accounts().hold_address(&email).await?;
        tx.link_tokens()
            .consume_verification(&hash, now)
            .await?
            .ok_or(Error::BadLink)?;
        let account = tx.accounts().lock(found.account_id).await?;
        let account = account.filter(|account| account.email.as_ref() == Some(&email));
        let account = account.ok_or(Error::BadLink)?;
        let (holder, displaced) = match password {
            Some(_) if account.email_verified_at.is_some() => return Err(Error::BadLink),
            Some(password) => self.take_over(&mut tx, &email, &password).await?,
            None if !account.is_active => return Err(Error::BadLink),
            None => {
                let proven = tx.accounts().prove_address(account.id, &email, now).await?;
                (account.id, proven.ok_or(Error::BadLink)?)
            }
        };
        self.note_proof(&mut tx, holder, &displaced).await?;
        tx.commit().await?;
        self.forget_displaced(&displaced);
        self.forget_standing(holder);
        Ok(holder)
    }

    /// Keeps a new code for a telephone number in the transaction that enqueues the run which sends it.
    /// `phone` is in international form; without one the account's own number is meant.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the number, [`Error::TooMany`].
    pub async fn keep_phone_code(
        &self,
        tx: &mut SystemTx,
        account_id: AccountId,
        phone: Option<&str>,
        client: &Client,
    ) -> Result<VerificationCodeId> {
        let now = self.clock.now();
        let account = tx.accounts().lock(account_id).await?;
        let account = account.ok_or(Error::InvalidToken)?;
        let target = international(&account, phone)?;
        let hour = TimeDelta::hours(1);
        let asked = tx
            .verification_codes()
            .asked_since(account_id, now - hour)
            .await?;
        if asked.len() >= CODES_AN_HOUR {
            let first = asked.first().map_or(now, |first| *first);
            return Err(Error::TooMany {
                retry_after: (first + hour - now).to_std().unwrap_or_default(),
            });
        }
        self.count_code(&mut tx.login_throttle(), &target, client, now)
            .await?;
        let id = VerificationCodeId::generate(&*self.clock);
        let code = self.vault.six_digits(CODE, id.as_uuid().as_bytes())?;
        let new = VerificationCodeRecord {
            id,
            account_id,
            target,
            code_hash: self
                .vault
                .authenticate(CODE_HASH, &message(id, &code))?
                .to_vec(),
            created_at: now,
            expires_at: now + CODE_LIFE,
        };
        tx.verification_codes().insert(&new).await?;
        Ok(id)
    }

    /// Proves the number that the newest code was sent to.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the code, which ends after five tries; [`Error::TooMany`].
    pub async fn verify_phone(
        &self,
        account_id: AccountId,
        code: &SecretString,
        client: &Client,
    ) -> Result<()> {
        let now = self.clock.now();
        let wrong = || Invalid::new("code", "is not the code that was sent, or has lapsed");
        let keys = Keys::new(&format!("phone\0{account_id}"), client.ip);
        let scope = Self::scope("prove a telephone number");
        let tried = {
            let mut read = self.database.system_read(&scope).await?;
            keys.check(&mut read.login_throttle(), &self.config, now)
                .await?;
            read.verification_codes()
                .try_newest(account_id, TRIES, now)
                .await?
        };
        let good = match &tried {
            Some(tried) => is_code(&self.vault, tried, code)?,
            None => false,
        };
        let Some(tried) = tried.filter(|_| good) else {
            let mut read = self.database.system_read(&scope).await?;
            keys.failed(&mut read.login_throttle(), &self.config, now)
                .await?;
            return Err(wrong().into());
        };
        let actor = client.actor(account_id);
        let mut tx = self
            .database
            .system(&SystemScope::person(scope.reason(), actor))
            .await?;
        if !tx.verification_codes().consume(tried.id, now).await? {
            return Err(wrong().into());
        }
        tx.accounts()
            .prove_phone(account_id, &tried.target, now)
            .await?;
        keys.succeeded(&mut tx.login_throttle()).await?;
        note(&mut tx, account_id, "auth.phone_verified", "Number proven").await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn note(tx: &mut SystemTx, account: AccountId, action: &str, text: &str) -> Result<()> {
    let entity = Some(Entity::new("user", account));
    Ok(tx.activity(None).record(action, entity, text, None).await?)
}

fn message(id: VerificationCodeId, code: &str) -> Vec<u8> {
    let mut message = id.as_uuid().as_bytes().to_vec();
    message.extend_from_slice(code.as_bytes());
    message
}

fn is_code(vault: &Vault, record: &VerificationCodeRecord, code: &SecretString) -> Result<bool> {
    let code: String = code
        .expose_secret()
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(16)
        .collect();
    Ok(vault.is_authentic(CODE_HASH, &message(record.id, &code), &record.code_hash)?)
}

/// The number to send to, in international form (E.164).
fn international(account: &AccountRecord, phone: Option<&str>) -> Result<String> {
    let phone = phone
        .or(account.phone.as_deref())
        .ok_or_else(|| Invalid::new("phone", "is not set"))?;
    let phone: String = phone
        .chars()
        .filter(|c| !c.is_whitespace() && !"-().".contains(*c))
        .take(32)
        .collect();
    let digits = phone.strip_prefix('+').unwrap_or_default();
    let is_number = (8..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if !is_number {
        let reason = "must be a number in international form, such as +14155550123";
        return Err(Invalid::new("phone", reason).into());
    }
    if account.phone_verified_at.is_some() && account.phone.as_deref() == Some(phone.as_str()) {
        return Err(Invalid::new("phone", "is proven already").into());
    }
    Ok(phone)
}
