//! Why a question has no answer. That a name or a type does not exist is an answer, not an error: see
//! [`crate::Answer`].

use bheem_http_kit::{Effect, ErrorKind, Failure};

use crate::RecordType;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// No server can be asked at all.
    #[error("there is no name server to ask")]
    NoServers,
    /// What was asked for is no name.
    #[error("not a domain name")]
    Name,
    /// SERVFAIL: the server could not find out.
    #[error("the name server failed")]
    ServerFailure,
    /// REFUSED: the server does not answer this, or not us.
    #[error("the name server refuses")]
    Refused,
    /// The server that was said to be authoritative sends us elsewhere.
    #[error("the name server is not authoritative")]
    Lame,
    /// Another code (RFC 6895, section 2.3).
    #[error("the name server answered with code {0}")]
    Code(u16),
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// Nobody can be reached there.
    #[error("the name server cannot be reached")]
    Unreachable,
    /// The answer could not be understood.
    #[error("the answer is not understood")]
    Malformed,
    /// Aliases lead back to where they began, or on for too long.
    #[error("aliases go round in a circle")]
    AliasLoop,
}

impl Cause {
    /// Of several servers' failures the most telling one is reported.
    pub(crate) fn weight(self) -> u8 {
        match self {
            Self::ServerFailure | Self::Code(_) => 6,
            Self::Refused => 5,
            Self::Lame => 4,
            Self::Malformed => 3,
            Self::Timeout => 2,
            Self::Unreachable => 1,
            Self::NoServers | Self::Name | Self::AliasLoop => 0,
        }
    }

    /// Is it worth asking the same server again?
    pub(crate) fn may_pass(self) -> bool {
        matches!(
            self,
            Self::ServerFailure | Self::Timeout | Self::Unreachable | Self::Malformed
        )
    }
}

/// A question without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{record_type} of {name}: {cause}")]
#[non_exhaustive]
pub struct Error {
    /// What was asked about.
    pub name: String,
    /// What was asked for.
    pub record_type: RecordType,
    /// What happened.
    pub cause: Cause,
}

impl Error {
    pub(crate) fn new(name: &str, record_type: RecordType, cause: Cause) -> Self {
        Self {
            name: name.to_owned(),
            record_type,
            cause,
        }
    }

    /// What happened, in the terms of all clients.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self.cause {
            Cause::Name => ErrorKind::Invalid,
            Cause::Refused => ErrorKind::Unauthorized,
            Cause::Timeout => ErrorKind::Timeout,
            Cause::Malformed | Cause::AliasLoop | Cause::Code(_) => ErrorKind::Protocol,
            Cause::NoServers | Cause::ServerFailure | Cause::Lame | Cause::Unreachable => {
                ErrorKind::Unavailable
            }
        }
    }

    /// Whether a server saw the question. Questions change nothing, so it is always safe to ask again.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self.cause {
            Cause::NoServers | Cause::Name | Cause::Unreachable => Effect::NotSent,
            Cause::Timeout | Cause::Malformed => Effect::Unknown,
            _ => Effect::Rejected,
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
