//! From what a peer's client says to what the engine of runs must hear. The only place that decides which failure is
//! worth another try.
//!
//! Invariants: a refusal of our own credentials is never the fault of one person's run, so it is waited out as if the
//! peer were away; a request that may have been carried out is `Unknown`, so that the next attempt looks first; only
//! what the peer refuses for good is a rejection.

pub(crate) mod mailcow;
pub(crate) mod nextcloud;
pub(crate) mod notify;

use std::fmt::Display;

use bheem_http_kit::{Effect, ErrorKind};
use bheem_saga::{Failure, Probe, Reject, Retry, Undo};

/// What a person reads of an error: the cause and the next step, where the peer's client knows them.
pub(crate) trait Told: bheem_http_kit::Failure + Display {
    /// The text.
    fn told(&self) -> String {
        self.to_string()
    }
}

impl Told for bheem_mailcow::Error {
    fn told(&self) -> String {
        self.advice()
    }
}

impl Told for bheem_nextcloud::Error {
    fn told(&self) -> String {
        self.advice()
    }
}

impl Told for bheem_caldav::Error {}
impl Told for bheem_notify::Error {}

/// A change that failed.
pub(crate) fn failed<E: Told>(error: &E) -> Failure {
    let reason = error.told();
    match (error.kind(), error.effect()) {
        (ErrorKind::RateLimited { .. } | ErrorKind::Unauthorized, _)
        | (ErrorKind::Unavailable | ErrorKind::Timeout, Effect::NotSent | Effect::Rejected) => {
            unanswered(error).into()
        }
        (ErrorKind::Conflict, Effect::NotSent | Effect::Rejected) => {
            Reject::new("conflict", reason).into()
        }
        (ErrorKind::Invalid, Effect::NotSent | Effect::Rejected) => {
            Reject::new("refused", reason).into()
        }
        (ErrorKind::NotFound, Effect::NotSent | Effect::Rejected) => {
            Reject::new("not_found", reason).into()
        }
        _ => Failure::Unknown { reason },
    }
}

/// A question that was not answered; asking changes nothing.
pub(crate) fn unanswered<E: Told>(error: &E) -> Retry {
    let reason = error.told();
    match error.kind() {
        ErrorKind::RateLimited { after } => {
            let retry = Retry::because(reason);
            match after {
                Some(after) => retry.after(after),
                None => retry,
            }
        }
        ErrorKind::Unauthorized => Retry::peer_down(format!(
            "{reason}: the workspace's own credentials need an operator"
        )),
        ErrorKind::Unavailable | ErrorKind::Timeout => Retry::peer_down(reason),
        _ => Retry::because(reason),
    }
}

/// The peer of a step that was planned is not configured in this process.
pub(crate) fn not_configured(peer: &str) -> Retry {
    Retry::because(format!("{peer} is not configured on this server"))
}

/// A probe written with `?`. What could not be found out is asked again.
pub(crate) fn probed<T>(result: Result<Probe<T>, Failure>) -> Probe<T> {
    match result {
        Ok(probe) => probe,
        Err(failure) => Probe::Retry(again(failure)),
    }
}

/// An undo written with `?`. The next attempt probes first in any case.
pub(crate) fn undone(result: Result<(), Failure>) -> Undo {
    match result {
        Ok(()) => Undo::Done,
        Err(Failure::Reject(reject)) => Undo::Reject(reject),
        Err(failure) => Undo::Retry(again(failure)),
    }
}

fn again(failure: Failure) -> Retry {
    match failure {
        Failure::Retry(retry) => retry,
        Failure::Reject(reject) => Retry::because(format!("{}: {}", reject.code, reject.detail)),
        Failure::Unknown { reason } => Retry::because(reason),
    }
}

/// A failure of our own database or vault: nothing about it is for good, except that what was there is gone.
pub(crate) fn database(error: &bheem_persistence::Error) -> Failure {
    match error {
        bheem_persistence::Error::NotFound { what } => {
            Reject::new("gone", format!("no such {what}")).into()
        }
        other => Retry::because(other.to_string()).into(),
    }
}

/// A failure of the vault, such as a key that is missing from the ring.
pub(crate) fn vault(error: &bheem_vault::Error) -> Failure {
    Retry::because(error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{kind:?}")]
    struct Fake {
        kind: ErrorKind,
        effect: Effect,
    }

    impl Told for Fake {}

    impl bheem_http_kit::Failure for Fake {
        fn kind(&self) -> ErrorKind {
            self.kind
        }

        fn effect(&self) -> Effect {
            self.effect
        }
    }

    const KINDS: [ErrorKind; 8] = [
        ErrorKind::Unauthorized,
        ErrorKind::NotFound,
        ErrorKind::Conflict,
        ErrorKind::Invalid,
        ErrorKind::RateLimited {
            after: Some(Duration::from_secs(7)),
        },
        ErrorKind::Unavailable,
        ErrorKind::Timeout,
        ErrorKind::Protocol,
    ];

    #[test]
    fn what_may_have_been_done_is_never_refused_for_good() {
        for kind in KINDS {
            let failure = failed(&Fake {
                kind,
                effect: Effect::Unknown,
            });
            assert!(!matches!(failure, Failure::Reject(_)), "{kind:?}");
        }
    }

    #[test]
    fn refused_credentials_of_ours_wait_for_an_operator() {
        for effect in [Effect::NotSent, Effect::Rejected, Effect::Unknown] {
            let failure = failed(&Fake {
                kind: ErrorKind::Unauthorized,
                effect,
            });
            assert!(
                matches!(&failure, Failure::Retry(retry) if retry.is_peer_down),
                "{failure:?}"
            );
        }
    }

    #[test]
    fn a_peer_that_asks_for_time_gets_it_and_is_not_down() {
        let failure = failed(&Fake {
            kind: ErrorKind::RateLimited {
                after: Some(Duration::from_secs(7)),
            },
            effect: Effect::Rejected,
        });
        let Failure::Retry(retry) = failure else {
            panic!("{failure:?}")
        };
        assert_eq!(retry.after, Some(Duration::from_secs(7)));
        assert!(!retry.is_peer_down);
    }

    #[test]
    fn a_refusal_is_final_and_an_absence_of_the_peer_is_not() {
        for kind in KINDS {
            let failure = failed(&Fake {
                kind,
                effect: Effect::Rejected,
            });
            let is_final = matches!(
                kind,
                ErrorKind::Conflict | ErrorKind::Invalid | ErrorKind::NotFound
            );
            assert_eq!(matches!(failure, Failure::Reject(_)), is_final, "{kind:?}");
        }
        let failure = failed(&Fake {
            kind: ErrorKind::Unavailable,
            effect: Effect::NotSent,
        });
        assert!(matches!(&failure, Failure::Retry(retry) if retry.is_peer_down));
    }

    #[test]
    fn an_unanswered_question_is_asked_again() {
        for kind in KINDS {
            let failure: Failure = unanswered(&Fake {
                kind,
                effect: Effect::Unknown,
            })
            .into();
            assert!(matches!(
                probed::<()>(Err(failure.clone())),
                Probe::Retry(_)
            ));
            assert!(matches!(undone(Err(failure)), Undo::Retry(_)));
        }
    }
}
