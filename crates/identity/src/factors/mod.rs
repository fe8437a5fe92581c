//! What proves who somebody is beside the password.
//!
//! An account has a second factor once it has an authenticator app that was shown to work, or a
//! passkey. Recovery codes stand in for either and are none of their own. From then on a password
//! alone opens nothing: every way in goes through [`Identity::check_second_factor`].

mod fresh;
mod passkeys;
mod recovery;
mod totp;

use bheem_domain::{AccountId, TenantId};
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

pub use fresh::Fresh;
pub(crate) use passkeys::relying_party;
pub use passkeys::{Ceremony, RegisteredPasskey};
pub use totp::TotpSetup;

use crate::{Client, Error, Identity, Result, begin::Proven, throttle::Keys};

/// How a second factor can be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
}

impl Method {
    /// The word in events and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
        }
    }

    /// What a session says of it (RFC 8176), beside what came first.
    const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Totp | Self::RecoveryCode => &["otp", "mfa"],
            Self::Passkey => &["hwk", "mfa"],
        }
    }
}

/// A second factor as somebody gives it.
#[derive(Debug, Clone)]
pub enum SecondFactor {
    /// A code of an authenticator app.
    Totp(SecretString),
    /// A recovery code.
    RecoveryCode(SecretString),
    /// A passkey's answer.
    Passkey {
        /// To which challenge.
        ceremony: Uuid,
        /// What the browser answered (a `PublicKeyCredential` as JSON).
        response: Value,
    },
}

impl SecondFactor {
    /// Reads what somebody typed: six digits are of an app, anything else is a recovery code.
    #[must_use]
    pub fn typed(code: SecretString) -> Self {
        if totp::is_code(&code) {
            Self::Totp(code)
        } else {
            Self::RecoveryCode(code)
        }
    }

    const fn method(&self) -> Method {
        match self {
            Self::Totp(_) => Method::Totp,
            Self::RecoveryCode(_) => Method::RecoveryCode,
            Self::Passkey { .. } => Method::Passkey,
        }
    }
}

/// What an account has.
#[derive(Debug, Clone, Default)]
pub struct Factors {
    /// Whether an authenticator app is set up.
    pub totp: bool,
    /// The passkeys.
    pub passkeys: Vec<RegisteredPasskey>,
    /// Recovery codes that were not used yet.
    pub recovery_codes: usize,
}

impl Factors {
    /// Whether there is a second factor.
    #[must_use]
    pub fn any(&self) -> bool {
        self.totp || !self.passkeys.is_empty()
    }

    /// How it can be proven.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        [
            (Method::Totp, self.totp),
            (Method::Passkey, !self.passkeys.is_empty()),
            (Method::RecoveryCode, self.any() && self.recovery_codes > 0),
        ]
        .into_iter()
        .filter_map(|(method, is_there)| is_there.then_some(method))
        .collect()
    }
}

impl Identity {
    /// What the account has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn factors(&self, account_id: AccountId) -> Result<Factors> {
        let scope = Self::scope("look for second factors");
        let mut read = self.database.system_read(&scope).await?;
        let totp = read.totp().find(account_id).await?;
        let passkeys = read.passkeys().list(account_id).await?;
        Ok(Factors {
            totp: totp.is_some_and(|totp| totp.confirmed_at.is_some()),
            passkeys: passkeys.into_iter().map(Into::into).collect(),
            recovery_codes: read.recovery_codes().unused(account_id).await?.len(),
        })
    }

    /// Whether a tenant that the person works in demands a second factor.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn requires_second_factor(&self, account_id: AccountId) -> Result<bool> {
        let scope = Self::scope("look whether a second factor is demanded");
        let mut read = self.database.system_read(&scope).await?;
        Ok(read.accounts().requires_second_factor(account_id).await?)
    }

    /// Whether one of these tenants demands it of the person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn requires_second_factor_in(
        &self,
        account_id: AccountId,
        tenants: &[TenantId],
    ) -> Result<bool> {
        if tenants.is_empty() {
            return Ok(false);
        }
        let scope = Self::scope("look whether a second factor is demanded");
        let mut read = self.database.system_read(&scope).await?;
        Ok(read
            .accounts()
            .requires_second_factor_in(account_id, tenants)
            .await?)
    }

    /// Checks a second factor; a failure is counted and recorded.
    pub(crate) async fn check_second_factor(
        &self,
        proven: &mut Proven,
        second: SecondFactor,
        client: &Client,
    ) -> Result<()> {
        let (account_id, method) = (proven.account.id, second.method());
        let keys = Keys::after_password(account_id, client.ip);
        let scope = Self::scope("look at a second factor");
        {
            let mut read = self.database.system_read(&scope).await?;
            keys.attempt(&mut read.login_throttle(), &self.config, self.clock.now())
                .await?;
        }
        let is_good = match second {
            SecondFactor::Totp(code) => self.accept_totp(account_id, &code).await?,
            SecondFactor::RecoveryCode(code) => self.accept_recovery(account_id, &code).await?,
            SecondFactor::Passkey { ceremony, response } => {
                self.accept_passkey(account_id, ceremony, response).await?
            }
        };
        let mut read = self.database.system_read(&scope).await?;
        if is_good {
            keys.succeeded(&mut read.login_throttle()).await?;
            proven.add(method.amr(), method.as_str());
            return Ok(());
        }
        keys.attempt_failed(&mut read.login_throttle(), &self.config, self.clock.now())
            .await?;
        drop(read);
        self.record_failure(Some(&proven.account), method.as_str(), client)
            .await?;
        Err(Error::BadSecondFactor)
    }
}
