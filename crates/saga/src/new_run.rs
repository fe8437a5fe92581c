//! What a caller hands in to start a run.

use serde_json::Value;
use uuid::Uuid;

use crate::graph::{self, DefinitionError};

/// A run that is to be enqueued. Usually made by [`Registry::new_run`](crate::Registry::new_run).
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Whose run it is.
    pub tenant_id: Uuid,
    /// Which saga.
    pub kind: String,
    /// Which version of it.
    pub kind_version: i32,
    /// What it is about, such as `member:<id>`: one active run for each.
    pub subject: String,
    /// Enqueuing twice under one key gives the first run.
    pub dedupe_key: String,
    /// Ids and references; never a password or token.
    pub params: Value,
    /// Smaller goes first within the tenant; 2 is ordinary.
    pub priority: i16,
    /// It takes access away, and so has slots of its own.
    pub is_closing: bool,
    /// The run that enqueues it, if one does.
    pub parent_id: Option<Uuid>,
    /// The step after which the run only goes forward; `None`: it can be undone to the end.
    pub pivot: Option<String>,
    /// The graph.
    pub steps: Vec<NewStep>,
}

/// One step of a run that is to be enqueued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewStep {
    /// Its name, unique in the run.
    pub name: String,
    /// Names of the steps it waits for.
    pub depends_on: Vec<String>,
    /// Why it is left out, if it is: `{"code": …}`, shown to people.
    pub skipped: Option<Value>,
}

/// A run that is in the database once the caller's transaction commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enqueued {
    /// The run.
    pub run_id: Uuid,
    /// It had been enqueued before under the same dedupe key.
    pub existed: bool,
}

impl NewRun {
    /// The ordinary priority.
    pub const ORDINARY: i16 = 2;

    /// Leaves a step out, for the reason given; its dependents run as if it were done.
    ///
    /// # Errors
    ///
    /// [`DefinitionError::UnknownSkip`] if the run has no such step.
    pub fn skip(mut self, step: &str, reason: Value) -> Result<Self, DefinitionError> {
        let node = self
            .steps
            .iter_mut()
            .find(|node| node.name == step)
            .ok_or_else(|| DefinitionError::UnknownSkip(step.to_owned()))?;
        node.skipped = Some(reason);
        Ok(self)
    }

    /// Names the run that enqueues it.
    #[must_use]
    pub fn child_of(mut self, parent_id: Uuid) -> Self {
        self.parent_id = Some(parent_id);
        self
    }

    /// Sets the priority.
    #[must_use]
    pub fn priority(mut self, priority: i16) -> Self {
        self.priority = priority;
        self
    }

    /// Checks that the graph is one: known names, no circle.
    ///
    /// # Errors
    ///
    /// The first [`DefinitionError`] found.
    pub fn validate(&self) -> Result<(), DefinitionError> {
        for (what, text) in [
            ("the kind", &self.kind),
            ("the subject", &self.subject),
            ("the dedupe key", &self.dedupe_key),
        ] {
            if text.is_empty() {
                return Err(DefinitionError::Blank(what));
            }
        }
        let steps: Vec<(&str, Vec<&str>)> = self
            .steps
            .iter()
            .map(|step| {
                (
                    step.name.as_str(),
                    step.depends_on.iter().map(String::as_str).collect(),
                )
            })
            .collect();
        graph::check(&steps, self.pivot.as_deref())
    }
}
