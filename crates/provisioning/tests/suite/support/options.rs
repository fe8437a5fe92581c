//! How a world differs from the usual one, and the clients of its stand-ins.

use std::time::Duration;

use bheem_nextcloud::Auth;
use bheem_provisioning::{NextcloudPeer, Peers, ProvisioningConfig};
use bheem_saga::{Backoff, Policy};
use bheem_sandbox::{PeerHandle, Sandbox};

use super::FRONTEND;

/// How a world differs from the usual one.
pub(crate) struct Options {
    pub(crate) config: ProvisioningConfig,
    /// How long clients wait for an answer.
    pub(crate) timeout: Duration,
    pub(crate) has_mailcow: bool,
    pub(crate) has_nextcloud: bool,
    pub(crate) has_notify: bool,
    /// How long a run stays with a worker that was killed.
    pub(crate) lease: Duration,
    /// What the workspace shows Mailcow instead of the right key.
    pub(crate) mailcow_key: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        let retry = Policy {
            backoff: Backoff {
                base: Duration::from_millis(5),
                cap: Duration::from_millis(40),
            },
            timeout: Duration::from_secs(20),
            ..Policy::default()
        };
        Self {
            config: ProvisioningConfig {
                retry,
                ..ProvisioningConfig::new(FRONTEND)
            },
            timeout: Duration::from_secs(10),
            has_mailcow: true,
            has_nextcloud: true,
            has_notify: true,
            lease: Duration::from_mins(1),
            mailcow_key: None,
        }
    }
}

impl Options {
    /// Clients of the stand-ins.
    pub(crate) fn peers(&self, sandbox: &Sandbox) -> Peers {
        let secret = |peer: &PeerHandle, name: &str| peer.credential(name).to_owned().into();
        let mailcow_key = self.mailcow_key.clone().map_or_else(
            || secret(&sandbox.mailcow, "api_key"),
            bheem_mailcow::SecretString::from,
        );
        let mailcow = bheem_mailcow::Client::builder(&sandbox.mailcow.base_url, mailcow_key)
            .timeout(self.timeout)
            .build()
            .unwrap();
        let admin = Auth::basic(
            sandbox.nextcloud.credential("admin_user"),
            secret(&sandbox.nextcloud, "admin_password"),
        );
        let ocs = bheem_nextcloud::Client::builder(&sandbox.nextcloud.base_url, admin)
            .timeout(self.timeout)
            .build()
            .unwrap();
        let nextcloud = NextcloudPeer::new(ocs, &sandbox.nextcloud.base_url, self.timeout).unwrap();
        let api_key = secret(&sandbox.notify, "api_key");
        let notify = bheem_notify::Client::builder(&sandbox.notify.base_url, api_key)
            .timeout(self.timeout)
            .build()
            .unwrap();
        Peers {
            mailcow: self.has_mailcow.then_some(mailcow),
            nextcloud: self.has_nextcloud.then_some(nextcloud),
            notify: self.has_notify.then_some(notify),
        }
    }
}
