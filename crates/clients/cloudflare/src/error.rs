//! What Cloudflare can refuse.
//!
//! A refusal is an envelope with `success: false`, whatever the status. Its codes decide; an answer without an
//! envelope is what its status says.

use std::time::Duration;

use bheem_http_kit::{Effect, ErrorKind, Failure, PeerText, StatusCode};

/// Why Cloudflare refuses, as far as its codes can be sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// An identical record exists (81058).
    Identical,
    /// A record that excludes this one exists (81053, 81054, 81057): a person has to decide.
    Conflicting,
    /// No such zone, record or route (81044, 7003, 7000, 1001).
    NotFound,
    /// The token is wrong or not allowed to do this (9109, 10000, 9103, 6003 and their like).
    Unauthorized,
    /// Something about the request is wrong (1004, and 9000 and following for records).
    Invalid,
    /// Too many requests (971, or status 429).
    Throttled,
    /// Anything else.
    Other,
}

/// One entry of `errors`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PeerError {
    /// Cloudflare's number.
    pub code: i64,
    /// Cloudflare's words, which may repeat what it was sent.
    pub message: PeerText,
    /// What lies behind it, in order; cut off after 16.
    pub chain: Vec<(i64, PeerText)>,
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Cloudflare will not do it.
    #[error("{operation}: Cloudflare refuses with {status} ({})", codes(errors))]
    Refused {
        /// The operation.
        operation: &'static str,
        /// The status of the answer.
        status: StatusCode,
        /// Sorted.
        reason: Reason,
        /// All that Cloudflare says.
        errors: Vec<PeerError>,
        /// How long Cloudflare asked us to wait.
        retry_after: Option<Duration>,
    },
    /// The record is none; nothing was sent.
    #[error("{operation}: not a record that Cloudflare would take")]
    Record {
        /// The operation.
        operation: &'static str,
        /// What is wrong with it.
        #[source]
        source: crate::InvalidRecord,
    },
    /// A list did not end where it had to.
    #[error("{operation}: the list has more than {limit} items")]
    Endless {
        /// The operation.
        operation: &'static str,
        /// How many were read.
        limit: usize,
    },
    /// The exchange failed, or the status is a failure that Cloudflare says nothing about.
    #[error(transparent)]
    Http(#[from] bheem_http_kit::Error),
}

fn codes(errors: &[PeerError]) -> String {
    let codes: Vec<String> = errors.iter().map(|error| error.code.to_string()).collect();
    codes.join(", ")
}

impl Error {
    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused {
                reason,
                retry_after,
                ..
            } => match reason {
                Reason::Identical | Reason::Conflicting => ErrorKind::Conflict,
                Reason::NotFound => ErrorKind::NotFound,
                Reason::Unauthorized => ErrorKind::Unauthorized,
                Reason::Throttled => ErrorKind::RateLimited {
                    after: *retry_after,
                },
                Reason::Invalid | Reason::Other => ErrorKind::Invalid,
            },
            Self::Record { .. } => ErrorKind::Invalid,
            Self::Endless { .. } => ErrorKind::Protocol,
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether Cloudflare may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Refused { .. } => Effect::Rejected,
            Self::Record { .. } => Effect::NotSent,
            Self::Endless { .. } => Effect::Unknown,
            Self::Http(error) => error.effect(),
        }
    }

    /// Cloudflare's reason, if it gave one.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused { reason, .. } => Some(*reason),
            _ => None,
        }
    }
}

impl Failure for Error {
    fn kind(&self) -> ErrorKind {
        Self::kind(self)
    }

    fn effect(&self) -> Effect {
        Self::effect(self)
    }
}

/// Sorts by all codes, those of the chain included: validation often says what is wrong only there. What comes first
/// in the list below wins, so that an identical record is one even if the envelope says more.
pub(crate) fn sort(status: StatusCode, errors: &[PeerError]) -> Reason {
    let all = || {
        errors.iter().flat_map(|error| {
            std::iter::once(error.code).chain(error.chain.iter().map(|(code, _)| *code))
        })
    };
    let has = |wanted: fn(i64) -> bool| all().any(wanted);
    if status == StatusCode::TOO_MANY_REQUESTS || has(|code| code == 971) {
        Reason::Throttled
    } else if has(|code| matches!(code, 6003 | 9103 | 9106 | 9107 | 9109 | 10_000 | 10_001)) {
        Reason::Unauthorized
    } else if has(|code| code == 81_058) {
        Reason::Identical
    } else if has(|code| matches!(code, 81_053 | 81_054 | 81_056 | 81_057)) {
        Reason::Conflicting
    } else if has(|code| matches!(code, 81_044 | 7000 | 7003 | 1001)) {
        Reason::NotFound
    } else if has(|code| code == 1004 || (9000..9103).contains(&code)) {
        Reason::Invalid
    } else {
        match status.as_u16() {
            401 | 403 => Reason::Unauthorized,
            404 => Reason::NotFound,
            409 => Reason::Conflicting,
            _ => Reason::Other,
        }
    }
}
