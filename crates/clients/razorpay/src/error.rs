//! What Razorpay can refuse (<https://razorpay.com/docs/errors/>).

use bheem_http_kit::{Effect, ErrorKind, Failure, PeerText, Response};
use serde::Deserialize;

/// Why Razorpay refuses, as far as its words can be sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No such order, payment or refund.
    NotFound,
    /// An order with this receipt exists.
    ReceiptTaken,
    /// The payment was captured before.
    AlreadyCaptured,
    /// Nothing is left to be refunded.
    AlreadyRefunded,
    /// Anything else about the request.
    Other,
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Razorpay will not do it.
    #[error("{operation}: Razorpay refuses ({code})")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// Sorted.
        reason: Reason,
        /// `BAD_REQUEST_ERROR` and the like.
        code: String,
        /// The field that is wrong, when Razorpay names one.
        field: Option<String>,
        /// Razorpay's words, which may repeat what it was sent.
        description: PeerText,
    },
    /// The exchange failed, or the status is another failure.
    #[error(transparent)]
    Http(#[from] bheem_http_kit::Error),
}

impl Error {
    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused { reason, .. } => match reason {
                Reason::NotFound => ErrorKind::NotFound,
                Reason::ReceiptTaken | Reason::AlreadyCaptured | Reason::AlreadyRefunded => {
                    ErrorKind::Conflict
                }
                Reason::Other => ErrorKind::Invalid,
            },
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether Razorpay may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Refused { .. } => Effect::Rejected,
            Self::Http(error) => error.effect(),
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

#[derive(Deserialize)]
struct Body {
    error: Detail,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    code: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    field: Option<String>,
}

/// Reads a failing answer. A 400 or 404 with Razorpay's own body is a refusal; the rest is what its status says.
pub(crate) fn of(answer: &Response) -> Error {
    let body: Result<Body, _> = answer.json();
    match (answer.status().as_u16(), body) {
        (400 | 404, Ok(Body { error })) => {
            let description = error.description.unwrap_or_default();
            Error::Refused {
                operation: answer.operation(),
                reason: reason(answer.status().as_u16(), &description),
                code: error.code,
                field: error.field.filter(|field| !field.is_empty()),
                description: description.into(),
            }
        }
        _ => answer.to_error().into(),
    }
}

/// Razorpay has no code for these, only words.
fn reason(status: u16, description: &str) -> Reason {
    let words = description.to_ascii_lowercase();
    let says = |part: &str| words.contains(part);
    if says("receipt should be unique") {
        Reason::ReceiptTaken
    } else if says("already been captured") {
        Reason::AlreadyCaptured
    } else if says("fully refunded") {
        Reason::AlreadyRefunded
    } else if status == 404 || says("does not exist") || says("is not a valid id") {
        Reason::NotFound
    } else {
        Reason::Other
    }
}
