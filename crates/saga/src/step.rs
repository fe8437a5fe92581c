//! The contract of a step: probe, apply, undo.
//!
//! All three are idempotent and safe to run twice and after a crash at any line. The engine's order is: mark the
//! step started and commit; probe unless this is the very first attempt; apply; record the output in one fenced
//! write. So an effect is never repeated where the peer can tell us that it is already there.

use std::future::Future;
use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::{Backoff, StepContext};

/// One step of a saga. Implementations write `async fn`s.
pub trait Step: Send + Sync + 'static {
    /// The name in the graph; a constant, so that others can depend on it by type.
    const NAME: &'static str;
    /// The outside service it talks to: shares that peer's circuit and its limit of calls at once.
    const PEER: Option<&'static str> = None;
    /// The parameters of the sagas it belongs to.
    type Params: DeserializeOwned + Send + Sync + 'static;
    /// What it leaves for later steps: ids, never secrets.
    type Output: Serialize + DeserializeOwned + Send + 'static;

    /// How patiently it is tried.
    fn policy(&self) -> Policy {
        Policy::default()
    }

    /// Is it already so? Asked on every attempt but the first, and before undoing.
    fn probe(
        &self,
        ctx: &StepContext<Self::Params>,
    ) -> impl Future<Output = Probe<Self::Output>> + Send;

    /// Makes it so.
    fn apply(
        &self,
        ctx: &StepContext<Self::Params>,
    ) -> impl Future<Output = Apply<Self::Output>> + Send;

    /// Takes away what the probe just found to be ours; an absent thing is `Done`.
    fn undo(
        &self,
        ctx: &StepContext<Self::Params>,
        ours: Self::Output,
    ) -> impl Future<Output = Undo> + Send;
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe<T> {
    /// Nothing there.
    Absent,
    /// There, and made by this very step.
    Ours(T),
    /// There, and not ours: it is never overwritten and never removed.
    Foreign(String),
    /// The peer did not answer the question.
    Retry(Retry),
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Apply<T> {
    /// It is so.
    Done(T),
    /// Nothing happened; try again.
    Retry(Retry),
    /// It will never be so.
    Reject(Reject),
    /// The peer may or may not have done it; the next attempt probes first.
    Unknown {
        /// What was seen.
        reason: String,
    },
}

/// How an undo ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// It is gone.
    Done,
    /// Try again.
    Retry(Retry),
    /// It cannot be taken back: a person must look.
    Reject(Reject),
}

/// Not now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// When the peer asked us to come back.
    pub after: Option<Duration>,
    /// What was seen, without secrets.
    pub reason: String,
    /// The peer as a whole is away: opens its circuit, and the wait does not use up the step's deadline.
    pub is_peer_down: bool,
}

/// Never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Stable, for programs.
    pub code: String,
    /// For people, without secrets.
    pub detail: String,
}

/// How an attempt can fail, for step code written with `?`: see the `From` of [`Apply`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// See [`Apply::Retry`].
    Retry(Retry),
    /// See [`Apply::Reject`].
    Reject(Reject),
    /// See [`Apply::Unknown`].
    Unknown {
        /// What was seen.
        reason: String,
    },
}

/// How patiently a step is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Waits between tries.
    pub backoff: Backoff,
    /// How long it is tried in all, in wall time; the time a peer is down does not count.
    pub deadline: Duration,
    /// How long one attempt may take before it counts as [`Apply::Unknown`].
    pub timeout: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            backoff: Backoff::default(),
            deadline: Duration::from_hours(72),
            timeout: Duration::from_mins(1),
        }
    }
}

impl Retry {
    /// Try again after the ordinary backoff.
    pub fn because(reason: impl Into<String>) -> Self {
        Self {
            after: None,
            reason: reason.into(),
            is_peer_down: false,
        }
    }

    /// The peer cannot be reached or answers nobody.
    pub fn peer_down(reason: impl Into<String>) -> Self {
        Self {
            is_peer_down: true,
            ..Self::because(reason)
        }
    }

    /// Try again when the peer asked us to.
    #[must_use]
    pub fn after(mut self, after: Duration) -> Self {
        self.after = Some(after);
        self
    }
}

impl Reject {
    /// A refusal with its stable code.
    pub fn new(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            detail: detail.into(),
        }
    }
}

impl<T> From<Result<T, Failure>> for Apply<T> {
    fn from(result: Result<T, Failure>) -> Self {
        match result {
            Ok(output) => Self::Done(output),
            Err(Failure::Retry(retry)) => Self::Retry(retry),
            Err(Failure::Reject(reject)) => Self::Reject(reject),
            Err(Failure::Unknown { reason }) => Self::Unknown { reason },
        }
    }
}

impl From<Reject> for Failure {
    fn from(reject: Reject) -> Self {
        Self::Reject(reject)
    }
}

impl From<Retry> for Failure {
    fn from(retry: Retry) -> Self {
        Self::Retry(retry)
    }
}
