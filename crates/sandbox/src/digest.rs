//! Passwords at rest: salted and hashed. A fast hash will do, since a stand-in's passwords are
//! generated for it, and a test's request should not cost an argon2id.

use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{random, text};

/// `sha256$salt$hash` of a password.
pub(crate) fn of(password: &str) -> String {
    with_salt(password, &random::hex::<8>())
}

/// Whether `stored` was made from this password.
pub(crate) fn matches(password: &str, stored: &str) -> bool {
    let salt = stored.split('$').nth(1).unwrap_or_default();
    equal(&with_salt(password, salt), stored)
}

/// A password as Dovecot reads it, `{SSHA256}` with a salt; one that comes with a scheme is hashed already and kept, as
/// Mailcow does.
pub(crate) fn for_mail(password: &str) -> String {
    let has_scheme = password
        .strip_prefix('{')
        .and_then(|rest| rest.split_once('}'))
        .is_some_and(|(scheme, hash)| {
            !hash.is_empty()
                && scheme.bytes().all(|one| {
                    one.is_ascii_uppercase() || one.is_ascii_digit() || one == b'-' || one == b'.'
                })
        });
    if has_scheme {
        return password.to_owned();
    }
    let salt = random::bytes::<8>();
    let salted = [password.as_bytes(), &salt].concat();
    let hash = digest::digest(&digest::SHA256, &salted);
    let both = [hash.as_ref(), &salt].concat();
    format!("{{SSHA256}}{}", STANDARD.encode(both))
}

/// Compares secrets without telling by time where they differ.
pub(crate) fn equal(left: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

/// A hash of content, for `ETag`s.
pub(crate) fn content(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    text::hex(hash.as_ref()).chars().take(32).collect()
}

fn with_salt(password: &str, salt: &str) -> String {
    let hash = digest::digest(&digest::SHA256, format!("{salt}${password}").as_bytes());
    format!("sha256${salt}${}", text::hex(hash.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_matches_and_is_not_stored() {
        let stored = of("correct horse");
        assert!(matches("correct horse", &stored));
        assert!(!matches("correct horsf", &stored));
        assert!(!stored.contains("horse"));
        assert_ne!(stored, of("correct horse"), "salted");
    }

    #[test]
    fn what_is_hashed_already_is_kept_and_the_rest_is_hashed_for_dovecot() {
        let hashed = "{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuv";
        assert_eq!(for_mail(hashed), hashed);
        for password in ["{curly}brace", "{}", "{SHA}", "plain"] {
            let kept = for_mail(password);
            let bytes = STANDARD
                .decode(kept.strip_prefix("{SSHA256}").unwrap())
                .unwrap();
            let (hash, salt) = bytes.split_at(32);
            let again = digest::digest(&digest::SHA256, &[password.as_bytes(), salt].concat());
            assert_eq!(hash, again.as_ref());
        }
    }
}
