//! What can go wrong. Mailgun tells it by status and a sentence; sentences change, so that statuses count.

use bheem_http_kit::{Effect, ErrorKind, Failure, PeerText, Response, StatusCode};
use serde::Deserialize;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Mailgun will not do it.
    #[error("{operation}: Mailgun refuses ({status})")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// The status of HTTP.
        status: u16,
        /// Mailgun's sentence, which may repeat what it was sent.
        message: PeerText,
    },
    /// The account has this domain already.
    #[error("{operation}: the account has this domain")]
    DomainExists {
        /// The operation.
        operation: &'static str,
    },
    /// Another account of Mailgun has this domain: its owner must release it there.
    #[error("{operation}: another account has this domain")]
    DomainTaken {
        /// The operation.
        operation: &'static str,
        /// Mailgun's sentence.
        message: PeerText,
    },
    /// A message cannot be sent as it is; nothing was.
    #[error("{operation}: {what}")]
    Malformed {
        /// The operation.
        operation: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The next page is said to be on another server, which is not asked.
    #[error("{operation}: the next page is said to be elsewhere")]
    ForeignPage {
        /// The operation.
        operation: &'static str,
    },
    /// The exchange failed, or the status is a failure without Mailgun's words.
    #[error(transparent)]
    Http(#[from] bheem_http_kit::Error),
}

impl Error {
    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused { status, .. } => StatusCode::from_u16(*status)
                .map_or(ErrorKind::Protocol, |status| {
                    ErrorKind::of_status(status, None)
                }),
            Self::DomainExists { .. } | Self::DomainTaken { .. } => ErrorKind::Conflict,
            Self::Malformed { .. } => ErrorKind::Invalid,
            Self::ForeignPage { .. } => ErrorKind::Protocol,
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether Mailgun may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Refused { .. } | Self::DomainExists { .. } | Self::DomainTaken { .. } => {
                Effect::Rejected
            }
            Self::Malformed { .. } => Effect::NotSent,
            Self::ForeignPage { .. } => Effect::Unknown,
            Self::Http(error) => error.effect(),
        }
    }

    /// Whether Mailgun itself says that there is no such thing.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
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

#[derive(Deserialize)]
struct Body {
    message: String,
}

/// Reads a failing answer. What is wrong with the request has Mailgun's own body; the rest, the limit of requests with
/// its `Retry-After` among it, is what its status says.
pub(crate) fn of(answer: &Response) -> Error {
    let status = answer.status().as_u16();
    match answer.json::<Body>() {
        Ok(body) if (400..500).contains(&status) && !matches!(status, 408 | 425 | 429) => {
            Error::Refused {
                operation: answer.operation(),
                status,
                message: body.message.into(),
            }
        }
        _ => answer.to_error().into(),
    }
}
