//! What the numbers of SMTP mean (RFC 5321, section 4.2.3; RFC 4954, section 6).

use std::io;

use bheem_http_kit::{Effect, PeerText};
use lettre::transport::smtp::{Error as Smtp, response::Code};

use crate::Error;

pub(super) fn number(code: Code) -> u16 {
    code.to_string().parse().unwrap_or(0)
}

/// The server's words; `lettre` keeps them in the source.
pub(super) fn words(error: &Smtp) -> PeerText {
    let source = std::error::Error::source(error);
    PeerText::from(source.map(ToString::to_string).unwrap_or_default())
}

/// A failed step. `effect` is what is to be assumed when there was no answer.
pub(super) fn of(operation: &'static str, error: Smtp, effect: Effect) -> Error {
    let Some(code) = error.status().map(number) else {
        if error.is_timeout() {
            return Error::Timeout { operation, effect };
        }
        // So `lettre` calls the end of the connection.
        let is_end = words(&error).as_str() == "incomplete response";
        if error.is_response() && !is_end {
            return Error::Protocol {
                operation,
                reason: "not an answer of SMTP",
                effect,
            };
        }
        return Error::Interrupted {
            operation,
            source: io::Error::other(error),
            effect,
        };
    };
    let text = words(&error);
    match code {
        421 => Error::Unavailable {
            operation,
            text,
            effect: Effect::Rejected,
        },
        // No room (RFC 5321, section 4.2.2). 552 is also a message that is too large for this server.
        452 | 552 if !text.as_str().to_ascii_lowercase().contains("size") => {
            Error::OverQuota { operation }
        }
        530 | 534 | 535 | 538 => Error::Unauthorized { operation, text },
        _ => Error::Refused {
            operation,
            code: code.to_string(),
            is_temporary: (400..500).contains(&code),
            text,
        },
    }
}

pub(super) fn of_login(operation: &'static str, mechanism: &'static str, error: Smtp) -> Error {
    match error.status().map(number) {
        Some(500..=504) => Error::Unsupported {
            operation,
            capability: mechanism,
        },
        Some(code @ 400..=499) if code != 432 => Error::Unavailable {
            operation,
            text: words(&error),
            effect: Effect::NotSent,
        },
        Some(_) => Error::Unauthorized {
            operation,
            text: words(&error),
        },
        None => of(operation, error, Effect::NotSent),
    }
}
