//! Facts about a Nextcloud as a whole.

use bheem_http_kit::lenient;
use serde::Deserialize;
use serde_json::Value;

/// The answer of `status.php`.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// The server has been set up.
    #[serde(rename = "installed")]
    pub is_installed: bool,
    /// Everything but this is answered with 503.
    #[serde(default, rename = "maintenance", deserialize_with = "lenient::flag")]
    pub is_in_maintenance: bool,
    /// An upgrade has to be run first.
    #[serde(default, rename = "needsDbUpgrade", deserialize_with = "lenient::flag")]
    pub needs_upgrade: bool,
    /// The version for people, such as `32.0.1`.
    #[serde(default, rename = "versionstring", deserialize_with = "lenient::text")]
    pub version: Option<String>,
    /// The name of the product.
    #[serde(default, rename = "productname", deserialize_with = "lenient::text")]
    pub product: Option<String>,
}

/// The version in [`Capabilities`].
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct ServerVersion {
    /// The major number.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub major: Option<i64>,
    /// The version for people.
    #[serde(default, rename = "string", deserialize_with = "lenient::text")]
    pub text: Option<String>,
}

/// What a server can do.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// Its version.
    pub version: ServerVersion,
    /// One entry for each app, in the app's own form.
    #[serde(default)]
    pub capabilities: Value,
}

impl Capabilities {
    /// Files can be uploaded in chunks (`dav.chunking`).
    #[must_use]
    pub fn has_chunked_upload(&self) -> bool {
        self.at("/dav/chunking").is_some()
    }

    /// The trash bin of files is there.
    #[must_use]
    pub fn has_trash(&self) -> bool {
        self.is_true("/files/undelete")
    }

    /// Older versions of files are kept.
    #[must_use]
    pub fn has_versions(&self) -> bool {
        self.is_true("/files/versioning")
    }

    /// Files can be shared by link.
    #[must_use]
    pub fn has_links(&self) -> bool {
        self.is_true("/files_sharing/public/enabled")
    }

    /// A link must have a password.
    #[must_use]
    pub fn needs_link_password(&self) -> bool {
        self.is_true("/files_sharing/public/password/enforced")
    }

    /// A link must end some day.
    #[must_use]
    pub fn needs_link_expiry(&self) -> bool {
        self.is_true("/files_sharing/public/expire_date/enforced")
    }

    /// The name that the server was given.
    #[must_use]
    pub fn theme_name(&self) -> Option<&str> {
        self.at("/theming/name")?.as_str()
    }

    /// The colour that the server was given, such as `#0082c9`.
    #[must_use]
    pub fn theme_color(&self) -> Option<&str> {
        self.at("/theming/color")?.as_str()
    }

    fn at(&self, pointer: &str) -> Option<&Value> {
        self.capabilities.pointer(pointer)
    }

    fn is_true(&self, pointer: &str) -> bool {
        let found = self.at(pointer).cloned().unwrap_or_default();
        lenient::flag(found).unwrap_or_default()
    }
}
