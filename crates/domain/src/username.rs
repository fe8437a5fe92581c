//! Names to sign in with.
//!
//! A name is what others see and trust, so it must not be one that could be taken for somebody else's:
//! it follows the profile `UsernameCaseMapped` (RFC 8265, 3.3), is written in one script (UTS #39), is no
//! word that people expect an institution behind, and no id. An address is no name but for the account
//! that has it; that is decided where the account is made.

use std::{borrow::Cow, fmt};

use precis_profiles::{UsernameCaseMapped, precis_core::profile::PrecisFastInvocation};
use unicode_security::{MixedScript, confusable_detection::skeleton};
use uuid::Uuid;

use crate::Invalid;

/// Longest name, in characters.
const LONGEST: usize = 64;
/// Begins the names that are made here, behind which stand digits.
const GENERATED: &str = "user-";
/// Names that people expect somebody in charge behind (RFC 2142, and what operating systems and mail
/// servers have), and those of our own paths and parts.
const RESERVED: &[&str] = &[
    "abuse",
    "accounts",
    "admin",
    "administrator",
    "administrators",
    "all",
    "anonymous",
    "api",
    "auth",
    "autoconfig",
    "autodiscover",
    "bheem",
    "bheem-workspace",
    "billing",
    "bot",
    "contact",
    "daemon",
    "everybody",
    "everyone",
    "ftp",
    "guest",
    "help",
    "helpdesk",
    "hostmaster",
    "info",
    "it",
    "legal",
    "localhost",
    "login",
    "mail",
    "mailer-daemon",
    "me",
    "moderator",
    "news",
    "no-reply",
    "nobody",
    "noc",
    "noreply",
    "null",
    "oidc",
    "operator",
    "passport",
    "postgres",
    "postmaster",
    "privacy",
    "root",
    "sales",
    "security",
    "service",
    "sso",
    "staff",
    "superadmin",
    "superuser",
    "support",
    "sysadmin",
    "system",
    "team",
    "undefined",
    "usenet",
    "user",
    "users",
    "uucp",
    "webmaster",
    "workspace",
    "www",
];

/// A name that somebody may register: prepared, and none that is kept back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Username(String);

impl Username {
    /// Reads a name that is no address.
    ///
    /// # Errors
    /// [`Invalid`] for the field `username`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = |reason| Invalid::new("username", reason);
        let form =
            || invalid("must be at least 2 letters, digits, dots, hyphens or an e-mail address");
        let name = UsernameCaseMapped::enforce(text.trim()).map_err(|_error| form())?;
        let letters = name.chars().count();
        let is_end = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let fits = (2..=LONGEST).contains(&letters)
            && is_end(name.chars().next())
            && is_end(name.chars().next_back())
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || "._-+".contains(c));
        if !fits {
            return Err(form());
        }
        if !name.is_single_script() {
            return Err(invalid("must be written in one script"));
        }
        if is_id(&name) {
            return Err(invalid("must not be an id"));
        }
        if is_reserved(&name) || is_generated(&name) {
            return Err(invalid("is kept back; choose another one"));
        }
        Ok(Self(name.into_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What somebody typed to sign in, as the names that were registered are kept. What cannot be one is
    /// left as it is: accounts from elsewhere have other names.
    #[must_use]
    pub fn fold(text: &str) -> Cow<'_, str> {
        let text = text.trim();
        UsernameCaseMapped::enforce(text).unwrap_or(Cow::Borrowed(text))
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_id(name: &str) -> bool {
    Uuid::try_parse(name).is_ok()
        || (name.len() >= 24 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Also in letters that look the same.
fn is_reserved(name: &str) -> bool {
    RESERVED
        .iter()
        .any(|word| name == *word || skeleton(name).eq(skeleton(word)))
}

/// Whether it has the form of the names that are made here.
fn is_generated(name: &str) -> bool {
    name.strip_prefix(GENERATED)
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_prepared() {
        for (text, name) in [
            (" Ada.Lovelace ", "ada.lovelace"),
            ("jürgen", "jürgen"),
            ("ju\u{308}rgen", "jürgen"),
            ("ａｄａ", "ada"),
            ("李小龙", "李小龙"),
            ("анна", "анна"),
            ("user-friendly", "user-friendly"),
        ] {
            assert_eq!(Username::parse(text).unwrap().as_str(), name, "{text}");
        }
    }

    #[test]
    fn names_that_could_be_taken_for_others_are_kept_back() {
        for bad in [
            "",
            "a",
            "ada lovelace",
            "<script>",
            "ada@a.example",
            "ada\u{200b}",
            "ada\u{202e}",
            "-ada",
            "ada.",
            "Root",
            "ADMIN",
            "ａｄｍｉｎ",
            "postmaster",
            "noreply",
            "Mailer-Daemon",
            // Cyrillic among Latin letters, and Cyrillic alone that looks like a Latin word.
            "аdа-lovelace",
            "\u{0441}\u{043e}\u{0441}\u{0430}-cola",
            "01890000-0000-7000-8000-000000000001",
            "01890000000070008000000000000001",
            "user-00ff00ff00ff00ff",
            "user-17",
            &"x".repeat(65),
        ] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_typed_is_read_as_the_name_is_kept() {
        assert_eq!(Username::fold(" ADA "), "ada");
        assert_eq!(Username::fold("ada lovelace"), "ada lovelace");
        assert_eq!(Username::fold("A\0"), "A\0");
    }

    proptest! {
        #[test]
        fn a_name_reads_as_itself_and_is_of_no_other_case(text in "\\PC{0,70}") {
            if let Ok(name) = Username::parse(&text) {
                prop_assert_eq!(Username::parse(name.as_str()).unwrap(), name.clone());
                prop_assert_eq!(Username::fold(&text), name.as_str());
                prop_assert!(!name.as_str().contains('@'));
            }
        }
    }
}
