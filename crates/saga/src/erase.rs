//! Steps behind one object-safe face, so that the engine can hold steps of any types.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::context::RawContext;
use crate::{Apply, Policy, Probe, Reject, Step, StepContext, Undo};

/// A step whose types are values.
pub(crate) trait ErasedStep: Send + Sync {
    fn peer(&self) -> Option<&'static str>;
    fn policy(&self) -> Policy;
    fn probe(&self, ctx: RawContext) -> BoxFuture<'_, Result<Probe<Value>, Reject>>;
    fn apply(&self, ctx: RawContext) -> BoxFuture<'_, Apply<Value>>;
    fn undo(&self, ctx: RawContext, ours: Value) -> BoxFuture<'_, Undo>;
}

impl<S: Step> ErasedStep for S {
    fn peer(&self) -> Option<&'static str> {
        S::PEER
    }

    fn policy(&self) -> Policy {
        Step::policy(self)
    }

    fn probe(&self, ctx: RawContext) -> BoxFuture<'_, Result<Probe<Value>, Reject>> {
        async move {
            let ctx = typed::<S::Params>(ctx)?;
            Ok(match Step::probe(self, &ctx).await {
                Probe::Absent => Probe::Absent,
                Probe::Ours(output) => Probe::Ours(encode(&output)?),
                Probe::Foreign(detail) => Probe::Foreign(detail),
                Probe::Retry(retry) => Probe::Retry(retry),
            })
        }
        .boxed()
    }

    fn apply(&self, ctx: RawContext) -> BoxFuture<'_, Apply<Value>> {
        async move {
            let ctx = match typed::<S::Params>(ctx) {
                Ok(ctx) => ctx,
                Err(reject) => return Apply::Reject(reject),
            };
            match Step::apply(self, &ctx).await {
                Apply::Done(output) => encode(&output).map_or_else(Apply::Reject, Apply::Done),
                Apply::Retry(retry) => Apply::Retry(retry),
                Apply::Reject(reject) => Apply::Reject(reject),
                Apply::Unknown { reason } => Apply::Unknown { reason },
            }
        }
        .boxed()
    }

    fn undo(&self, ctx: RawContext, ours: Value) -> BoxFuture<'_, Undo> {
        async move {
            let ctx = match typed::<S::Params>(ctx) {
                Ok(ctx) => ctx,
                Err(reject) => return Undo::Reject(reject),
            };
            match serde_json::from_value(ours) {
                Ok(ours) => Step::undo(self, &ctx, ours).await,
                Err(error) => Undo::Reject(Reject::new("bad_output", error.to_string())),
            }
        }
        .boxed()
    }
}

fn typed<P: DeserializeOwned>(raw: RawContext) -> Result<StepContext<P>, Reject> {
    let params = P::deserialize(&*raw.params)
        .map_err(|error| Reject::new("bad_params", error.to_string()))?;
    Ok(StepContext { raw, params })
}

fn encode<T: serde::Serialize>(output: &T) -> Result<Value, Reject> {
    serde_json::to_value(output).map_err(|error| Reject::new("bad_output", error.to_string()))
}
