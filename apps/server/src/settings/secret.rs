//! Secrets in settings: as a value, or as the name of a file that holds it.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A secret. Printed, it is a row of stars.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(Option<SecretString>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_set() { "***" } else { "unset" })
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Some(text.into()))
    }
}

impl Secret {
    /// Whether there is one that is not empty.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|secret| !secret.expose_secret().is_empty())
    }

    /// The secret; empty when there is none.
    #[must_use]
    pub fn get(&self) -> SecretString {
        self.0.clone().unwrap_or_default()
    }

    /// Reads the file if there is one; the two together are refused, as one would be ignored.
    pub(super) fn resolve(&mut self, name: &str, file: Option<&PathBuf>) -> Result<(), String> {
        let Some(path) = file else { return Ok(()) };
        if self.is_set() {
            return Err(format!("{name} and {name}_file are both given"));
        }
        *self = Self(Some(read(path)?));
        Ok(())
    }
}

fn read(path: &Path) -> Result<SecretString, String> {
    std::fs::read_to_string(path)
        .map(|text| text.trim_end_matches(['\r', '\n']).into())
        .map_err(|error| format!("cannot read {}: {error}", path.display()))
}
