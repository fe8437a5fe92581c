//! A leased run's steps in memory: what the planner looks at, and what each event makes of them.
//!
//! Every method that changes a step returns the [`Change`] that makes the row agree.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use crate::attempt::Outcome;
use crate::claim::{Claimed, ClaimedStep};
use crate::context::RawContext;
use crate::fence::{Change, Fence, millis};
use crate::lease::LeaseClock;
use crate::plan::{self, Direction, Next, Node};
use crate::{Policy, Result, Retry, RunState, StepState};

/// No wait is longer: keeps arithmetic with what a peer asked for within bounds.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// What the planner does not need.
#[derive(Debug)]
struct Details {
    name: String,
    effect_key: Uuid,
    attempt: u32,
    undo_attempt: u32,
    failures: u32,
    deadline: Option<Instant>,
    output: Option<Value>,
    error: Option<Value>,
}

/// A leased run's steps.
#[derive(Debug)]
pub(crate) struct Progress {
    direction: Direction,
    nodes: Vec<Node>,
    details: Vec<Details>,
}

impl Progress {
    /// The steps as claimed at `now`.
    pub(crate) fn new(claimed: &Claimed, now: Instant) -> Result<Self> {
        let direction = match RunState::parse(&claimed.state)? {
            RunState::Unwinding => Direction::Unwinding,
            _ => Direction::Forward,
        };
        let steps = claimed.steps()?;
        let nodes = steps
            .iter()
            .map(|step| node(step, &steps, direction, now))
            .collect::<Result<_>>()?;
        let details = steps.into_iter().map(|step| details(step, now)).collect();
        Ok(Self {
            direction,
            nodes,
            details,
        })
    }

    pub(crate) const fn direction(&self) -> Direction {
        self.direction
    }

    pub(crate) fn name(&self, at: usize) -> &str {
        self.details.get(at).map_or("", |step| step.name.as_str())
    }

    pub(crate) fn next(&self, cancel: bool, now: Instant) -> Next {
        plan::next(self.direction, &self.nodes, cancel, now)
    }

    pub(crate) fn can_turn_back(&self) -> bool {
        self.direction == Direction::Forward && !plan::is_past_pivot(&self.nodes)
    }

    /// From now on steps are undone. Waits and deadlines of the way forward do not count any more.
    pub(crate) fn turn_back(&mut self) {
        self.direction = Direction::Unwinding;
        let now = Instant::now();
        for (node, step) in self.nodes.iter_mut().zip(&mut self.details) {
            node.due = now;
            step.deadline = None;
            step.failures = 0;
        }
    }

    /// Why the run does not go on, for its row.
    pub(crate) fn reason(&self, cancelled: bool) -> Value {
        let at_fault = self
            .nodes
            .iter()
            .zip(&self.details)
            .find(|(node, _)| matches!(node.state, StepState::Failed | StepState::UndoFailed));
        match at_fault {
            Some((_, step)) => {
                let text = |key: &str| {
                    step.error
                        .as_ref()
                        .and_then(|error| error.get(key)?.as_str().map(str::to_owned))
                        .unwrap_or_default()
                };
                run_error(Some(&step.name), &text("code"), &text("detail"))
            }
            None if cancelled => run_error(None, "cancelled", "stopped on request"),
            None => run_error(None, "blocked", "no step can go on"),
        }
    }

    /// The step's peer must not be called before `until`: it waits, and the wait does not use up its deadline.
    pub(crate) fn hold(&mut self, at: usize, until: Instant, now: Instant) -> Option<Change> {
        let node = self.nodes.get_mut(at)?;
        let step = self.details.get_mut(at)?;
        let wait = until.saturating_duration_since(now);
        node.due = until;
        step.deadline = step.deadline.map(|deadline| deadline + wait);
        let error = json!({"code": "peer_down", "detail": "the service is down; waiting for it"});
        step.error.get_or_insert_with(|| error.clone());
        Some(Change {
            delay_ms: Some(millis(wait)),
            error: step.error.clone(),
            ..change(node.state, step, "held", now)
        })
    }

    /// The step's next attempt begins.
    pub(crate) fn begin(&mut self, at: usize, patience: Duration, now: Instant) -> Option<Change> {
        let undo = self.direction == Direction::Unwinding;
        let node = self.nodes.get_mut(at)?;
        let step = self.details.get_mut(at)?;
        node.in_flight = true;
        let what = if undo {
            if node.state != StepState::UndoStarted {
                step.deadline = None;
                step.failures = 0;
            }
            node.state = StepState::UndoStarted;
            step.undo_attempt += 1;
            "undo_started"
        } else {
            node.state = StepState::Started;
            step.attempt += 1;
            "started"
        };
        step.deadline.get_or_insert(now + patience.min(LONGEST));
        Some(Change {
            begins: !undo,
            begins_undo: undo,
            ..change(node.state, step, what, now)
        })
    }

