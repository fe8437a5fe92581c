//! Sign-ins that were tried, devices that were seen, and what of it is worth a mail.
//!
//! A device is known by the cookie it was given, else by what it calls itself in the network it comes
//! from. The very first sign-in of an account is from a new device and tells nobody anything new.

use bheem_domain::{AccountId, LoginEventId, SessionId};
use bheem_persistence::{
    SystemTx,
    repo::{LoginAlert, LoginEventRecord},
};
use bheem_vault::token;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use crate::{Client, Identity, Result, begin::Proven, throttle::network};

/// The method of a sign-in by password alone.
pub(crate) const PASSWORD: &str = "password";
/// So many failures in a row are told.
const MANY: i64 = 5;
/// Failures are told no more often.
const QUIET: TimeDelta = TimeDelta::hours(1);
/// Events that are shown.
const SHOWN: i64 = 100;

impl Identity {
    /// Records a success; answers what the browser should keep.
    pub(crate) async fn record_success(
        &self,
        tx: &mut SystemTx,
        proven: &Proven,
        session_id: SessionId,
        client: &Client,
        device: Option<&SecretString>,
    ) -> Result<SecretString> {
        let (account_id, now) = (proven.account.id, self.clock.now());
        let kept = match device.filter(|device| device.expose_secret().len() == TOKEN_CHARS) {
            Some(device) => device.clone(),
            None => token::generate()?,
        };
        let devices = vec![
            token::hash(format!("device\0{}", kept.expose_secret()).as_bytes()).to_vec(),
            fingerprint(client),
        ];
        tx.login_events().lock(account_id).await?;
        let (has_any, is_known) = tx.known_devices().knows(account_id, &devices).await?;
        let history = tx.login_events().history(account_id, now - QUIET).await?;
        let alert = if has_any && !is_known {
            Some(LoginAlert::NewDevice)
        } else if history.failures >= MANY && !history.was_told {
            Some(LoginAlert::Failures)
        } else {
            None
        };
        tx.known_devices().note(account_id, &devices, now).await?;
        let event = LoginEventRecord {
            session_id: Some(session_id),
            is_success: true,
            is_new_device: !is_known,
            alert,
            ..self.event(account_id, proven.method, client)
        };
        tx.login_events().insert(&event).await?;
        Ok(kept)
    }

    pub(crate) async fn add_failure(
        &self,
        tx: &mut SystemTx,
        account_id: AccountId,
        method: &'static str,
        client: &Client,
    ) -> Result<()> {
        let now = self.clock.now();
        tx.login_events().lock(account_id).await?;
        let history = tx.login_events().history(account_id, now - QUIET).await?;
        let is_told = history.failures + 1 >= MANY && !history.was_told;
        let event = LoginEventRecord {
            alert: is_told.then_some(LoginAlert::Failures),
            ..self.event(account_id, method, client)
        };
        tx.login_events().insert(&event).await?;
        Ok(())
    }

    fn event(
        &self,
        account_id: AccountId,
        method: &'static str,
        client: &Client,
    ) -> LoginEventRecord {
        let actor = client.actor(account_id);
        LoginEventRecord {
            id: LoginEventId::generate(&*self.clock),
            account_id,
            session_id: None,
            is_success: false,
            method: method.to_owned(),
            ip_address: actor.ip_address,
            user_agent: actor.user_agent,
            is_new_device: false,
            alert: None,
            created_at: self.clock.now(),
        }
    }

    /// The account's latest sign-ins, also those that failed; newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login_events(&self, account_id: AccountId) -> Result<Vec<LoginEventRecord>> {
        let scope = Self::scope("list sign-ins");
        let mut read = self.database.system_read(&scope).await?;
        Ok(read.login_events().list(account_id, SHOWN).await?)
    }
}

/// Length of what a browser keeps; anything else is none of ours.
const TOKEN_CHARS: usize = 43;

pub(crate) fn fingerprint(client: &Client) -> Vec<u8> {
    let network = client.ip.map(network).unwrap_or_default();
    let name = client.user_agent.as_deref().unwrap_or_default();
    token::hash(format!("agent\0{name}\0{network}").as_bytes()).to_vec()
}
