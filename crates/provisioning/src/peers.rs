//! The clients of the peers that are configured here.

use std::time::Duration;

use bheem_http_kit::{Auth, BuildError, SecretString};

use crate::ConfiguredPeers;

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
        Ok(Self { ocs, caldav })
    }

    /// The administrator's client.
    #[must_use]
    pub fn ocs(&self) -> &bheem_nextcloud::Client {
        &self.ocs
    }

    /// A client of the calendars of one person, on shared connections.
    ///
    /// # Errors
    /// If the credentials cannot be sent in a header.
    pub fn calendars_of(
        &self,
        user_id: &str,
        password: SecretString,
    ) -> Result<bheem_caldav::Client, BuildError> {
        self.caldav.with_auth(&Auth::basic(user_id, password))
    }
}
