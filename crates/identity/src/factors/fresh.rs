//! The right to change factors: somebody who has proven who they are just now, and who has used their
//! second factor if there is one. Otherwise a session that was left open, or stolen together with a
//! password, would be enough to lock its owner out.

use bheem_domain::{AccountId, SessionId};
use bheem_persistence::{
    Actor, SystemScope, SystemTx,
    repo::{AccountRecord, Entity, LoginThrottle},
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use super::Method;
use crate::{Client, Error, Identity, IdentityConfig, Result, throttle::Keys};

/// How long a sign-in counts as recent.
const RECENT: TimeDelta = TimeDelta::minutes(15);

/// The proof; made by [`Identity::fresh`] alone, and while somebody enrols.
#[derive(Debug, Clone)]
pub struct Fresh {
    account: AccountRecord,
    /// The session to be raised once there is a second factor.
    session: Option<(SessionId, Vec<String>)>,
    client: Client,
}

impl Fresh {
    pub(crate) fn enrolling(account: AccountRecord, client: &Client) -> Self {
        Self {
            account,
            session: None,
            client: client.clone(),
        }
    }

    /// Whose factors may be changed.
    #[must_use]
    pub fn account(&self) -> &AccountRecord {
        &self.account
    }

    pub(crate) fn scope(&self, reason: &'static str) -> SystemScope {
        SystemScope::person(reason, self.actor())
    }

    fn actor(&self) -> Actor {
        self.client.actor(self.account.id)
    }

    pub(super) fn entity(&self) -> Entity {
        Entity::new("user", self.account.id)
    }

    /// Counts an attempt to confirm something by a code.
    pub(super) async fn attempt(
        &self,
        counts: &mut LoginThrottle<'_>,
        config: &IdentityConfig,
        now: DateTime<Utc>,
    ) -> Result<()> {
        Keys::after_password(self.account.id, self.client.ip)
            .attempt(counts, config, now)
            .await
    }
}

impl Identity {
    /// Lets somebody change their factors who has signed in within the last 15 minutes, or gives the
    /// password now.
    ///
    /// # Errors
    /// [`Error::RecentSignInRequired`], [`Error::SecondFactorRequired`] when the session has not seen
    /// the one there is, [`Error::BadCredentials`], [`Error::TooMany`].
    pub async fn fresh(
        &self,
        account_id: AccountId,
        session_id: SessionId,
        password: Option<SecretString>,
        client: &Client,
    ) -> Result<Fresh> {
        let now = self.clock.now();
        let account = self.account(account_id).await?;
        let session = {
            let scope = Self::scope("change factors");
            let mut read = self.database.system_read(&scope).await?;
            read.sessions().find(session_id).await?
        };
        let session = session
            .filter(|session| {
                session.account_id == account_id
                    && session.revoked_at.is_none()
                    && session.expires_at > now
                    && account.is_active
            })
            .ok_or(Error::InvalidToken)?;
        let factors = self.factors(account_id).await?;
        if factors.any() && crate::acr(&session.amr) == crate::AAL1 {
            return Err(Error::SecondFactorRequired {
                methods: factors.methods(),
            });
        }
        if now - session.authenticated_at > RECENT {
            let password = password.ok_or(Error::RecentSignInRequired)?;
            Box::pin(self.check_password_of(&account, password, client)).await?;
        }
        Ok(Fresh {
            account,
            session: Some((session_id, session.amr)),
            client: client.clone(),
        })
    }

    /// What follows when a factor was added: recovery codes if there are none, a session that counts
    /// as proven by two factors, an entry in the log.
    pub(super) async fn complete(
        &self,
        tx: &mut SystemTx,
        fresh: &Fresh,
        method: Method,
    ) -> Result<Vec<SecretString>> {
        let account_id = fresh.account.id;
        tx.accounts().lock(account_id).await?;
        if let Some((session_id, amr)) = &fresh.session {
            let mut amr = amr.clone();
            for word in method.amr() {
                if !amr.iter().any(|known| known == word) {
                    amr.push((*word).to_owned());
                }
            }
            tx.sessions().set_amr(account_id, *session_id, &amr).await?;
        } else if factors_in(tx, account_id).await? != 1 {
            // Somebody else was faster; a password alone must not add a second one.
            return Err(Error::InvalidToken);
        }
        Keys::after_password(account_id, fresh.client.ip)
            .succeeded(&mut tx.login_throttle())
            .await?;
        tx.activity(None)
            .record(
                "auth.factor_added",
                Some(fresh.entity()),
                "Second factor added",
                None,
            )
            .await?;
        if tx.recovery_codes().unused(account_id).await?.is_empty() {
            return self.replace_codes(tx, account_id).await;
        }
        Ok(Vec::new())
    }

    /// What follows when a factor was removed, in the same transaction: the last one stays where a
    /// tenant demands one, and recovery codes end with it.
    pub(super) async fn check_what_is_left(
        &self,
        tx: &mut SystemTx,
        account_id: AccountId,
        removed: Method,
    ) -> Result<()> {
        if factors_in(tx, account_id).await? == 0 {
            if tx.accounts().requires_second_factor(account_id).await? {
                return Err(Error::LastFactor);
            }
            tx.recovery_codes().remove_all(account_id).await?;
        }
        let text = format!("Second factor removed: {}", removed.as_str());
        tx.activity(None)
            .record(
                "auth.factor_removed",
                Some(Entity::new("user", account_id)),
                &text,
                None,
            )
            .await?;
        Ok(())
    }
}

/// How many factors there are, recovery codes left out.
async fn factors_in(tx: &mut SystemTx, account_id: AccountId) -> Result<usize> {
    let totp = tx.totp().find(account_id).await?;
    let apps = usize::from(totp.is_some_and(|totp| totp.confirmed_at.is_some()));
    Ok(apps + tx.passkeys().list(account_id).await?.len())
}
