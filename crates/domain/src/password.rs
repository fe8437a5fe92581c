//! What a password must be: long enough, and not one that everybody tries first.

use crate::Invalid;

/// Fewest characters.
pub const MIN_CHARS: usize = 10;
/// Most characters; bounds the work of hashing.
pub const MAX_CHARS: usize = 256;

/// Words at the heart of commonly tried passwords; a password that is one of them plus a few
/// digits or signs is refused. Our own selection.
const COMMON: &str = include_str!("common_passwords.txt");

/// Checks a new password against the policy. `names` are the user name, address and the like.
///
/// # Errors
/// [`Invalid`] for the field `password`; the reason never repeats the password.
pub fn check(password: &str, names: &[&str]) -> Result<(), Invalid> {
    let chars = password.chars().count();
    if !(MIN_CHARS..=MAX_CHARS).contains(&chars) {
        return Err(Invalid::new(
            "password",
            format!("must have {MIN_CHARS} to {MAX_CHARS} characters"),
        ));
    }
    let folded = password.to_lowercase();
    let is_name = |name: &str| {
        let name = name.trim().to_lowercase();
        !name.is_empty()
            && (folded == name
                || name
                    .split_once('@')
                    .is_some_and(|(local, _)| core(&folded) == core(local))
                || core(&folded) == core(&name))
    };
    if names.iter().any(|name| is_name(name)) {
        return Err(Invalid::new("password", "must not be the name"));
    }
    let stem = core(&folded);
    let mut kinds: Vec<char> = folded.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 4
        || stem.is_empty()
        || COMMON.lines().any(|word| word == stem || word == folded)
    {
        return Err(Invalid::new("password", "is too common"));
    }
    Ok(())
}

/// The word inside: without digits and signs at either end.
fn core(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_phrases_and_generated_ones() {
        for good in ["correct horse battery", "qV7!zr9LmW", "пароль-которого-нет"]
        {
            assert!(check(good, &["john"]).is_ok(), "{good}");
        }
    }

    #[test]
    fn refuses_short_long_common_and_names() {
        let long = "ab1!".repeat(65);
        for bad in [
            "short",
            &long,
            "password123",
            "Qwertyuiop!",
            "1234567890",
            "aaaaaaaaaaaa",
        ] {
            assert_eq!(check(bad, &[]).unwrap_err().field, "password");
        }
        assert!(check("johnathan.doe1", &["johnathan.doe"]).is_err());
        assert!(check("johnathan.doe", &["Johnathan.Doe@a.example"]).is_err());
    }

    #[test]
    fn the_reason_does_not_repeat_the_password() {
        let error = check("hunter2", &[]).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
