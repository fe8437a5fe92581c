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
