//! Facts about a Mailcow as a whole.

use std::collections::BTreeMap;

use bheem_http_kit::lenient;
use serde::Deserialize;

use crate::{Client, Error};

/// The rules passwords must satisfy. Mailcow keeps them as strings.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one field for each rule of Mailcow's"
)]
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct PasswordPolicy {
    /// The least number of characters.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub length: Option<i64>,
    /// A letter is required.
    #[serde(default, rename = "chars", deserialize_with = "lenient::flag")]
    pub requires_letter: bool,
    /// A special character is required.
    #[serde(default, rename = "special_chars", deserialize_with = "lenient::flag")]
    pub requires_special: bool,
    /// A digit is required.
    #[serde(default, rename = "numbers", deserialize_with = "lenient::flag")]
    pub requires_digit: bool,
    /// Both cases are required.
    #[serde(default, rename = "lowerupper", deserialize_with = "lenient::flag")]
    pub requires_both_cases: bool,
}

/// Which Mailcow this is.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Version {
    /// Its version, such as `2026-08`.
    pub version: String,
}

/// A program of Mailcow's.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Whether it runs.
    pub is_running: bool,
}

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    state: String,
}

impl Client {
    /// The rules passwords must satisfy.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn password_policy(&self) -> Result<PasswordPolicy, Error> {
        const OPERATION: &str = "get_password_policy";
        self.http
            .observe(OPERATION, self.get(OPERATION, &["passwordpolicy"]))
            .await
    }

    /// Which Mailcow this is.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn version(&self) -> Result<Version, Error> {
        const OPERATION: &str = "get_version";
        self.http
            .observe(OPERATION, self.get(OPERATION, &["status", "version"]))
            .await
    }

    /// The programs Mailcow is made of, by name.
    ///
    /// # Errors
    /// If Mailcow refuses or cannot be understood.
    pub async fn containers(&self) -> Result<Vec<Container>, Error> {
        const OPERATION: &str = "get_containers";
        let work = async {
            let found: BTreeMap<String, State> =
                self.get(OPERATION, &["status", "containers"]).await?;
            Ok(found
                .into_iter()
                .map(|(name, state)| Container {
                    name,
                    is_running: state.state == "running",
                })
                .collect())
        };
        self.http.observe(OPERATION, work).await
    }
}
