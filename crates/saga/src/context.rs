//! What a step is told when it runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use crate::lease::LeaseClock;
use crate::{Failure, Reject, Step};

/// What a step is told when it runs.
#[derive(Debug, Clone)]
pub struct StepContext<P> {
    pub(crate) raw: RawContext,
    /// The run's parameters.
    pub params: P,
}

/// The part of the context that knows no types.
#[derive(Debug, Clone)]
pub(crate) struct RawContext {
    pub(crate) tenant_id: Uuid,
    pub(crate) run_id: Uuid,
    pub(crate) subject: Arc<str>,
    pub(crate) effect_key: Uuid,
    pub(crate) attempt: u32,
    pub(crate) params: Arc<Value>,
    /// Outputs of the step's direct and indirect dependencies; `None`: skipped.
    pub(crate) outputs: HashMap<String, Option<Value>>,
    pub(crate) lease: LeaseClock,
}

/// Why another step's output is not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputMissing {
    /// The step was skipped.
    #[error("step {0} was skipped")]
    Skipped(&'static str),
    /// The step is not a dependency, direct or indirect.
    #[error("step {0} is not a dependency of this one")]
    NotADependency(&'static str),
    /// The stored output is not of the declared type.
    #[error("the output of step {step} does not read")]
    Undecodable {
        /// The step.
        step: &'static str,
        /// The decoder's complaint.
        source: serde_json::Error,
    },
}

impl<P> StepContext<P> {
    /// The tenant whose run it is.
    #[must_use]
    pub const fn tenant_id(&self) -> Uuid {
        self.raw.tenant_id
    }

    /// The run.
    #[must_use]
    pub const fn run_id(&self) -> Uuid {
        self.raw.run_id
    }

    /// What the run is about.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.raw.subject
    }

    /// The same on every attempt of this step of this run: goes out as idempotency key or as the marker by which
    /// a probe knows its own.
    #[must_use]
    pub const fn effect_key(&self) -> Uuid {
        self.raw.effect_key
    }

    /// 1 on the very first attempt; for an undo, attempts of the undo.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.raw.attempt
    }

    /// How long this worker may still act for the run unless a heartbeat renews it.
    #[must_use]
    pub fn lease_left(&self) -> Duration {
        self.raw.lease.left()
    }

    /// The output of another step on which this one depends, directly or not.
    ///
    /// # Errors
    ///
    /// [`OutputMissing`] if it was skipped, is no dependency or does not decode.
    pub fn output_of<S: Step>(&self) -> Result<S::Output, OutputMissing> {
        match self.raw.outputs.get(S::NAME) {
            None => Err(OutputMissing::NotADependency(S::NAME)),
            Some(None) => Err(OutputMissing::Skipped(S::NAME)),
            Some(Some(value)) => {
                S::Output::deserialize_from(value).map_err(|source| OutputMissing::Undecodable {
                    step: S::NAME,
                    source,
                })
            }
        }
    }
}

/// Decoding without giving the value away.
trait FromStored: Sized {
    fn deserialize_from(value: &Value) -> Result<Self, serde_json::Error>;
}

impl<T: serde::de::DeserializeOwned> FromStored for T {
    fn deserialize_from(value: &Value) -> Result<Self, serde_json::Error> {
        T::deserialize(value)
    }
}

impl From<OutputMissing> for Reject {
    fn from(missing: OutputMissing) -> Self {
        Self::new("output_missing", missing.to_string())
    }
}

impl From<OutputMissing> for Failure {
    fn from(missing: OutputMissing) -> Self {
        Self::Reject(missing.into())
    }
}
