//! One attempt of one step: its peer's permit, the probe where it is due, then the act, all within a time limit.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::context::RawContext;
use crate::erase::ErasedStep;
use crate::{Apply, Probe, Reject, Retry, Undo};

/// How an attempt ended, whichever way the run goes.
#[derive(Debug)]
pub(crate) enum Outcome {
    Done(Value),
    /// Undone; the text says what was found if it was not simply taken away.
    Undone(Option<String>),
    Retry(Retry),
    Reject(Reject),
    Unknown(String),
}

/// One attempt, ready to go.
pub(crate) struct Attempt {
    pub(crate) step: Arc<dyn ErasedStep>,
    pub(crate) ctx: RawContext,
    pub(crate) permits: Option<Arc<Semaphore>>,
    pub(crate) limit: Duration,
    pub(crate) undo: bool,
}

impl Attempt {
    /// Never panics and never hangs longer than its limit, once the peer's permit is there.
    pub(crate) async fn run(self) -> Outcome {
        let _permit = match self.permits.clone() {
            Some(permits) => permits.acquire_owned().await.ok(),
            None => None,
        };
        let limit = self.limit;
        let work = async {
            if self.undo {
                undo(&*self.step, self.ctx).await
            } else {
                forward(&*self.step, self.ctx).await
            }
        };
        match timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_panic)) => Outcome::Unknown("the step panicked".to_owned()),
            Err(_elapsed) => Outcome::Unknown(format!("no answer within {limit:?}")),
        }
    }
}

async fn forward(step: &dyn ErasedStep, ctx: RawContext) -> Outcome {
    if ctx.attempt > 1 {
        match step.probe(ctx.clone()).await {
            Ok(Probe::Absent) => {}
            Ok(Probe::Ours(output)) => return Outcome::Done(output),
            Ok(Probe::Foreign(detail)) => return Outcome::Reject(Reject::new("conflict", detail)),
            Ok(Probe::Retry(retry)) => return Outcome::Retry(retry),
            Err(reject) => return Outcome::Reject(reject),
        }
    }
    match step.apply(ctx).await {
        Apply::Done(output) => Outcome::Done(output),
        Apply::Retry(retry) => Outcome::Retry(retry),
        Apply::Reject(reject) => Outcome::Reject(reject),
        Apply::Unknown { reason } => Outcome::Unknown(reason),
    }
}

async fn undo(step: &dyn ErasedStep, ctx: RawContext) -> Outcome {
    let ours = match step.probe(ctx.clone()).await {
        Ok(Probe::Absent) => return Outcome::Undone(None),
        Ok(Probe::Foreign(detail)) => return Outcome::Undone(Some(detail)),
        Ok(Probe::Ours(output)) => output,
        Ok(Probe::Retry(retry)) => return Outcome::Retry(retry),
        Err(reject) => return Outcome::Reject(reject),
    };
    match step.undo(ctx, ours).await {
        Undo::Done => Outcome::Undone(None),
        Undo::Retry(retry) => Outcome::Retry(retry),
        Undo::Reject(reject) => Outcome::Reject(reject),
    }
}
