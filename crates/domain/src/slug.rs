//! Slugs: a tenant's name in URLs.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Invalid;

/// Most characters of a slug: one DNS label (RFC 1035, 2.3.4), as it may become a host name.
const MAX_LEN: usize = 63;

/// Words that would read as something else in a path or host name.
const RESERVED: [&str; 12] = [
    "admin",
    "api",
    "app",
    "auth",
    "docs",
    "health",
    "my",
    "new",
    "plans",
    "system",
    "workspace",
    "www",
];

/// First words of our own paths, and others that people would take for a part of the platform. Nobody gets
/// them any more; who has one keeps it.
const OWN: [&str; 52] = [
    "account",
    "accounts",
    "assets",
    "billing",
    "calendar",
    "chat",
    "consent",
    "contacts",
    "developers",
    "device",
    "docs-app",
    "domains",
    "files",
    "forgot-password",
    "help",
    "home",
    "imap",
    "legal",
    "login",
    "logout",
    "mail",
    "meet",
    "metrics",
    "oidc",
    "onboarding",
    "openapi",
    "operations",
    "postmaster",
    "pricing",
    "privacy",
    "public",
    "redoc",
    "register",
    "reset-password",
    "root",
    "scim",
    "security",
    "set-password",
    "settings",
    "signed-out",
    "sign-in",
    "sign-up",
    "signup",
    "sso",
    "static",
    "status",
    "support",
    "tenants",
    "terms",
    "users",
    "verify-email",
    "well-known",
];

/// Lower-case letters, digits and single hyphens, 2 to 63 characters, not a UUID.
///
/// Never a UUID, because a path segment that names a tenant is read as a UUID first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// Parses a slug as its owner typed it; upper case is folded.
    ///
    /// # Errors
    /// [`Invalid`] for the field `slug`.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let value = value.trim().to_ascii_lowercase();
        let fits = (2..=MAX_LEN).contains(&value.len())
            && value
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !value.starts_with('-')
            && !value.ends_with('-')
            && !value.contains("--");
        if !fits {
            return Err(Invalid::new(
                "slug",
                "must be 2 to 63 lower-case letters, digits and single hyphens",
            ));
        }
        if value.parse::<Uuid>().is_ok() {
            return Err(Invalid::new("slug", "must not be a UUID"));
        }
        if RESERVED.contains(&value.as_str()) {
            return Err(Invalid::new("slug", "is a reserved word"));
        }
        Ok(Self(value))
    }

    /// A slug for a new tenant: none that collides with a path of ours or looks like the platform's.
    ///
    /// # Errors
    /// As [`Slug::parse`].
    pub fn claim(value: &str) -> Result<Self, Invalid> {
        let slug = Self::parse(value)?;
        if slug.is_ours() {
            return Err(Invalid::new("slug", "is a reserved word"));
        }
        Ok(slug)
    }

    fn is_ours(&self) -> bool {
        OWN.contains(&self.as_str()) || crate::looks_like_platform(self.as_str())
    }

    /// A slug made from a name; `workspace-…` when nothing of the name can be used.
    #[must_use]
    pub fn derive(name: &str) -> Self {
        let mut slug = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            let c = match c {
                'a'..='z' | '0'..='9' => c,
                'ä' | 'à' | 'á' | 'â' | 'ã' | 'å' => 'a',
                'ç' => 'c',
                'è' | 'é' | 'ê' | 'ë' => 'e',
                'ì' | 'í' | 'î' | 'ï' => 'i',
                'ñ' => 'n',
                'ö' | 'ò' | 'ó' | 'ô' | 'õ' | 'ø' => 'o',
                'ü' | 'ù' | 'ú' | 'û' => 'u',
                _ => '-',
            };
            if c != '-' || !(slug.is_empty() || slug.ends_with('-')) {
                slug.push(c);
            }
            if slug.len() >= MAX_LEN - 8 {
                break;
            }
        }
        let slug = slug.trim_end_matches('-');
        Self::claim(slug).unwrap_or_else(|_error: Invalid| {
            Self(match slug {
                "" => "workspace-1".to_owned(),
                ours if crate::looks_like_platform(ours) => "workspace-1".to_owned(),
                rest => format!("workspace-{}", rest.chars().take(40).collect::<String>()),
            })
        })
    }

    /// This slug with `-number` behind it, to tell it from one that is taken.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let suffix = format!("-{number}");
        let stem: String = self.0.chars().take(MAX_LEN - suffix.len()).collect();
        Self(format!("{}{suffix}", stem.trim_end_matches('-')))
    }

    /// The slug's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = Invalid;

    fn try_from(value: String) -> Result<Self, Invalid> {
        Self::parse(&value)
    }
}

impl From<Slug> for String {
    fn from(value: Slug) -> Self {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_could_be_mistaken() {
        for bad in [
            "",
            "a",
            "-ab",
            "ab-",
            "a--b",
            "a_b",
            "admin",
            "0190163d-8694-739b-aea5-966c26f8ad91",
        ] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Slug::parse(" ACME-1 ").unwrap().as_str(), "acme-1");
    }

    #[test]
    fn derives_from_names() {
        assert_eq!(
            Slug::derive("Müller & Söhne GmbH").as_str(),
            "muller-sohne-gmbh"
        );
        assert_eq!(Slug::derive("株式会社").as_str(), "workspace-1");
        assert_eq!(Slug::derive("Calendar").as_str(), "workspace-calendar");
        // Nothing of what looks like the platform is left.
        for ours in ["Admin", "Bheem Mail"] {
            assert_eq!(Slug::derive(ours).as_str(), "workspace-1");
        }
    }

    proptest! {
        #[test]
        fn a_derived_slug_is_a_slug(name in ".{0,200}", number in 2_u32..99_999) {
            let slug = Slug::derive(&name);
            prop_assert!(Slug::parse(slug.as_str()).is_ok(), "{slug}");
            prop_assert!(Slug::parse(slug.numbered(number).as_str()).is_ok());
        }

        #[test]
        fn parsing_never_panics(text in ".*") {
            let _ = Slug::parse(&text);
        }
    }
}
