//! Passwords that nobody will ever type.

use rand::Rng as _;
use rand::seq::SliceRandom as _;
use secrecy::SecretString;

const CLASSES: [&[u8]; 4] = [
    b"abcdefghijkmnopqrstuvwxyz",
    b"ABCDEFGHJKLMNPQRSTUVWXYZ",
    b"23456789",
    b"!#%+-.:=?@_",
];
const LENGTH: usize = 40;

/// A random password for an account whose owner logs in by other means. It has characters of four classes, so
/// that usual password policies accept it, and more than 200 bits of entropy.
#[must_use]
pub fn throwaway_password() -> SecretString {
    let mut rng = rand::rng();
    let mut letters: Vec<char> = Vec::with_capacity(LENGTH);
    for class in CLASSES.iter().cycle().take(LENGTH) {
        let at = rng.random_range(0..class.len());
        letters.extend(class.get(at).map(|byte| char::from(*byte)));
    }
    letters.shuffle(&mut rng);
    SecretString::from(letters.into_iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_throwaway_password_satisfies_usual_policies_and_is_not_repeated() {
        let (first, second) = (throwaway_password(), throwaway_password());
        let text = first.expose_secret();
        assert_eq!(text.len(), LENGTH);
        assert!(
            text.chars().any(|c| c.is_ascii_lowercase())
                && text.chars().any(|c| c.is_ascii_uppercase())
        );
        assert!(
            text.chars().any(|c| c.is_ascii_digit())
                && text.chars().any(|c| c.is_ascii_punctuation())
        );
        assert_ne!(text, second.expose_secret());
    }
}
