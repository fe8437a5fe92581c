//! E-mail addresses as mailboxes here can have them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{DomainName, Invalid};

/// `local-part@domain`, lower case, the domain in ASCII form.
///
/// The local part is a dot-atom (RFC 5321, 4.1.2) of at most 64 characters; quoted forms and
/// address literals are refused, as no mailbox here has them. It is folded to lower case, as the
/// mail server does: two people must not differ by case alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    local_part: String,
    domain: DomainName,
}

impl EmailAddress {
    /// Parses an address.
    ///
    /// # Errors
    /// [`Invalid`] for the field `email`.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("email", "Invalid email format");
        let (local_part, domain) = value.trim().rsplit_once('@').ok_or_else(invalid)?;
        let domain = DomainName::parse(domain).map_err(|_error: Invalid| invalid())?;
        Self::from_parts(local_part, domain).map_err(|_error: Invalid| invalid())
    }

    /// Joins a local part and a domain.
    ///
    /// # Errors
    /// [`Invalid`] for the field `username`.
    pub fn from_parts(local_part: &str, domain: DomainName) -> Result<Self, Invalid> {
        let local_part = local_part.to_ascii_lowercase();
        let fits = (1..=64).contains(&local_part.len())
            && local_part.split('.').all(|atom| {
                !atom.is_empty()
                    && atom
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
            })
            && local_part.len() + 1 + domain.as_str().len() <= 254;
        if fits {
            Ok(Self { local_part, domain })
        } else {
            Err(Invalid::new(
                "username",
                "must be letters, digits and dots, as before the @ of an address",
            ))
        }
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.local_part
    }

    /// What stands behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &DomainName {
        &self.domain
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local_part, self.domain)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = Invalid;

    fn try_from(value: String) -> Result<Self, Invalid> {
        Self::parse(&value)
    }
}

impl From<EmailAddress> for String {
    fn from(value: EmailAddress) -> Self {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folds_case_and_unicode_domains() {
        let address = EmailAddress::parse(" John.Doe@MÜNCHEN.example ").unwrap();
        assert_eq!(address.to_string(), "john.doe@xn--mnchen-3ya.example");
        assert_eq!(address.local_part(), "john.doe");
    }

    #[test]
    fn refuses_what_no_mailbox_has() {
        for bad in [
            "",
            "john",
            "@a.example",
            "john@",
            "jo hn@a.example",
            "john..d@a.example",
            ".john@a.example",
            "\"john\"@a.example",
            "john@[127.0.0.1]",
            "john@localhost",
            "a@b@",
            "jöhn@a.example",
            "john\n@a.example",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in ".*@?.*") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(&address.to_string()).unwrap(), address);
            }
        }
    }
}
