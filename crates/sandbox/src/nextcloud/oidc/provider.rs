//! The provider as an administrator has registered it (`occ user_oidc:provider`).

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// See the module. The defaults are the app's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::nextcloud) struct Provider {
    /// Its name, part of the address for back-channel logouts.
    pub(super) identifier: String,
    /// `--clientid`: who we are at the provider, and the audience of tokens.
    pub(super) client_id: String,
    /// `--discoveryuri`.
    pub(super) discovery_uri: String,
    /// `--mapping-uid`.
    #[serde(default = "sub")]
    pub(super) mapping_uid: String,
    /// `--unique-uid`: hashes what is mapped, together with the provider's number.
    #[serde(default = "yes")]
    pub(super) unique_uid: bool,
    /// `--check-bearer`.
    #[serde(default)]
    pub(super) check_bearer: bool,
}

fn sub() -> String {
    "sub".to_owned()
}

fn yes() -> bool {
    true
}

impl Provider {
    /// The user id of what was mapped (`LocalIdService::getId`).
    pub(super) fn user_id(&self, mapped: &str) -> String {
        if !self.unique_uid {
            return mapped.to_owned();
        }
        let hash = digest(&SHA256, format!("1_0_{mapped}").as_bytes());
        hash.as_ref().iter().fold(String::new(), |mut text, byte| {
            // Writing to a text does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
