//! From a proof of who somebody is to a session: one transaction, in which the account is looked at
//! once more, as it may have been disabled, or its password changed, while the proof was made.

use bheem_domain::SessionId;
use bheem_persistence::{
    SystemScope, SystemTx,
    repo::{AccountRecord, Entity, NewSession, SessionKind},
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use crate::{Client, Error, Identity, Result, throttle::Keys};

/// Who somebody has proven to be, and how (RFC 8176).
pub(crate) struct Proven {
    pub(crate) account: AccountRecord,
    pub(crate) amr: Vec<String>,
    /// What was asked for last.
    pub(crate) method: &'static str,
    /// When the first factor was proven.
    pub(crate) since: DateTime<Utc>,
    /// Failures that a success makes forgotten.
    pub(crate) keys: Option<Keys>,
}

/// A session that has begun.
pub(crate) struct Begun {
    pub(crate) account: AccountRecord,
    pub(crate) session_id: SessionId,
    pub(crate) amr: Vec<String>,
    pub(crate) at: DateTime<Utc>,
    /// What a browser keeps to be known again.
    pub(crate) device: SecretString,
}

impl Proven {
    /// A second factor was proven as well.
    pub(crate) fn add(&mut self, amr: &[&str], method: &'static str) {
        for word in amr {
            if !self.amr.iter().any(|known| known == word) {
                self.amr.push((*word).to_owned());
            }
        }
        self.method = method;
    }
}

impl Identity {
    /// Begins a session.
    pub(crate) async fn begin_session(
        &self,
        kind: SessionKind,
        proven: Proven,
        client: &Client,
        device: Option<&SecretString>,
    ) -> Result<Begun> {
        let session_id = SessionId::generate(&*self.clock);
        let now = self.clock.now();
        let actor = client.actor(proven.account.id);
        let (life, idle) = match kind {
            SessionKind::Api => (self.config.session_life, None),
            SessionKind::Browser => (self.config.browser_session_life, Some(self.idle_end(now))),
        };
        let new = NewSession {
            id: session_id,
            account_id: proven.account.id,
            ip_address: actor.ip_address,
            user_agent: actor.user_agent.clone(),
            created_at: now,
            expires_at: now + TimeDelta::from_std(life).unwrap_or(TimeDelta::days(7)),
            kind,
            amr: proven.amr.clone(),
            idle_expires_at: idle,
        };
        let scope = SystemScope::person("sign in", actor);
        let mut tx = self.database.system(&scope).await?;
        let account = still_good(&mut tx, &proven).await?;
        tx.sessions().insert(&new).await?;
        let device = self
            .note_success(&mut tx, &proven, session_id, client, device)
            .await?;
        tx.commit().await?;
        metrics::counter!("sign_ins_total", "outcome" => "success").increment(1);
        Ok(Begun {
            account,
            session_id,
            amr: proven.amr,
            at: now,
            device,
        })
    }

    /// What every sign-in leaves: its time, an entry in the log, an event, a known device.
    pub(crate) async fn note_success(
        &self,
        tx: &mut SystemTx,
        proven: &Proven,
        session_id: SessionId,
        client: &Client,
        device: Option<&SecretString>,
    ) -> Result<SecretString> {
        let now = self.clock.now();
        tx.accounts().note_sign_in(proven.account.id, now).await?;
        if let Some(keys) = &proven.keys {
            keys.succeeded(&mut tx.login_throttle()).await?;
        }
        let entity = Entity::new("session", session_id);
        tx.activity(None)
            .record("auth.login", Some(entity), "Signed in", None)
            .await?;
        self.record_success(tx, proven, session_id, client, device)
            .await
    }

    /// When a browser's session ends that is not used from now on.
    pub(crate) fn idle_end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::from_std(self.config.browser_idle_life).unwrap_or(TimeDelta::hours(12))
    }
}

/// The account, held until the transaction ends: it may sign in, and has the password that was proven.
pub(crate) async fn still_good(tx: &mut SystemTx, proven: &Proven) -> Result<AccountRecord> {
    let account = tx
        .accounts()
        .lock(proven.account.id)
        .await?
        .ok_or(Error::BadCredentials)?;
    if !account.is_active {
        return Err(Error::AccountDisabled);
    }
    let is_changed = account
        .password_changed_at
        .is_some_and(|at| at > proven.since);
    if is_changed {
        return Err(Error::BadCredentials);
    }
    Ok(account)
}
