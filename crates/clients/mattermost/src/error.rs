//! What can go wrong. The status is looked at before the body: the error object's `id` is a code.

use std::time::Duration;

use bheem_http_kit::{Effect, ErrorKind, Failure, PeerText, Response};
use serde::Deserialize;

use crate::{ErrorId, wire};

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Mattermost will not do it.
    #[error("{operation}: Mattermost refuses ({status}, {id})")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// The status of HTTP.
        status: u16,
        /// What is wrong.
        id: ErrorId,
        /// Mattermost's words, translated to the caller's language; they may repeat what it was sent.
        message: PeerText,
        /// How its log names this request.
        request_id: String,
    },
    /// The answer lacks what it must have.
    #[error("{operation}: the answer has no {what}")]
    Incomplete {
        /// The operation.
        operation: &'static str,
        /// What is lacking.
        what: &'static str,
    },
    /// A web page, such as that of a sign-in, in place of an answer.
    #[error("{operation}: a web page in place of an answer (status {status})")]
    Page {
        /// The operation.
        operation: &'static str,
        /// The status.
        status: u16,
    },
    /// A refusal that is not Mattermost's own: a proxy or a rule of the web server answered.
    #[error("{operation}: something in front of Mattermost answered {status}")]
    Blocked {
        /// The operation.
        operation: &'static str,
        /// The status.
        status: u16,
    },
    /// The exchange failed, or the status is a failure without Mattermost's words.
    #[error(transparent)]
    Http(#[from] bheem_http_kit::Error),
}

impl Error {
    /// What Mattermost says is wrong, when it says so.
    #[must_use]
    pub fn id(&self) -> Option<&ErrorId> {
        match self {
            Self::Refused { id, .. } => Some(id),
            _ => None,
        }
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused { id, .. } if id.is_conflict() => ErrorKind::Conflict,
            Self::Refused { id, .. } if id.is_missing() => ErrorKind::NotFound,
            // 501 is how a switched-off feature is told.
            Self::Refused { status: 501, .. } => ErrorKind::Invalid,
            Self::Refused { status, .. } => wire::kind_of(*status),
            Self::Incomplete { .. } | Self::Page { .. } => ErrorKind::Protocol,
            Self::Blocked { .. } => ErrorKind::Unauthorized,
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether Mattermost may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Refused { status, .. } => wire::effect_of(*status),
            Self::Incomplete { .. } | Self::Page { .. } => Effect::Unknown,
            Self::Blocked { .. } => Effect::Rejected,
            Self::Http(error) => error.effect(),
        }
    }

    /// Whether the answer says, in Mattermost's own words, that what was asked for is not there. A bare 404 of
    /// something in between, or of a path that the server does not have, says nothing about it.
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            Self::Refused { id, status, .. } => {
                id.is_missing() || (*status == 404 && *id != ErrorId::UnknownPath)
            }
            _ => false,
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
    id: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    request_id: String,
}

/// Reads a failing answer. The limit of requests answers in plain text.
pub(crate) fn of(answer: &Response) -> Error {
    let status = answer.status().as_u16();
    if status == 429 {
        return limited(answer);
    }
    match answer.json::<Body>() {
        Ok(body) if !answer.status().is_redirection() && !body.id.is_empty() => Error::Refused {
            operation: answer.operation(),
            status,
            id: ErrorId::of(body.id),
            message: body.message.into(),
            request_id: body.request_id,
        },
        _ if status == 403 => Error::Blocked {
            operation: answer.operation(),
            status,
        },
        _ if answer.status().is_redirection() => page(answer),
        _ => answer.to_error().into(),
    }
}

/// A page, or a redirection to one.
pub(crate) fn page(answer: &Response) -> Error {
    Error::Page {
        operation: answer.operation(),
        status: answer.status().as_u16(),
    }
}

/// `Retry-After` where it is sent, else the seconds of `X-RateLimit-Reset`.
fn limited(answer: &Response) -> Error {
    let reset = answer
        .header("x-ratelimit-reset")
        .and_then(|text| text.trim().parse().ok())
        .filter(|seconds| *seconds <= 86_400)
        .map(Duration::from_secs);
    Error::Http(bheem_http_kit::Error::Status {
        operation: answer.operation(),
        status: answer.status(),
        retry_after: answer.retry_after().or(reset),
    })
}
