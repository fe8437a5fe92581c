//! Links that set a password. Making and sending them is the work of a durable run, which derives the
//! token; here they are asked for and redeemed.

use bheem_domain::AccountId;
use bheem_persistence::repo::AccountRecord;
use bheem_vault::token;
use secrecy::{ExposeSecret, SecretString};

use crate::{Error, Identity, Result, first_factor::is_mirrored, sign_in::Client, throttle::Keys};

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
        let now = self.clock.now();
        // Each request counts, found or not: the mail box of its owner is not to be flooded.
        let keys = Keys::new(&format!("reset\0{name}"), client.ip);
        let mut read = self
            .database
            .system_read(&Self::scope("ask for a reset"))
            .await?;
        keys.count(&mut read.login_throttle(), &self.config, now)
            .await?;
        let account = read.accounts().find_for_sign_in(name.trim()).await?;
        Ok(account
            .filter(|account| account.is_active && !is_mirrored(account))
            .and_then(address))
    }

    /// Sets a password by a link; uses the link up, ends every session.
    ///
    /// # Errors
    /// [`Error::BadLink`], [`Error::Invalid`], [`Error::AccountDisabled`]; the link stays good when the
    /// password was refused.
    pub async fn set_password_by_link(
        &self,
        link: &SecretString,
        new: SecretString,
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
        if !account.is_active {
            return Err(Error::AccountDisabled);
        }
        if is_mirrored(&account) {
            return Err(Error::BadLink);
        }
        let password = self.hash_for(new, &account).await?;
        self.replace_password(&account, &password, None, Some(&hash))
            .await?;
        self.account(account.id).await
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
