//! `aud`: one name, or several (RFC 7519 section 4.1.3).

use serde::{Deserialize, Serialize};

/// For whom a token is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    /// The shortest form of these names.
    pub(crate) fn of(mut names: Vec<String>) -> Self {
        match names.len() {
            1 => names.pop().map_or(Self::Many(Vec::new()), Self::One),
            _ => Self::Many(names),
        }
    }

    /// Every name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }

    /// Whether this one is among them.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.iter().any(|own| own == name)
    }
}
