//! What a person is told when it cannot go on, and is not sent back to any client.

use super::strings::Strings;
use crate::{Error, OAuthError};

/// Why a page ends here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The request is used up, has lapsed, or is another browser's.
    Expired,
    /// The form is none of ours.
    Form,
    /// There is no such client.
    Client,
    /// The client has not registered the address.
    Redirect,
    /// The request makes no sense; nothing is sent to an address that is not proven.
    Request(OAuthError),
}

impl Problem {
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::Form => 403,
            Self::Expired | Self::Client | Self::Redirect | Self::Request(_) => 400,
        }
    }

    pub(crate) const fn text(&self, s: &Strings) -> &'static str {
        match self {
            Self::Expired => s.error_expired,
            Self::Form => s.error_form,
            Self::Client => s.error_client,
            Self::Redirect => s.error_redirect,
            Self::Request(_) => s.error_request,
        }
    }

    /// For whoever looks after the client.
    pub(crate) fn code(&self) -> Option<String> {
        match self {
            Self::Request(error) => Some(error.to_string()),
            Self::Client => Some("invalid_client".to_owned()),
            Self::Redirect => Some("invalid_request: redirect_uri".to_owned()),
            Self::Expired | Self::Form => None,
        }
    }
}

/// Why there is no ordinary answer.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The person is told.
    Told(Problem),
    /// Something of ours failed.
    Failed(Error),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Told(problem)
    }
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What a page comes to.
pub(crate) type Shown<T = crate::Answer> = Result<T, Stop>;
