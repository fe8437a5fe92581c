//! Signing in with a browser: the password, then the second factor if there is one; or a passkey
//! alone. And proving it again in a session that goes on.

use bheem_domain::TenantId;
use bheem_persistence::{SystemScope, repo::SessionKind};
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

use super::{
    BrowserSession,
    pending::{self, Pending, Stage},
};
use crate::{
    Ceremony, Client, Error, Identity, Method, Result, SecondFactor,
    begin::{Proven, still_good},
    throttle::Keys,
};

/// What comes of a password.
#[derive(Debug)]
pub enum FirstFactor {
    /// It was all that is needed.
    Done(Box<BrowserSignedIn>),
    /// The account has a second factor.
    SecondFactorNeeded {
        /// Goes back with the second factor, within ten minutes.
        pending: SecretString,
        /// How it can be proven.
        methods: Vec<Method>,
    },
    /// A tenant that the person goes to demands a second factor, and the account has none.
    EnrolmentNeeded {
        /// Goes back with what sets one up, within ten minutes.
        pending: SecretString,
    },
}

/// A browser's session that began or was raised.
#[derive(Debug)]
pub struct BrowserSignedIn {
    /// The session.
    pub session: BrowserSession,
    /// The value of its cookie; any former one is worth nothing now.
    pub cookie: SecretString,
    /// The value of the cookie by which the device is known again; long-lived.
    pub device: SecretString,
}

impl Identity {
    /// Signs somebody in by name, or proven address, and password; a new session begins. `serves` are the
    /// tenants that the person goes to by it: what one of them demands of them is asked for.
    ///
    /// # Errors
    /// [`Error::BadCredentials`], [`Error::AccountDisabled`], [`Error::TooMany`],
    /// [`Error::Unavailable`].
    pub async fn browser_sign_in(
        &self,
        name: &str,
        password: SecretString,
        client: &Client,
        device: Option<&SecretString>,
        serves: &[TenantId],
    ) -> Result<FirstFactor> {
        let proven = Box::pin(self.check_password(name, password, client)).await?;
        Box::pin(self.after_password(proven, None, client, device, serves)).await
    }

    /// Asks somebody who is signed in for the password again; the session goes on, with another cookie.
    ///
    /// # Errors
    /// As [`Self::browser_sign_in`].
    pub async fn browser_reauthenticate(
        &self,
        current: &BrowserSession,
        password: SecretString,
        client: &Client,
        device: Option<&SecretString>,
        serves: &[TenantId],
    ) -> Result<FirstFactor> {
        let since = self.clock.now();
        let checked = self.check_password_of(&current.account, password, client);
        if let Err(error) = Box::pin(checked).await {
            if matches!(error, Error::BadCredentials) {
                let method = crate::events::PASSWORD;
                self.record_failure(Some(&current.account), method, client)
                    .await?;
            }
            return Err(error);
        }
        let proven = Proven {
            account: current.account.clone(),
            amr: vec!["pwd".to_owned()],
            method: crate::events::PASSWORD,
            since,
            keys: None,
        };
        let current = Some(current);
        Box::pin(self.after_password(proven, current, client, device, serves)).await
    }

    async fn after_password(
        &self,
        proven: Proven,
        current: Option<&BrowserSession>,
        client: &Client,
        device: Option<&SecretString>,
        serves: &[TenantId],
    ) -> Result<FirstFactor> {
        let pending = Pending {
            account: proven.account.id,
            session: current.map(|current| current.session.id),
            since: proven.since,
        };
        let factors = self.factors(proven.account.id).await?;
        if factors.any() {
            return Ok(FirstFactor::SecondFactorNeeded {
                pending: pending::issue(&self.vault, Stage::SecondFactor, &pending)?,
                methods: factors.methods(),
            });
        }
        let account_id = proven.account.id;
        if self.requires_second_factor_in(account_id, serves).await? {
            return Ok(FirstFactor::EnrolmentNeeded {
                pending: pending::issue(&self.vault, Stage::Enrolment, &pending)?,
            });
        }
        let done = self.browser_finish(proven, pending, client, device);
        Box::pin(done)
            .await
            .map(|done| FirstFactor::Done(Box::new(done)))
    }

    /// The second half of a sign-in.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] when `pending` has lapsed, [`Error::BadSecondFactor`],
    /// [`Error::TooMany`], [`Error::AccountDisabled`], [`Error::BadCredentials`] when the password was
    /// changed meanwhile.
    pub async fn browser_second_factor(
        &self,
        pending: &SecretString,
        second: SecondFactor,
        client: &Client,
        device: Option<&SecretString>,
    ) -> Result<BrowserSignedIn> {
        let pending = self.pending(Stage::SecondFactor, pending)?;
        let mut proven = self.proven(&pending).await?;
        Box::pin(self.check_second_factor(&mut proven, second, client)).await?;
        Box::pin(self.browser_finish(proven, pending, client, device)).await
    }

