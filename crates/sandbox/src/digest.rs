//! Passwords at rest: salted and hashed. A fast hash will do, since a stand-in's passwords are
//! generated for it, and a test's request should not cost an argon2id.

use aws_lc_rs::{constant_time, digest};

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
}
