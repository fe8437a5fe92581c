//! Mobile numbers as MSG91 wants them.

use std::fmt;

/// A country code and a number, 8 to 15 digits (E.164 without its `+`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mobile(String);

/// Text that is no mobile number with a country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a mobile number with its country code, such as +919876543210")]
pub struct MobileError;

impl Mobile {
    /// Reads a number in international form. Spaces, hyphens, dots and brackets are left out; `00` stands for `+`.
    ///
    /// # Errors
    /// [`MobileError`] for anything else, and for a number without a country code as far as that can be told: one
    /// that begins with a single zero.
    pub fn parse(text: &str) -> Result<Self, MobileError> {
        let compact: String = text
            .trim()
            .chars()
            .filter(|one| !matches!(one, ' ' | '-' | '.' | '(' | ')' | '\u{a0}'))
            .collect();
        let digits = compact
            .strip_prefix('+')
            .or_else(|| compact.strip_prefix("00"))
            .unwrap_or(&compact);
        let is_number = (8..=15).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0');
        is_number
            .then(|| Self(digits.to_owned()))
            .ok_or(MobileError)
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// All but the last two digits are left out: a number is somebody's.
impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = self.0.len().saturating_sub(2);
        let shown: String = self.0.chars().skip(hidden).collect();
        write!(f, "Mobile({}{shown})", "*".repeat(hidden))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_is_taken_and_the_rest_is_not() {
        for text in [
            "+91 98765 43210",
            "0091-98765-43210",
            "919876543210",
            " +91 (98765) 432.10 ",
        ] {
            assert_eq!(Mobile::parse(text).unwrap().as_str(), "919876543210");
        }
        for text in [
            "",
            "+",
            "09876543210",
            "12345",
            "+91 98765 4321x",
            "1234567890123456",
            "+9\u{0661}8765432",
        ] {
            assert_eq!(Mobile::parse(text), Err(MobileError), "{text}");
        }
        let shown = format!("{:?}", Mobile::parse("+919876543210").unwrap());
        assert_eq!(shown, "Mobile(**********10)");
    }

    proptest! {
        #[test]
        fn fuzz_whatever_passes_is_digits_only(text in r"[+0-9 ().x-]{0,24}|\PC{0,24}") {
            if let Ok(mobile) = Mobile::parse(&text) {
                prop_assert!(mobile.as_str().bytes().all(|digit| digit.is_ascii_digit()));
                prop_assert_eq!(Mobile::parse(mobile.as_str()), Ok(mobile.clone()));
            }
        }
    }
}
