//! What a password must be: long enough, and not one that everybody tries first.

use crate::Invalid;

/// Fewest characters.
pub const MIN_CHARS: usize = 10;
/// Most characters; bounds the work of hashing.
pub const MAX_CHARS: usize = 256;

/// Commonly tried passwords, in lower case and sorted by their bytes; a password that is one of them,
/// or one plus a few digits or signs, is refused. Source and licence are in the file beside it.
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
    if kinds.len() < 4 || stem.is_empty() || is_common(stem) || is_common(&folded) {
        return Err(Invalid::new("password", "is too common"));
    }
    Ok(())
}

/// Whether the list holds the word: a binary search over the text itself, which needs no memory and
/// no time at the start.
fn is_common(word: &str) -> bool {
    let mut rest = COMMON.as_bytes();
    while !rest.is_empty() {
        let (before, from) = rest.split_at(rest.len() / 2);
        // The line in the middle: from behind the line feed before it to the one after it.
        let begin = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let end = from
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |at| before.len() + at);
        let (Some(line), Some(lower)) = (rest.get(begin..end), rest.get(..begin)) else {
            return false;
        };
        rest = match line.cmp(word.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Greater => lower,
            std::cmp::Ordering::Less => rest.get(end + 1..).unwrap_or_default(),
        };
    }
    false
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
    fn the_list_is_sorted_and_each_of_its_words_is_found() {
        let words: Vec<&str> = COMMON.lines().collect();
        assert!(words.len() > 30_000);
        assert!(words.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes()));
        for word in words {
            assert!(is_common(word), "{word}");
            assert!(!is_common(&format!("{word}\u{1}")), "{word}");
        }
        for other in ["", "\n", "a\nb", "correct horse battery", "zzzzzzzzzzzzzz"] {
            assert!(!is_common(other), "{other:?}");
        }
    }

    #[test]
    fn refuses_common_ones_in_any_case_and_with_digits_around() {
        for bad in [
            "1Qaz2Wsx3Edc",
            "q1w2e3r4t5",
            "Iloveyou2026!",
            "123dragon123",
        ] {
            assert!(check(bad, &[]).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_reason_does_not_repeat_the_password() {
        let error = check("hunter2", &[]).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