    /// A challenge to a passkey of somebody whose second factor is asked for.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] when `pending` has lapsed, [`Error::FactorNotFound`],
    /// [`Error::PasskeysUnavailable`].
    pub async fn browser_second_factor_challenge(
        &self,
        pending: &SecretString,
    ) -> Result<Ceremony> {
        let pending = self.pending(Stage::SecondFactor, pending)?;
        self.challenge_passkeys_of(pending.account).await
    }

    /// Asks somebody who is signed in for the second factor, without the password; the session goes on
    /// with another cookie. See [`Self::browser_step_up_challenge`] for passkeys.
    ///
    /// # Errors
    /// [`Error::BadSecondFactor`], [`Error::TooMany`].
    pub async fn browser_step_up(
        &self,
        current: &BrowserSession,
        second: SecondFactor,
        client: &Client,
        device: Option<&SecretString>,
    ) -> Result<BrowserSignedIn> {
        let since = self.clock.now();
        let pending = Pending {
            account: current.account.id,
            session: Some(current.session.id),
            since,
        };
        let mut proven = Proven {
            account: current.account.clone(),
            amr: current.session.amr.clone(),
            method: crate::events::PASSWORD,
            since,
            keys: None,
        };
        Box::pin(self.check_second_factor(&mut proven, second, client)).await?;
        Box::pin(self.browser_finish(proven, pending, client, device)).await
    }

    /// A challenge to a passkey of somebody who is signed in.
    ///
    /// # Errors
    /// [`Error::FactorNotFound`], [`Error::PasskeysUnavailable`].
    pub async fn browser_step_up_challenge(&self, current: &BrowserSession) -> Result<Ceremony> {
        self.challenge_passkeys_of(current.account.id).await
    }

    /// Signs somebody in by a passkey alone, which has verified its user.
    ///
    /// # Errors
    /// [`Error::BadSecondFactor`], [`Error::AccountDisabled`], [`Error::TooMany`].
    pub async fn passkey_sign_in(
        &self,
        ceremony: Uuid,
        response: Value,
        client: &Client,
        device: Option<&SecretString>,
    ) -> Result<BrowserSignedIn> {
        let since = self.clock.now();
        let keys = Keys::new("passkey\0", client.ip);
        let scope = Self::scope("sign in by a passkey");
        {
            let mut read = self.database.system_read(&scope).await?;
            keys.check(&mut read.login_throttle(), &self.config, since)
                .await?;
        }
        let found = Box::pin(self.identify_by_passkey(ceremony, response)).await?;
        let Some(account) = found else {
            let mut read = self.database.system_read(&scope).await?;
            keys.failed(&mut read.login_throttle(), &self.config, since)
                .await?;
            drop(read);
            let method = Method::Passkey.as_str();
            self.record_failure([], method, client).await?;
            return Err(Error::BadSecondFactor);
        };
        let pending = Pending {
            account: account.id,
            session: None,
            since,
        };
        let proven = Proven {
            account,
            amr: ["hwk", "user", "mfa"].map(str::to_owned).to_vec(),
            method: Method::Passkey.as_str(),
            since,
            keys: None,
        };
        Box::pin(self.browser_finish(proven, pending, client, device)).await
    }

    pub(super) fn pending(&self, stage: Stage, text: &SecretString) -> Result<Pending> {
        let now = self.clock.now();
        pending::read(&self.vault, stage, text, now)?.ok_or(Error::InvalidToken)
    }

    /// Who has proven a password, as the account is now.
    pub(super) async fn proven(&self, pending: &Pending) -> Result<Proven> {
        let account = self.account(pending.account).await?;
        Ok(Proven {
            account,
            amr: vec!["pwd".to_owned()],
            method: crate::events::PASSWORD,
            since: pending.since,
            keys: None,
        })
    }

    /// Begins the session, or raises the one there is.
    pub(super) async fn browser_finish(
        &self,
        proven: Proven,
        pending: Pending,
        client: &Client,
        device: Option<&SecretString>,
    ) -> Result<BrowserSignedIn> {
        let Some(session_id) = pending.session else {
            let begun = self.begin_session(SessionKind::Browser, proven, client, device);
            let begun = Box::pin(begun).await?;
            return self
                .browser_carried(begun.account, begun.session_id, begun.device)
                .await;
        };
        let now = self.clock.now();
        let scope = SystemScope::person("sign in again", client.actor(proven.account.id));
        let mut tx = self.database.system(&scope).await?;
        let account = still_good(&mut tx, &proven).await?;
        let idle = Some(self.idle_end(now));
        let raised = tx
            .sessions()
            .raise(account.id, session_id, &proven.amr, idle, now)
            .await?;
        if raised.is_none() {
            return Err(Error::InvalidToken);
        }
        let device = self
            .note_success(&mut tx, &proven, session_id, client, device)
            .await?;
        tx.commit().await?;
        metrics::counter!("sign_ins_total", "outcome" => "success").increment(1);
        self.browser_carried(account, session_id, device).await
    }
}
