use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn node(depends_on: &[usize], state: StepState) -> Node {
    Node {
        depends_on: depends_on.to_vec(),
        is_pivot: false,
        state,
        due: Instant::now(),
        in_flight: false,
    }
}

fn pivot(mut node: Node) -> Node {
    node.is_pivot = true;
    node
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

#[test]
fn independent_steps_start_together() {
    let nodes = [
        node(&[], StepState::Done),
        node(&[0], StepState::Pending),
        node(&[0], StepState::Pending),
        node(&[1, 2], StepState::Pending),
    ];
    assert_eq!(
        next(Direction::Forward, &nodes, false, later()),
        Next::Work(vec![1, 2])
    );
}

#[test]
fn a_dependent_does_not_wait_for_siblings() {
    let mut sibling = node(&[0], StepState::Started);
    sibling.in_flight = true;
    let nodes = [
        node(&[], StepState::Done),
        sibling,
        node(&[0], StepState::Done),
        node(&[2], StepState::Pending),
    ];
    assert_eq!(
        next(Direction::Forward, &nodes, false, later()),
        Next::Work(vec![3])
    );
}

#[test]
fn a_failure_before_the_pivot_turns_back_once_nothing_is_in_flight() {
    let mut nodes = [
        node(&[], StepState::Failed),
        node(&[], StepState::Started),
        pivot(node(&[0, 1], StepState::Pending)),
    ];
    nodes[1].in_flight = true;
    assert_eq!(
        next(Direction::Forward, &nodes, false, later()),
        Next::Work(vec![])
    );
    nodes[1].in_flight = false;
    assert_eq!(
        next(Direction::Forward, &nodes, false, later()),
        Next::TurnBack
    );
}

#[test]
fn a_failure_after_the_pivot_lets_other_branches_go_on() {
    let mut nodes = [
        pivot(node(&[], StepState::Done)),
        node(&[0], StepState::Failed),
        node(&[0], StepState::Pending),
        node(&[1], StepState::Pending),
    ];
    assert_eq!(
        next(Direction::Forward, &nodes, false, later()),
        Next::Work(vec![2])
    );
    nodes[2].state = StepState::Done;
    assert_eq!(
        next(Direction::Forward, &nodes, false, later()),
        Next::Stuck
    );
}

#[test]
fn cancelling_works_before_the_pivot_only() {
    let mut nodes = [
        node(&[], StepState::Done),
        pivot(node(&[0], StepState::Pending)),
    ];
    assert_eq!(
        next(Direction::Forward, &nodes, true, later()),
        Next::TurnBack
    );
    nodes[1].state = StepState::Done;
    assert_eq!(
        next(Direction::Forward, &nodes, true, later()),
        Next::Succeeded
    );
}

#[test]
fn undoing_goes_against_the_arrows_even_through_a_skipped_step() {
    let mut nodes = [
        node(&[], StepState::Done),
        node(&[0], StepState::Skipped),
        node(&[1], StepState::Done),
    ];
    assert_eq!(
        next(Direction::Unwinding, &nodes, false, later()),
        Next::Work(vec![2])
    );
    nodes[2].state = StepState::Undone;
    assert_eq!(
        next(Direction::Unwinding, &nodes, false, later()),
        Next::Work(vec![0])
    );
    nodes[0].state = StepState::Undone;
    assert_eq!(
        next(Direction::Unwinding, &nodes, false, later()),
        Next::Undone
    );
}

#[test]
fn a_refused_undo_is_stuck_after_the_others_are_undone() {
    let mut nodes = [node(&[], StepState::UndoFailed), node(&[], StepState::Done)];
    assert_eq!(
        next(Direction::Unwinding, &nodes, false, later()),
        Next::Work(vec![1])
    );
    nodes[1].state = StepState::Undone;
    assert_eq!(
        next(Direction::Unwinding, &nodes, false, later()),
        Next::Stuck
    );
}

#[test]
fn waiting_ends_with_the_first_step_that_is_due() {
    let now = Instant::now();
    let mut nodes = [node(&[], StepState::Started), node(&[], StepState::Started)];
    nodes[0].due = now + Duration::from_secs(9);
    nodes[1].due = now + Duration::from_secs(5);
    assert_eq!(
        next(Direction::Forward, &nodes, false, now),
        Next::Wait(nodes[1].due)
    );
}

fn any_graph() -> impl Strategy<Value = Vec<Node>> {
    (1_usize..8)
        .prop_flat_map(|size| {
            let edges = proptest::collection::vec(any::<u8>(), size);
            (edges, 0..size, any::<u64>())
        })
        .prop_map(|(edges, pivot_at, _)| {
            edges
                .iter()
                .enumerate()
                .map(|(at, bits)| {
                    let deps: Vec<usize> = (0..at).filter(|dep| bits & (1 << dep) != 0).collect();
                    let mut node = node(&deps, StepState::Pending);
                    node.is_pivot = at == pivot_at;
                    node
                })
                .collect()
        })
}

proptest! {
    /// Whatever fails, a run that is worked to its end is succeeded, undone or (past the pivot only) stuck.
    #[test]
    fn every_run_comes_to_an_end(mut nodes in any_graph(), outcomes in proptest::collection::vec(any::<bool>(), 8)) {
        let now = later();
        let mut direction = Direction::Forward;
        let mut turns = 0;
        let end = loop {
            turns += 1;
            prop_assert!(turns < 64);
            match next(direction, &nodes, false, now) {
                Next::Work(start) => {
                    for at in start {
                        let free = nodes[at].depends_on.iter().all(|dep| is_satisfied(nodes[*dep].state));
                        let dependents_gone = !has_dirty_dependents(&nodes, at);
                        nodes[at].state = match direction {
                            Direction::Forward => {
                                prop_assert!(free);
                                if outcomes[at] { StepState::Done } else { StepState::Failed }
                            }
                            Direction::Unwinding => {
                                prop_assert!(dependents_gone);
                                StepState::Undone
                            }
                        };
                    }
                }
                Next::TurnBack => {
                    prop_assert!(!is_past_pivot(&nodes));
                    direction = Direction::Unwinding;
                }
                end => break end,
            }
        };
        match end {
            Next::Succeeded => prop_assert!(nodes.iter().all(|node| node.state == StepState::Done)),
            Next::Undone => prop_assert!(nodes.iter().all(|node| !is_dirty(node.state))),
            Next::Stuck => prop_assert!(is_past_pivot(&nodes)),
            other => prop_assert!(false, "{other:?}"),
        }
    }
}
