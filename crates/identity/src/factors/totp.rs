//! Authenticator apps: time-based codes (RFC 6238) of six digits and thirty seconds. A code is good
//! once, one step early or late.

use bheem_domain::{AccountId, Invalid};
use bheem_persistence::repo::TotpRecord;
use bheem_vault::{Context, token};
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret, Totp};

use super::{Fresh, Method};
use crate::{Error, Identity, Result};

/// Bytes of a secret; as many as HMAC-SHA-1 has (RFC 4226, 4).
const SECRET: usize = 20;

/// What an app is set up with; shown once.
#[derive(Debug, Clone)]
pub struct TotpSetup {
    /// The secret, in base32, to be typed.
    pub secret: SecretString,
    /// The same for a camera: an `otpauth` address.
    pub uri: SecretString,
}

impl Identity {
    /// Begins to set an authenticator app up; it counts once [`Self::confirm_totp`] has seen a code.
    ///
    /// # Errors
    /// [`Error::FactorExists`].
    pub async fn begin_totp(&self, fresh: &Fresh) -> Result<TotpSetup> {
        let account = fresh.account();
        let secret = token::random_bytes::<SECRET>()?;
        let sealed = self.vault.seal_bytes(&context(account.id), &*secret)?;
        let scope = Self::scope("set up an authenticator app");
        let mut read = self.database.system_read(&scope).await?;
        if !read
            .totp()
            .begin(account.id, &sealed, self.clock.now())
            .await?
        {
            return Err(Error::FactorExists);
        }
        let secret = Secret::from(secret.to_vec()).to_base32();
        let uri = self.totp_uri(&account.username, &secret)?;
        Ok(TotpSetup {
            secret: secret.into(),
            uri: uri.into(),
        })
    }

    fn totp_uri(&self, username: &str, secret: &str) -> Result<String> {
        let mut uri = url::Url::parse("otpauth://totp/")
            .map_err(|_error| Error::Crypto("writing an address"))?;
        let issuer = &self.config.product_name;
        uri.path_segments_mut()
            .map_err(|()| Error::Crypto("writing an address"))?
            .push(&format!("{issuer}:{username}"));
        // A form would write spaces as plus signs, which apps show.
        let query = format!("secret={secret}&issuer={}", issuer.replace(' ', "%20"));
        uri.set_query(Some(&query));
        Ok(uri.into())
    }

    /// Confirms the app by one of its codes. Answers recovery codes if the account has none.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the code, [`Error::FactorNotFound`] when nothing was begun,
    /// [`Error::TooMany`].
    pub async fn confirm_totp(
        &self,
        fresh: &Fresh,
        code: &SecretString,
    ) -> Result<Vec<SecretString>> {
        let account_id = fresh.account().id;
        let scope = Self::scope("confirm an authenticator app");
        let begun = {
            let mut read = self.database.system_read(&scope).await?;
            fresh
                .attempt(&mut read.login_throttle(), &self.config, self.clock.now())
                .await?;
            read.totp().find(account_id).await?
        };
        let begun = begun
            .filter(|totp| totp.confirmed_at.is_none())
            .ok_or(Error::FactorNotFound)?;
        let step = self
            .step(account_id, &begun, code)?
            .ok_or_else(|| Invalid::new("code", "is not the code that the app shows"))?;
        let now = self.clock.now();
        let mut tx = self.database.system(&fresh.scope(scope.reason())).await?;
        if !tx
            .totp()
            .confirm(account_id, &begun.sealed, step, now)
            .await?
        {
            return Err(Error::FactorNotFound);
        }
        let codes = self.complete(&mut tx, fresh, Method::Totp).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Removes the app.
    ///
    /// # Errors
    /// [`Error::FactorNotFound`], [`Error::LastFactor`].
    pub async fn remove_totp(&self, fresh: &Fresh) -> Result<()> {
        let account_id = fresh.account().id;
        let scope = fresh.scope("remove an authenticator app");
        let mut tx = self.database.system(&scope).await?;
        tx.accounts().lock(account_id).await?;
        if !tx.totp().remove(account_id).await? {
            return Err(Error::FactorNotFound);
        }
        self.check_what_is_left(&mut tx, account_id, Method::Totp)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether the code is one of the app's, and was not used; it is used up by that.
    pub(super) async fn accept_totp(
        &self,
        account_id: AccountId,
        code: &SecretString,
    ) -> Result<bool> {
        let scope = Self::scope("look at a code");
        let mut read = self.database.system_read(&scope).await?;
        let totp = read.totp().find(account_id).await?;
        let Some(totp) = totp.filter(|totp| totp.confirmed_at.is_some()) else {
            return Ok(false);
        };
        match self.step(account_id, &totp, code)? {
            Some(step) => Ok(read.totp().accept(account_id, step).await?),
            None => Ok(false),
        }
    }

    /// The time step that the code belongs to, if it is good now.
    fn step(
        &self,
        account_id: AccountId,
        record: &TotpRecord,
        code: &SecretString,
    ) -> Result<Option<i64>> {
        let code = digits(code);
        if !is_six_digits(&code) {
            return Ok(None);
        }
        let secret = self
            .vault
            .open_bytes(&context(account_id), &record.sealed)?;
        let now = u64::try_from(self.clock.now().timestamp()).unwrap_or_default();
        let step = app(secret.to_vec())?.check(&code, now);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }
}

/// Six digits, thirty seconds, SHA-1, one step early or late: what every app assumes.
fn app(secret: Vec<u8>) -> Result<Totp> {
    Builder::new()
        .with_secret(secret)
        .with_skew(1)
        .build()
        .map_err(|_error| Error::Crypto("the secret of an authenticator app"))
}

fn context(account_id: AccountId) -> Context<'static> {
    Context::new("identity.totp").of(account_id)
}

/// People type codes in groups.
fn digits(code: &SecretString) -> String {
    let code = code.expose_secret().chars();
    code.filter(|c| !c.is_whitespace()).take(64).collect()
}

fn is_six_digits(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it has the form of an app's code.
pub(super) fn is_code(code: &SecretString) -> bool {
    is_six_digits(&digits(code))
}
