//! What became of a check, with what was found, so that it can be shown to whoever has to repair it.

use std::fmt;

use bheem_http_kit::ErrorKind;

use crate::{Error, RecordType};

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is as it should be.
    Valid,
    /// There is nothing.
    Missing,
    /// There is something else.
    Mismatch {
        /// What is there.
        found: Vec<String>,
    },
    /// There are several of what there may be one of.
    Multiple {
        /// What is there.
        found: Vec<String>,
    },
    /// It is there, and wrong in itself.
    Invalid {
        /// What is wrong, for people.
        reason: String,
    },
    /// Nobody could find out: neither for nor against.
    Unavailable {
        /// What happened.
        kind: ErrorKind,
    },
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// Which name was looked at.
    pub name: String,
    /// Which records.
    pub record_type: RecordType,
    /// What was wanted.
    pub expected: Vec<String>,
    /// What was found, whatever the verdict.
    pub found: Vec<String>,
    /// How it ended.
    pub verdict: Verdict,
}

impl Check {
    /// Is it as it should be?
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.verdict == Verdict::Valid
    }
}

/// What is wanted of a name.
pub(crate) struct Question<'a> {
    pub(crate) name: &'a str,
    pub(crate) record_type: RecordType,
    pub(crate) expected: Vec<String>,
}

impl Question<'_> {
    pub(crate) fn ended(self, found: Vec<String>, verdict: Verdict) -> Check {
        Check {
            name: crate::name::canonical(self.name),
            record_type: self.record_type,
            expected: self.expected,
            found,
            verdict,
        }
    }

    pub(crate) fn unavailable(self, error: &Error) -> Check {
        let kind = error.kind();
        self.ended(Vec::new(), Verdict::Unavailable { kind })
    }
}

pub(crate) fn invalid(reason: impl fmt::Display) -> Verdict {
    Verdict::Invalid {
        reason: reason.to_string(),
    }
}