    /// The step's attempt ended. `held_for`: the peer is down, and how long its circuit stays open.
    pub(crate) fn end(
        &mut self,
        at: usize,
        outcome: Outcome,
        policy: Policy,
        took: Duration,
        held_for: Option<Duration>,
        now: Instant,
    ) -> Change {
        let undo = self.direction == Direction::Unwinding;
        let (Some(node), Some(step)) = (self.nodes.get_mut(at), self.details.get_mut(at)) else {
            return Change::default();
        };
        node.in_flight = false;
        match outcome {
            Outcome::Done(output) => {
                node.state = StepState::Done;
                step.output = Some(output.clone());
                step.error = None;
                step.failures = 0;
                Change {
                    ends: true,
                    output: Some(output),
                    ..change(node.state, step, "done", now)
                }
            }
            Outcome::Undone(found) => {
                node.state = StepState::Undone;
                let error =
                    found.map(|detail| json!({"code": "left_alone", "detail": clean(&detail)}));
                Change {
                    ends: true,
                    error,
                    ..change(node.state, step, "undone", now)
                }
            }
            Outcome::Reject(reject) => fail(node, step, undo, &reject.code, &reject.detail, now),
            Outcome::Retry(retry) => again(
                node, step, undo, "retry", &retry, policy, took, held_for, now,
            ),
            Outcome::Unknown(reason) => {
                let retry = Retry::because(reason);
                again(
                    node, step, undo, "unknown", &retry, policy, took, held_for, now,
                )
            }
        }
    }

    /// What the step is told when it runs.
    pub(crate) fn context(
        &self,
        at: usize,
        fence: Fence,
        subject: Arc<str>,
        params: Arc<Value>,
        lease: LeaseClock,
    ) -> RawContext {
        let step = self.details.get(at);
        let undo = self.direction == Direction::Unwinding;
        RawContext {
            tenant_id: fence.tenant_id,
            run_id: fence.run_id,
            subject,
            effect_key: step.map_or(Uuid::nil(), |step| step.effect_key),
            attempt: step.map_or(0, |step| {
                if undo {
                    step.undo_attempt
                } else {
                    step.attempt
                }
            }),
            params,
            outputs: self.outputs_for(at),
            lease,
        }
    }

    fn outputs_for(&self, at: usize) -> HashMap<String, Option<Value>> {
        plan::ancestors(&self.nodes, at)
            .into_iter()
            .filter_map(|at| Some((self.nodes.get(at)?, self.details.get(at)?)))
            .map(|(node, step)| {
                let output = (node.state != StepState::Skipped)
                    .then(|| step.output.clone().unwrap_or(Value::Null));
                (step.name.clone(), output)
            })
            .collect()
    }
}

/// The run's error as its row keeps it.
pub(crate) fn run_error(step: Option<&str>, code: &str, detail: &str) -> Value {
    json!({"step": step, "code": code, "detail": detail})
}

fn change(state: StepState, step: &Details, what: &'static str, now: Instant) -> Change {
    Change {
        name: step.name.clone(),
        state: state.as_str(),
        failures: step.failures,
        deadline_ms: step
            .deadline
            .map(|at| millis(at.saturating_duration_since(now))),
        what,
        ..Change::default()
    }
}

fn fail(
    node: &mut Node,
    step: &mut Details,
    undo: bool,
    code: &str,
    detail: &str,
    now: Instant,
) -> Change {
    let (state, what) = if undo {
        (StepState::UndoFailed, "undo_failed")
    } else {
        (StepState::Failed, "failed")
    };
    node.state = state;
    let error = json!({"code": clean(code), "detail": clean(detail)});
    step.error = Some(error.clone());
    Change {
        ends: true,
        error: Some(error),
        ..change(state, step, what, now)
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call site each; a struct would only rename them"
)]
fn again(
    node: &mut Node,
    step: &mut Details,
    undo: bool,
    what: &'static str,
    retry: &Retry,
    policy: Policy,
    took: Duration,
    held_for: Option<Duration>,
    now: Instant,
) -> Change {
    step.failures = step.failures.saturating_add(1);
    let delay = held_for
        .unwrap_or_else(|| {
            policy
                .backoff
                .delay(step.failures, retry.after, rand::random::<f64>())
        })
        .min(LONGEST);
    if held_for.is_some() {
        step.deadline = step.deadline.map(|deadline| deadline + took + delay);
    } else if step
        .deadline
        .is_some_and(|deadline| now + delay >= deadline)
    {
        let detail = format!("gave up in the end: {}", retry.reason);
        return fail(node, step, undo, "deadline", &detail, now);
    }
    node.due = now + delay;
    let code = if held_for.is_some() {
        "peer_down"
    } else {
        what
    };
    let error = json!({"code": code, "detail": clean(&retry.reason)});
    step.error = Some(error.clone());
    Change {
        delay_ms: Some(millis(delay)),
        error: Some(error),
        ..change(node.state, step, what, now)
    }
}

/// PostgreSQL's jsonb holds no NUL.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

fn node(
    step: &ClaimedStep,
    all: &[ClaimedStep],
    direction: Direction,
    now: Instant,
) -> Result<Node> {
    let state = StepState::parse(&step.state)?;
    // A wait counts only on the way on which it was decided.
    let waits = direction == Direction::Forward || state == StepState::UndoStarted;
    let due_in = if waits { step.due_ms.max(0) } else { 0 };
    Ok(Node {
        depends_on: step
            .depends_on
            .iter()
            .filter_map(|name| all.iter().position(|other| other.name == *name))
            .collect(),
        is_pivot: step.is_pivot,
        state,
        due: now + from_millis(due_in),
        in_flight: false,
    })
}

fn details(step: ClaimedStep, now: Instant) -> Details {
    Details {
        deadline: step.deadline_ms.map(|left| now + from_millis(left)),
        name: step.name,
        effect_key: step.effect_key,
        attempt: step.attempt,
        undo_attempt: step.undo_attempt,
        failures: step.failures,
        output: step.output,
        error: step.error,
    }
}

fn from_millis(millis: i64) -> Duration {
    Duration::from_millis(millis.try_into().unwrap_or(0)).min(LONGEST)
}
