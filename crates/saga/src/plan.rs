//! What to do next with a run, given where its steps stand. Pure.
//!
//! Invariants: nothing starts before its dependencies are done or skipped; nothing is undone before everything that
//! built upon it is; once the pivot is done the run never turns back by itself.

use tokio::time::Instant;

use crate::StepState;

/// A step as the planner sees it.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) depends_on: Vec<usize>,
    pub(crate) is_pivot: bool,
    pub(crate) state: StepState,
    /// It must not be tried before.
    pub(crate) due: Instant,
    pub(crate) in_flight: bool,
}

/// Which way the run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Unwinding,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Start these (possibly none) and wait for what is in flight.
    Work(Vec<usize>),
    /// Nothing can be done before this moment.
    Wait(Instant),
    /// Begin to undo.
    TurnBack,
    /// Every step is done or skipped.
    Succeeded,
    /// Nothing is left.
    Undone,
    /// Nothing more can be done by a machine.
    Stuck,
}

/// The point of no return has been passed.
pub(crate) fn is_past_pivot(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| {
        node.is_pivot
            && (node.state == StepState::Done
                || (node.state == StepState::Skipped && is_free(nodes, node)))
    })
}

/// Decides.
pub(crate) fn next(direction: Direction, nodes: &[Node], cancel: bool, now: Instant) -> Next {
    match direction {
        Direction::Forward => forward(nodes, cancel, now),
        Direction::Unwinding => unwinding(nodes, now),
    }
}

fn forward(nodes: &[Node], cancel: bool, now: Instant) -> Next {
    let failed = nodes.iter().any(|node| node.state == StepState::Failed);
    let halting = (failed || cancel) && !is_past_pivot(nodes);
    let open: Vec<usize> = if halting {
        Vec::new()
    } else {
        indexes(nodes, |node| {
            matches!(node.state, StepState::Pending | StepState::Started) && is_free(nodes, node)
        })
    };
    if let Some(next) = work_or_wait(nodes, &open, now) {
        return next;
    }
    if nodes.iter().all(|node| is_satisfied(node.state)) {
        return Next::Succeeded;
    }
    if halting { Next::TurnBack } else { Next::Stuck }
}

fn unwinding(nodes: &[Node], now: Instant) -> Next {
    let open = indexes(nodes, |node| {
        is_dirty(node.state) && node.state != StepState::UndoFailed
    });
    let open: Vec<usize> = open
        .into_iter()
        .filter(|at| !has_dirty_dependents(nodes, *at))
        .collect();
    if let Some(next) = work_or_wait(nodes, &open, now) {
        return next;
    }
    if nodes.iter().any(|node| is_dirty(node.state)) {
        Next::Stuck
    } else {
        Next::Undone
    }
}

/// Starts what is due; else waits for what is in flight; else for the next moment something is due.
fn work_or_wait(nodes: &[Node], open: &[usize], now: Instant) -> Option<Next> {
    let waiting: Vec<(usize, Instant)> = open
        .iter()
        .filter_map(|at| nodes.get(*at).map(|node| (*at, node)))
        .filter(|(_, node)| !node.in_flight)
        .map(|(at, node)| (at, node.due))
        .collect();
    let due: Vec<usize> = waiting
        .iter()
        .filter(|(_, at)| *at <= now)
        .map(|(at, _)| *at)
        .collect();
    if !due.is_empty() || nodes.iter().any(|node| node.in_flight) {
        return Some(Next::Work(due));
    }
    waiting.iter().map(|(_, at)| *at).min().map(Next::Wait)
}

fn indexes(nodes: &[Node], test: impl Fn(&Node) -> bool) -> Vec<usize> {
    nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| test(node))
        .map(|(at, _)| at)
        .collect()
}

/// Dependencies are satisfied.
fn is_free(nodes: &[Node], node: &Node) -> bool {
    node.depends_on
        .iter()
        .all(|dep| nodes.get(*dep).is_some_and(|dep| is_satisfied(dep.state)))
}

const fn is_satisfied(state: StepState) -> bool {
    matches!(state, StepState::Done | StepState::Skipped)
}

/// It may have left something in a peer.
const fn is_dirty(state: StepState) -> bool {
    matches!(
        state,
        StepState::Started
            | StepState::Failed
            | StepState::Done
            | StepState::UndoStarted
            | StepState::UndoFailed
    )
}

/// Something that built upon the step, directly or not, is not undone yet.
fn has_dirty_dependents(nodes: &[Node], step: usize) -> bool {
    nodes.iter().enumerate().any(|(at, node)| {
        node.depends_on.contains(&step) && (is_dirty(node.state) || has_dirty_dependents(nodes, at))
    })
}

/// Every step on which `step` depends, directly or not.
pub(crate) fn ancestors(nodes: &[Node], step: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = vec![step];
    while let Some(at) = open.pop() {
        for dep in nodes
            .get(at)
            .map(|node| node.depends_on.as_slice())
            .unwrap_or_default()
        {
            if !found.contains(dep) {
                found.push(*dep);
                open.push(*dep);
            }
        }
    }
    found
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
