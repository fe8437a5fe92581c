//! The peers' secrets: generated once for each sandbox, kept beside its state.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::{Error, random};

/// What a client must know to be let in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) mailcow_api_key: String,
    pub(crate) mailcow_read_only_api_key: String,
    pub(crate) nextcloud_admin_user: String,
    pub(crate) nextcloud_admin_password: String,
    pub(crate) nextcloud_sample_user: String,
    pub(crate) nextcloud_sample_password: String,
    pub(crate) notify_api_key: String,
    #[serde(default = "livekit_key")]
    pub(crate) livekit_api_key: String,
    #[serde(default = "random::letters::<43>")]
    pub(crate) livekit_api_secret: String,
    #[serde(default = "random::letters::<26>")]
    pub(crate) mattermost_admin_token: String,
    #[serde(default = "mailgun_key")]
    pub(crate) mailgun_api_key: String,
    #[serde(default = "random::hex::<16>")]
    pub(crate) mailgun_signing_key: String,
    #[serde(default = "random::letters::<40>")]
    pub(crate) cloudflare_token: String,
    #[serde(default = "random::letters::<24>")]
    pub(crate) passport_sample_password: String,
    #[serde(default = "random::letters::<40>")]
    pub(crate) erp_token: String,
    #[serde(default = "random::letters::<32>")]
    pub(crate) erp_webhook_secret: String,
    #[serde(default = "razorpay_key")]
    pub(crate) razorpay_key_id: String,
    #[serde(default = "random::letters::<24>")]
    pub(crate) razorpay_key_secret: String,
    #[serde(default = "random::letters::<32>")]
    pub(crate) razorpay_webhook_secret: String,
    #[serde(default = "random::letters::<24>")]
    pub(crate) msg91_auth_key: String,
}

fn livekit_key() -> String {
    format!("API{}", random::letters::<12>())
}

fn mailgun_key() -> String {
    format!("key-{}", random::hex::<16>())
}

fn razorpay_key() -> String {
    format!("rzp_test_{}", random::letters::<14>())
}

impl Credentials {
    pub(crate) fn generate() -> Self {
        // The form of Mailcow's own keys.
        let mailcow_key = || {
            let parts: Vec<String> = (0..5)
                .map(|_| random::hex::<3>().to_ascii_uppercase())
                .collect();
            parts.join("-")
        };
        Self {
            mailcow_api_key: mailcow_key(),
            mailcow_read_only_api_key: mailcow_key(),
            nextcloud_admin_user: "admin".to_owned(),
            nextcloud_admin_password: random::letters::<24>(),
            nextcloud_sample_user: "sample".to_owned(),
            nextcloud_sample_password: random::letters::<24>(),
            notify_api_key: random::letters::<32>(),
            livekit_api_key: livekit_key(),
            livekit_api_secret: random::letters::<43>(),
            mattermost_admin_token: random::letters::<26>(),
            mailgun_api_key: mailgun_key(),
            mailgun_signing_key: random::hex::<16>(),
            cloudflare_token: random::letters::<40>(),
            passport_sample_password: random::letters::<24>(),
            erp_token: random::letters::<40>(),
            erp_webhook_secret: random::letters::<32>(),
            razorpay_key_id: razorpay_key(),
            razorpay_key_secret: random::letters::<24>(),
            razorpay_webhook_secret: random::letters::<32>(),
            msg91_auth_key: random::letters::<24>(),
        }
    }

    /// Reads the file, or generates and writes it for our eyes only. A file that lacks the secrets of
    /// some peer gets them.
    pub(crate) fn load_or_generate(path: &Path) -> Result<Self, Error> {
        match fs::read(path) {
            Ok(bytes) => {
                let credentials: Self =
                    serde_json::from_slice(&bytes).map_err(|source| Error::Damaged {
                        path: path.to_path_buf(),
                        source,
                    })?;
                credentials.write(path)?;
                Ok(credentials)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let credentials = Self::generate();
                credentials.write(path)?;
                Ok(credentials)
            }
            Err(error) => Err(Error::file("read", path)(error)),
        }
    }

    fn write(&self, path: &Path) -> Result<(), Error> {
        let unfinished = path.with_extension("new");
        let text = serde_json::to_vec_pretty(self).map_err(|source| Error::Damaged {
            path: path.to_path_buf(),
            source,
        })?;
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)
            .and_then(|mut file| file.write_all(&text))
            .and_then(|()| fs::rename(&unfinished, path))
            .map_err(Error::file("write", path))
    }
}
