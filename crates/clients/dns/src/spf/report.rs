//! What a walk found out.

use std::collections::BTreeSet;

use super::{SpfError, SpfRecord};

/// What makes receivers give up (`permerror`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpfProblem {
    /// A record that is referred to does not exist.
    #[error("{name} has no SPF record")]
    NoRecord {
        /// Whose.
        name: String,
    },
    /// There are several records where there may be one.
    #[error("{name} has several SPF records")]
    Several {
        /// Whose.
        name: String,
    },
    /// A record is not well-formed.
    #[error("the SPF record of {name} is wrong: {reason}")]
    Malformed {
        /// Whose.
        name: String,
        /// What is wrong.
        reason: SpfError,
    },
    /// A record refers to itself, if through others.
    #[error("the SPF record of {name} includes itself")]
    Loop {
        /// Whose.
        name: String,
    },
    /// More than ten terms have to be looked up.
    #[error("more than 10 lookups are needed")]
    TooManyLookups,
    /// More than two lookups find nothing.
    #[error("more than 2 lookups find nothing")]
    TooManyVoidLookups,
    /// A domain has more than ten mail exchangers, and `mx` asks for all of them.
    #[error("{name} has more than 10 mail exchangers")]
    TooManyExchangers {
        /// Which domain.
        name: String,
    },
}

/// What the SPF record of a domain comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpfReport {
    /// The domain's own SPF texts.
    pub found: Vec<String>,
    /// The domain's record, if there is one that can be read.
    pub record: Option<SpfRecord>,
    /// Whose records let senders pass: through `include` and `redirect`, at any depth.
    pub included: BTreeSet<String>,
    /// How many terms have to be looked up.
    pub lookups: u32,
    /// How many lookups found nothing.
    pub void_lookups: u32,
    /// Whether some terms depend on the mail, so that they could not be followed.
    pub has_macros: bool,
    /// Why receivers give up; none if they do not.
    pub problems: Vec<SpfProblem>,
}

impl SpfReport {
    /// Is there a record that receivers can work with?
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.record.is_some() && self.problems.is_empty()
    }

    /// May whoever this domain lets send also send for the one that was looked at? Only what passes counts; `-include` and
    /// its like do not.
    #[must_use]
    pub fn includes(&self, domain: &str) -> bool {
        self.included.contains(&crate::name::canonical(domain))
    }
}
