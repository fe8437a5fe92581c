//! The clients of the peers that are configured here.

use std::{sync::Arc, time::Duration};

use bheem_domain::AccountId;
use bheem_http_kit::{Auth, BuildError, Fallback, Preference, SecretString};

use crate::{ActingTokens, ConfiguredPeers, acting::Acting};

/// The clients of the peers that are configured here; `None` leaves a peer's services out.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    /// Mail.
    pub mailcow: Option<bheem_mailcow::Client>,
    /// Files and calendars.
    pub nextcloud: Option<NextcloudPeer>,
    /// Messages to people.
    pub notify: Option<bheem_notify::Client>,
}

impl Peers {
    /// Which peers there are.
    #[must_use]
    pub fn configured(&self) -> ConfiguredPeers {
        ConfiguredPeers {
            mailcow: self.mailcow.is_some(),
            nextcloud: self.nextcloud.is_some(),
            notify: self.notify.is_some(),
        }
    }
}

/// One Nextcloud: its administration, and its calendars on behalf of people.
#[derive(Debug, Clone)]
pub struct NextcloudPeer {
    ocs: bheem_nextcloud::Client,
    caldav: bheem_caldav::Client,
    acting: Option<Acting>,
    /// What was refused to whom.
    preference: Arc<Preference>,
}

impl NextcloudPeer {
    /// The Nextcloud at `base_url`, of which `ocs` is an administrator's client; `timeout` is for a call to calendars.
    ///
    /// # Errors
    /// If the base URL is not usable.
    pub fn new(
        ocs: bheem_nextcloud::Client,
        base_url: &str,
        timeout: Duration,
    ) -> Result<Self, BuildError> {
        let dav = format!("{}/remote.php/dav", base_url.trim_end_matches('/'));
        let caldav = bheem_caldav::Client::builder(dav, Auth::None)
            .timeout(timeout)
            .build()?;
        Ok(Self {
            ocs,
            caldav,
            acting: None,
            preference: Arc::default(),
        })
    }

    /// The same Nextcloud, which takes tokens of our own provider for `audience` (`user_oidc` with
    /// `--check-bearer=1`). If it does not after all, app passwords are used as before.
    #[must_use]
    pub fn acting(mut self, tokens: Arc<dyn ActingTokens>, audience: &str) -> Self {
        self.acting = Some(Acting::new(tokens, audience, Arc::clone(&self.preference)));
        self
    }

    /// The administrator's client.
    #[must_use]
    pub fn ocs(&self) -> &bheem_nextcloud::Client {
        &self.ocs
    }

    /// Clients of one person's own account, the best first: by token where Nextcloud takes one, then by password.
    ///
    /// # Errors
    /// If the credentials cannot be sent in a header.
    pub(crate) fn accounts_of(
        &self,
        account_id: AccountId,
        user_id: &str,
        password: Option<SecretString>,
    ) -> Result<Vec<bheem_nextcloud::Client>, BuildError> {
        let by_token = self.acting.iter().map(|acting| acting.token_of(account_id));
        let by_password =
            password.map(|password| self.kept(account_id, Auth::basic(user_id, password)));
        by_token
            .chain(by_password)
            .map(|auth| self.ocs.with_auth(&auth))
            .collect()
    }

    /// A client of the calendars of one person, on shared connections.
    ///
    /// # Errors
    /// If the credentials cannot be sent in a header.
    pub fn calendars_of(
        &self,
        account_id: AccountId,
        user_id: &str,
        password: SecretString,
    ) -> Result<bheem_caldav::Client, BuildError> {
        let kept = Auth::basic(user_id, password);
        let auth = match &self.acting {
            Some(acting) => acting.auth(account_id, kept),
            None => self.kept(account_id, kept),
        };
        self.caldav.with_auth(&auth)
    }

    /// Something has changed about a person's account: what was refused may be taken now.
    pub(crate) fn forget_refusals(&self, account_id: AccountId) {
        self.preference.forget(&account_id.to_string());
    }

    /// A password that is offered until it is refused once. Nextcloud counts refusals against our address, and after a
    /// few it answers 429 to everybody for minutes (2026-11).
    fn kept(&self, account_id: AccountId, password: Auth) -> Auth {
        let person = account_id.to_string();
        let preference = Arc::clone(&self.preference);
        Auth::Source(Arc::new(Fallback::kept(password, person, preference)))
    }
}
