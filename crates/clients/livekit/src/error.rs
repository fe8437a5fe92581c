//! What LiveKit can refuse, in the codes of Twirp (<https://twitchtv.github.io/twirp/docs/errors.html>).

use std::fmt;

use bheem_http_kit::{Effect, ErrorKind, Failure, PeerText, Response};
use serde::Deserialize;

use crate::verify::TokenError;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// A code of Twirp.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)+
            /// One that this crate does not know.
            Other(String),
        }

        impl Code {
            fn of(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text.chars().take(64).collect()),
                }
            }
        }

        impl fmt::Display for Code {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                })
            }
        }
    };
}

codes! {
    /// It does not exist.
    NotFound = "not_found",
    /// It exists.
    AlreadyExists = "already_exists",
    /// Something in the request is wrong.
    InvalidArgument = "invalid_argument",
    /// The request cannot be read.
    Malformed = "malformed",
    /// The token is missing or wrong.
    Unauthenticated = "unauthenticated",
    /// The token does not allow it.
    PermissionDenied = "permission_denied",
    /// Things are not as they would have to be.
    FailedPrecondition = "failed_precondition",
    /// Somebody else was faster.
    Aborted = "aborted",
    /// A limit is reached.
    ResourceExhausted = "resource_exhausted",
    /// LiveKit cannot do it now.
    Unavailable = "unavailable",
    /// It took too long.
    DeadlineExceeded = "deadline_exceeded",
    /// LiveKit is broken, or lacks what it needs, such as Redis for egress.
    Internal = "internal",
    /// LiveKit does not know the method.
    Unimplemented = "unimplemented",
    /// LiveKit does not know the address.
    BadRoute = "bad_route",
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// LiveKit says no.
    #[error("{operation}: LiveKit answers {code}")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// Its code.
        code: Code,
        /// Its words, which may repeat what it was sent.
        message: PeerText,
    },
    /// The token for the call could not be made: a room without a name.
    #[error("{operation}: {source}")]
    Token {
        /// The operation.
        operation: &'static str,
        /// Why.
        source: TokenError,
    },
    /// The exchange failed, or the status is a failure without a code.
    #[error(transparent)]
    Http(#[from] bheem_http_kit::Error),
}

impl Error {
    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused { code, .. } => match code {
                Code::NotFound => ErrorKind::NotFound,
                Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => {
                    ErrorKind::Conflict
                }
                Code::InvalidArgument | Code::Malformed | Code::Unimplemented | Code::BadRoute => {
                    ErrorKind::Invalid
                }
                Code::Unauthenticated | Code::PermissionDenied => ErrorKind::Unauthorized,
                Code::ResourceExhausted => ErrorKind::RateLimited { after: None },
                Code::DeadlineExceeded => ErrorKind::Timeout,
                Code::Unavailable | Code::Internal => ErrorKind::Unavailable,
                Code::Other(_) => ErrorKind::Protocol,
            },
            Self::Token { .. } => ErrorKind::Invalid,
            Self::Http(error) => error.kind(),
        }
    }

    /// Whether LiveKit may have done it.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Refused { code, .. } => match code {
                Code::Unavailable | Code::Internal | Code::DeadlineExceeded | Code::Other(_) => {
                    Effect::Unknown
                }
                _ => Effect::Rejected,
            },
            Self::Token { .. } => Effect::NotSent,
            Self::Http(error) => error.effect(),
        }
    }

    /// Whether LiveKit says that it does not exist.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                code: Code::NotFound,
                ..
            }
        )
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
    code: String,
    #[serde(default)]
    msg: String,
}

/// Reads a failing answer. A limit keeps its status, which tells how long to wait.
pub(crate) fn of(answer: &Response) -> Error {
    match answer.json::<Body>() {
        Ok(body) if answer.status().as_u16() != 429 => Error::Refused {
            operation: answer.operation(),
            code: Code::of(&body.code),
            message: body.msg.into(),
        },
        _ => answer.to_error().into(),
    }
}
