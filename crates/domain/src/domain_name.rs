//! DNS names as people own them, with internationalised labels.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// A registrable or deeper host name in its ASCII form (A-labels, RFC 5890), lower case, no final dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainName(String);

impl DomainName {
    /// Parses a name in either form (`münchen.example`, `xn--mnchen-3ya.example`).
    ///
    /// Refused: a single label, an IP address, labels outside the letters-digits-hyphen rule
    /// (RFC 1123, 2.1), more than 253 characters, a numeric top-level label.
    ///
    /// # Errors
    /// [`Invalid`] for the field `domain`.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("domain", "Invalid domain format");
        let value = value.trim();
        let value = value.strip_suffix('.').unwrap_or(value);
        let ascii = idna::domain_to_ascii_strict(value)
            .map_err(|_error: idna::Errors| invalid())?
            .to_ascii_lowercase();
        let labels: Vec<&str> = ascii.split('.').collect();
        let fits = ascii.len() <= 253
            && labels.len() >= 2
            && labels.iter().all(|label| {
                (1..=63).contains(&label.len())
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            })
            && labels
                .last()
                .is_some_and(|top| !top.bytes().all(|b| b.is_ascii_digit()));
        if fits {
            Ok(Self(ascii))
        } else {
            Err(invalid())
        }
    }

    /// The ASCII form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form people read, with Unicode labels.
    #[must_use]
    pub fn to_unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }

    /// Whether this name is `other` or lies below it; compared label by label.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0 == other.0
            || self
                .0
                .strip_suffix(&other.0)
                .is_some_and(|rest| rest.ends_with('.'))
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for DomainName {
    type Error = Invalid;

    fn try_from(value: String) -> Result<Self, Invalid> {
        Self::parse(&value)
    }
}

impl From<DomainName> for String {
    fn from(value: DomainName) -> Self {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_forms_of_a_name_are_one() {
        let name = DomainName::parse("MÜNCHEN.example.").unwrap();
        assert_eq!(name.as_str(), "xn--mnchen-3ya.example");
        assert_eq!(name, DomainName::parse("xn--mnchen-3ya.example").unwrap());
        assert_eq!(name.to_unicode(), "münchen.example");
    }

    #[test]
    fn refuses_what_is_no_domain() {
        for bad in [
            "",
            "localhost",
            "127.0.0.1",
            "a..b",
            "-a.example",
            "a_b.example",
            "a b.example",
            "http://a.example",
            "a.example/x",
            "a@b.example",
            "[::1]",
            "a.123",
        ] {
            assert!(DomainName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn within_compares_labels() {
        let base = DomainName::parse("example.org").unwrap();
        assert!(
            DomainName::parse("mail.example.org")
                .unwrap()
                .is_within(&base)
        );
        assert!(
            !DomainName::parse("evilexample.org")
                .unwrap()
                .is_within(&base)
        );
        assert!(
            !DomainName::parse("example.org.evil.net")
                .unwrap()
                .is_within(&base)
        );
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in ".*") {
            if let Ok(name) = DomainName::parse(&text) {
                prop_assert_eq!(DomainName::parse(name.as_str()).unwrap(), name);
            }
        }
    }
}
