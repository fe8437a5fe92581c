#![doc = include_str!("../README.md")]

mod attempt;
mod backoff;
pub mod claim;
mod config;
mod context;
mod end;
mod enqueue;
mod erase;
mod error;
mod fence;
mod graph;
mod health;
mod hub;
mod lease;
mod listen;
mod moves;
mod new_run;
mod operator;
mod plan;
mod progress;
mod registry;
mod runner;
mod sql;
mod state;
mod step;
mod store;
mod verbs;
mod view;
mod wait;
mod worker;

pub use backoff::Backoff;
pub use config::WorkerConfig;
pub use context::{OutputMissing, StepContext};
pub use end::{Children, count_children, is_settling, supersede_all};
pub use enqueue::{enqueue, supersede};
pub use error::{Error, Result};
pub use graph::DefinitionError;
pub use new_run::{Enqueued, NewRun, NewStep};
pub use registry::{Added, Graph, Registry, Saga};
pub use state::{RunState, StepState};
pub use step::{Apply, Failure, Policy, Probe, Reject, Retry, Step, Undo};
pub use store::Store;
pub use view::{
    Event, Filter, RunError, RunView, StepError, StepView, find_run, find_runs, list_events,
};
pub use worker::Worker;
