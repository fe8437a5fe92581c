//! Amounts of money as the ERP writes them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// An amount in the smallest unit of its currency, of which a hundred make the unit that the ERP writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price {
    minor_units: i64,
}

/// Text that is no amount with at most two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an amount with at most two decimals")]
pub struct PriceError;

impl Price {
    /// From paise, cents and the like.
    #[must_use]
    pub const fn from_minor_units(minor_units: i64) -> Self {
        Self { minor_units }
    }

    /// In paise, cents and the like.
    #[must_use]
    pub const fn minor_units(self) -> i64 {
        self.minor_units
    }

    /// Reads digits with at most two decimals; further ones must be zeros, as nothing is rounded.
    ///
    /// # Errors
    /// [`PriceError`].
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let text = text.trim();
        let (sign, digits) = text
            .strip_prefix('-')
            .map_or((1, text), |digits| (-1, digits));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(decimals) {
            return Err(PriceError);
        }
        let mut cents: String = decimals.chars().take(2).collect();
        while cents.len() < 2 {
            cents.push('0');
        }
        if decimals.chars().skip(2).any(|digit| digit != '0') {
            return Err(PriceError);
        }
        let amount: i64 = format!("{whole}{cents}")
            .parse()
            .map_err(|_too_large: std::num::ParseIntError| PriceError)?;
        Ok(Self {
            minor_units: sign * amount,
        })
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor_units < 0 { "-" } else { "" };
        let amount = self.minor_units.unsigned_abs();
        write!(f, "{sign}{}.{:02}", amount / 100, amount % 100)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Text or a number. A number is read by its digits as they came.
impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return Err(serde::de::Error::custom(PriceError)),
        };
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_to_the_last_paisa_or_not_at_all() {
        for (text, minor_units) in [
            ("499", 49_900),
            ("499.5", 49_950),
            (" 499.50 ", 49_950),
            ("0.01", 1),
            ("-2.00", -200),
            ("9999.9900", 999_999),
        ] {
            assert_eq!(
                Price::parse(text).unwrap().minor_units(),
                minor_units,
                "{text}"
            );
        }
        for text in [
            "",
            ".",
            ".5",
            "1.999",
            "1e3",
            "1,000",
            "+1",
            "--1",
            "99999999999999999999",
        ] {
            assert_eq!(Price::parse(text), Err(PriceError), "{text}");
        }
        assert_eq!(
            serde_json::from_str::<Price>("499.5").unwrap().to_string(),
            "499.50"
        );
        assert!(serde_json::from_str::<Price>("null").is_err());
    }

    proptest! {
        #[test]
        fn fuzz_an_amount_survives_being_written(minor_units in -9_000_000_000_000_000_i64..9_000_000_000_000_000) {
            let price = Price::from_minor_units(minor_units);
            prop_assert_eq!(Price::parse(&price.to_string()), Ok(price));
        }

        #[test]
        fn fuzz_no_text_makes_it_panic(text in r"-?[0-9.]{0,30}|\PC{0,20}") {
            let read = Price::parse(&text);
            prop_assert!(read.is_err() || !text.trim().is_empty());
        }
    }
}
