//! Links that set a password. Making and sending them is the work of a durable run, which derives the
//! token; here they are asked for and redeemed.

use bheem_domain::{AccountId, EmailAddress};
use bheem_persistence::{Actor, SystemScope, repo::AccountRecord};
use bheem_vault::token;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Error, Identity, Result, addresses::would_lose, first_factor::is_mirrored, sign_in::Client,
    throttle::Keys,
};

/// A link that should be sent.
#[derive(Debug, Clone)]
pub struct ResetRequest {
    /// Whose password it sets.
    pub account_id: AccountId,
    /// Where it goes.
    pub deliver_to: String,
}

impl Identity {
    /// What to send when somebody forgot a password: a link, if the name is an account's that has an
    /// address. The caller answers the same either way.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    pub async fn request_reset(&self, name: &str, client: &Client) -> Result<Option<ResetRequest>> {
        self.count_reset_request(client).await?;
        let now = self.clock.now();
        // Each request counts, found or not: the mail box of its owner is not to be flooded.
        let keys = Keys::new(&format!("reset\0{name}"), client.ip);
        let mut read = self
            .database
            .system_read(&Self::scope("ask for a reset"))
            .await?;
        keys.count(&mut read.login_throttle(), &self.config, now)
            .await?;
        let found = read.accounts().find_for_sign_in(name.trim()).await?;
        let Some(account) = found.filter(|account| !is_mirrored(account)) else {
            return Ok(None);
        };
        let (named, is_active) = (account.email.clone(), account.is_active);
        let Some(email) = named.filter(|email| would_lose(&account, email)) else {
            return Ok(address(account).filter(|_| is_active));
        };
        // Whoever reads the mail takes the address over, also from an account that is closed; unless
        // somebody has proven it, whom nothing that others do concerns.
        if read.accounts().find_holder(&email).await?.is_some() {
            return Ok(None);
        }
        Ok(Some(ResetRequest {
            account_id: account.id,
            deliver_to: email.to_string(),
        }))
    }

    /// Sets a password by a link; uses the link up, ends every session and, unless they are to be kept,
    /// what applications were granted. Where the link is the first proof of an address that an account
    /// only named, the password is that of a fresh account; answers whose it is.
    ///
    /// # Errors
    /// [`Error::BadLink`], [`Error::Invalid`], [`Error::AccountDisabled`]; the link stays good when the
    /// password was refused.
    pub async fn set_password_by_link(
        &self,
        link: &SecretString,
        new: SecretString,
        keep_applications: bool,
    ) -> Result<AccountRecord> {
        let hash = token::hash(link.expose_secret().as_bytes());
        let found = self
            .database
            .system_read(&Self::scope("redeem a link"))
            .await?
            .link_tokens()
            .find(&hash, self.clock.now())
            .await?
            .ok_or(Error::BadLink)?;
        let account = self.account(found.account_id).await?;
        if is_mirrored(&account) {
            return Err(Error::BadLink);
        }
        let email = EmailAddress::parse(&found.delivered_to).ok();
        if let Some(email) = email.as_ref().filter(|email| would_lose(&account, email)) {
            let password = self.hash_new(new, &[&email.to_string()]).await?;
            return Box::pin(self.take_over_by_link(&hash, email, &password)).await;
        }
        if !account.is_active {
            return Err(Error::AccountDisabled);
        }
        let password = self.hash_for(new, &account).await?;
        let now = self.clock.now();
        let scope =
            SystemScope::person("replace a password", Actor::person(account.id, None, None));
        let mut tx = self.database.system(&scope).await?;
        let used = tx.link_tokens().consume(&hash, now).await?;
        let used = used.ok_or(Error::BadLink)?;
        // The link reached this address, so whoever used it reads mail there.
        let mut displaced = Vec::new();
        if let Some(email) = email.filter(|email| account.email.as_ref() == Some(email))
            && account.email_verified_at.is_none()
            && let Some(lost) = tx.accounts().prove_address(account.id, &email, now).await?
        {
            self.note_proof(&mut tx, account.id, &lost).await?;
            displaced = lost;
        }
        tx.accounts().note_joined(account.id, now).await?;
        if let Some(tenant_id) = used.invited_to {
            tx.members_of(tenant_id).accept(account.id, now).await?;
        }
        let ended = self
            .replace_password(&mut tx, account.id, &password, None, keep_applications)
            .await?;
        tx.commit().await?;
        self.forget(ended);
        self.forget_displaced(&displaced);
        self.forget_standing(account.id);
        self.account(account.id).await
    }

    async fn take_over_by_link(
        &self,
        hash: &[u8],
        email: &EmailAddress,
        password: &str,
    ) -> Result<AccountRecord> {
        let now = self.clock.now();
        let scope = Self::scope("take an address over");
        let mut tx = self.database.system(&scope).await?;
        tx.accounts().hold_address(email).await?;
        tx.link_tokens()
            .consume(hash, now)
            .await?
            .ok_or(Error::BadLink)?;
        let (holder, displaced) = self.take_over(&mut tx, email, password).await?;
        self.note_proof(&mut tx, holder, &displaced).await?;
        tx.commit().await?;
        self.forget_displaced(&displaced);
        self.forget_standing(holder);
        self.account(holder).await
    }
}

/// Where a link may go: to the address of the account, or where its invitation went.
fn address(account: AccountRecord) -> Option<ResetRequest> {
    let deliver_to = account
        .invitation_email
        .filter(|_| account.email_verified_at.is_none())
        .or_else(|| account.email.map(|email| email.to_string()))?;
    Some(ResetRequest {
        account_id: account.id,
        deliver_to,
    })
}
