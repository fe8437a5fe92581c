//! Plans, quotas and seats.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// The code of a plan, such as `free`. Plans are rows; which codes exist is the database's to say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlanCode(String);

impl PlanCode {
    /// Parses a code: letters, digits, `_` and `-`, at most 50 characters. Case is kept, as stock
    /// keeping codes are upper case.
    ///
    /// # Errors
    /// [`Invalid`] for the field `plan`.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let fits = (1..=50).contains(&value.len())
            && value
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if fits {
            Ok(Self(value.to_owned()))
        } else {
            Err(Invalid::new("plan", "is not a plan"))
        }
    }

    /// The code's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlanCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PlanCode {
    type Error = Invalid;

    fn try_from(value: String) -> Result<Self, Invalid> {
        Self::parse(&value)
    }
}

impl From<PlanCode> for String {
    fn from(value: PlanCode) -> Self {
        value.0
    }
}

/// An upper bound, or none. In the database `NULL`, in the API `-1` stands for no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(Option<i32>);

impl Limit {
    /// No bound.
    pub const UNLIMITED: Self = Self(None);

    /// At most `value`.
    #[must_use]
    pub const fn at_most(value: i32) -> Self {
        Self(Some(value))
    }

    /// From a nullable column.
    #[must_use]
    pub const fn from_column(value: Option<i32>) -> Self {
        Self(value)
    }

    /// For a nullable column.
    #[must_use]
    pub const fn to_column(self) -> Option<i32> {
        self.0
    }

    /// For the API: `-1` when there is no bound.
    #[must_use]
    pub fn to_api(self) -> i32 {
        self.0.unwrap_or(-1)
    }

    /// Whether one more fits beside `used`.
    #[must_use]
    pub fn has_room_for_one(self, used: i32) -> bool {
        self.0.is_none_or(|max| used < max)
    }
}

/// What a plan grants, copied to the tenant when the plan is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Active members.
    pub max_users: Limit,
    /// Meeting time a month, in hours.
    pub meet_hours: Limit,
    /// Files, in MiB.
    pub docs_mb: Limit,
    /// Mail, in MiB.
    pub mail_mb: Limit,
    /// Recordings, in MiB.
    pub recordings_mb: Limit,
}

/// May one more person have a seat?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatDecision {
    /// There is a free seat.
    Free,
    /// All seats are taken; carries how many there are.
    Full(i32),
}

/// Decides on a seat. Deactivated members hold none, so they are not in `taken`.
#[must_use]
pub fn seat(max_users: Limit, taken: i32) -> SeatDecision {
    match max_users.to_column() {
        Some(max) if taken >= max => SeatDecision::Full(max),
        _ => SeatDecision::Free,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_end_at_the_limit() {
        assert_eq!(seat(Limit::at_most(5), 4), SeatDecision::Free);
        assert_eq!(seat(Limit::at_most(5), 5), SeatDecision::Full(5));
        // A plan may have become smaller than the number of members.
        assert_eq!(seat(Limit::at_most(5), 9), SeatDecision::Full(5));
        assert_eq!(seat(Limit::UNLIMITED, i32::MAX), SeatDecision::Free);
    }

    #[test]
    fn no_bound_is_minus_one_in_the_api() {
        assert_eq!(Limit::UNLIMITED.to_api(), -1);
        assert_eq!(Limit::at_most(0).to_api(), 0);
        assert!(!Limit::at_most(0).has_room_for_one(0));
    }

    #[test]
    fn plan_codes_are_words() {
        assert!(PlanCode::parse("WORKSPACE-STARTER").is_ok());
        for bad in ["", "a b", "a'b", &"x".repeat(51)] {
            assert!(PlanCode::parse(bad).is_err());
        }
    }
}
