use bheem_domain::provisioning::SkipReason;
use bheem_saga::{RunError, StepError};
use chrono::DateTime;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;

const NAMES: [&str; 7] = [
    "account",
    "member",
    "mailbox",
    "mailbox_app_password",
    "nextcloud_account",
    "nextcloud_calendar",
    "invitation",
];

fn step(name: &str, state: StepState) -> StepView {
    let has_error = matches!(state, StepState::Failed | StepState::UndoFailed);
    StepView {
        name: name.to_owned(),
        depends_on: Vec::new(),
        state,
        is_pivot: name == "member",
        error: has_error.then(|| StepError {
            code: "conflict".to_owned(),
            detail: format!("{name} is taken"),
        }),
        skip_reason: (state == StepState::Skipped).then(|| {
            let reason = SkipReason::PeerNotConfigured;
            json!({"reason": reason, "text": reason.to_string()})
        }),
        attempt: 1,
        next_at: DateTime::UNIX_EPOCH,
        output: None,
        started_at: None,
        ended_at: None,
    }
}

fn run(kind: &str, state: RunState, steps: Vec<StepView>) -> RunView {
    RunView {
        run_id: Uuid::nil(),
        tenant_id: Uuid::nil(),
        kind: kind.to_owned(),
        kind_version: 1,
        subject: "member:x".to_owned(),
        state,
        error: None,
        cancel_requested: false,
        is_leased: false,
        wake_at: DateTime::UNIX_EPOCH,
        created_at: DateTime::UNIX_EPOCH,
        finished_at: None,
        steps,
    }
}

fn provision(state: RunState, states: [StepState; 7]) -> RunView {
    let steps = NAMES.iter().zip(states);
    let steps = steps.map(|(name, state)| step(name, state)).collect();
    run("provision_member", state, steps)
}

#[test]
fn each_state_of_a_run_has_its_word() {
    use StepState::{Done, Failed, Pending, Skipped, Started, Undone};
    let table = [
        (
            RunState::Forward,
            [Done, Done, Started, Pending, Done, Done, Pending],
            ProvisioningStatus::Running,
            vec!["workspace", "nextcloud"],
            0,
        ),
        (
            RunState::Succeeded,
            [Done; 7],
            ProvisioningStatus::Success,
            vec!["workspace", "mailbox", "nextcloud", "notify"],
            0,
        ),
        (
            RunState::Succeeded,
            [Done, Done, Skipped, Skipped, Done, Done, Skipped],
            ProvisioningStatus::Success,
            vec!["workspace", "nextcloud"],
            0,
        ),
        (
            RunState::Stuck,
            [Done, Done, Failed, Pending, Done, Done, Pending],
            ProvisioningStatus::Partial,
            vec!["workspace", "nextcloud"],
            1,
        ),
        (
            RunState::Stuck,
            [Done, Done, Failed, Pending, Failed, Pending, Pending],
            ProvisioningStatus::Partial,
            vec!["workspace"],
            2,
        ),
        (
            RunState::Undone,
            [Undone, Undone, Pending, Pending, Pending, Pending, Pending],
            ProvisioningStatus::Failed,
            vec![],
            0,
        ),
        (
            RunState::Unwinding,
            [Done, Failed, Pending, Pending, Pending, Pending, Pending],
            ProvisioningStatus::Running,
            vec![],
            1,
        ),
    ];
    for (state, steps, status, provisioned, errors) in table {
        let outcome = outcome(&provision(state, steps));
        assert_eq!(outcome.status, status, "{state} {steps:?}");
        assert_eq!(outcome.provisioned(), provisioned, "{state} {steps:?}");
        assert_eq!(outcome.errors.len(), errors, "{state} {steps:?}");
    }
}

#[test]
fn the_failed_service_is_named_with_its_reason_and_the_waiting_one_with_what_it_waits_for() {
    use StepState::{Done, Failed, Pending};
    let view = provision(
        RunState::Stuck,
        [Done, Done, Failed, Pending, Done, Done, Pending],
    );
    let outcome = outcome(&view);
    assert_eq!(outcome.errors, ["Mailbox: mailbox is taken"]);
    let of = |name: &str| {
        let mut services = outcome.services.iter();
        services.find(|one| one.service == name).unwrap().clone()
    };
    assert_eq!(of("mailbox").reason.as_deref(), Some("mailbox is taken"));
    assert_eq!(of("notify").reason.as_deref(), Some("waits for mailbox"));
    assert_eq!(of("notify").status, ServiceStatus::Failed);
    assert_eq!(of("nextcloud").status, ServiceStatus::Success);
}

#[test]
fn a_run_that_was_undone_tells_why() {
    use StepState::{Pending, Undone};
    let mut view = provision(
        RunState::Undone,
        [Undone, Undone, Pending, Pending, Pending, Pending, Pending],
    );
    view.error = Some(RunError {
        step: Some("member".to_owned()),
        code: "tenant_suspended".to_owned(),
        detail: "the workspace is suspended".to_owned(),
    });
    let outcome = outcome(&view);
    assert_eq!(outcome.errors, ["Workspace: the workspace is suspended"]);
    assert_eq!(
        outcome.services[0].reason.as_deref(),
        Some("taken back: the workspace is suspended")
    );
}

#[test]
fn an_abandoned_run_has_failed_whatever_was_done() {
    let mut view = provision(RunState::Undone, [StepState::Done; 7]);
    view.error = Some(RunError {
        step: None,
        code: "abandoned".to_owned(),
        detail: "the person left".to_owned(),
    });
    let outcome = outcome(&view);
    assert_eq!(outcome.status, ProvisioningStatus::Failed);
    assert_eq!(outcome.errors, ["the person left"]);
}

#[test]
fn a_run_that_takes_services_away_has_given_none() {
    let steps = ["access", "mailbox_disable", "nextcloud_disable"];
    let steps = steps.map(|name| step(name, StepState::Done)).to_vec();
    let view = run("deprovision_member", RunState::Succeeded, steps);
    let outcome = outcome(&view);
    assert_eq!(outcome.status, ProvisioningStatus::Success);
    assert_eq!(outcome.services.len(), 3);
    assert!(outcome.provisioned().is_empty());
}

#[test]
fn the_reason_of_a_skip_is_told_in_words() {
    let mut by_operator = step("invitation", StepState::Skipped);
    by_operator.skip_reason = Some(json!({"code": "operator", "detail": "told by telephone"}));
    let steps = vec![step("mailbox", StepState::Skipped), by_operator];
    let outcome = outcome(&run("provision_member", RunState::Succeeded, steps));
    let reasons: Vec<_> = outcome
        .services
        .iter()
        .map(|one| (one.status, one.reason.as_deref()))
        .collect();
    assert_eq!(
        reasons,
        [
            (ServiceStatus::Skipped, Some("peer_not_configured")),
            (ServiceStatus::Skipped, Some("told by telephone")),
        ]
    );
}

fn any_state() -> impl Strategy<Value = StepState> {
    prop_oneof![
        Just(StepState::Pending),
        Just(StepState::Started),
        Just(StepState::Done),
        Just(StepState::Failed),
        Just(StepState::Skipped),
        Just(StepState::UndoStarted),
        Just(StepState::Undone),
        Just(StepState::UndoFailed),
    ]
}

fn any_run() -> impl Strategy<Value = RunView> {
    let states = prop_oneof![
        Just(RunState::Forward),
        Just(RunState::Unwinding),
        Just(RunState::Succeeded),
        Just(RunState::Undone),
        Just(RunState::Stuck),
    ];
    (states, proptest::array::uniform7(any_state()))
        .prop_map(|(state, steps)| provision(state, steps))
}

proptest! {
    #[test]
    fn success_is_said_only_of_what_was_done(view in any_run()) {
        let outcome = outcome(&view);
        prop_assert_eq!(outcome.services.len(), 4);
        for service in &outcome.services {
            let steps = service_steps(&view, service.service);
            let all_satisfied = steps.iter().all(|state| matches!(state, StepState::Done | StepState::Skipped));
            let any_done = steps.contains(&StepState::Done);
            prop_assert_eq!(service.status == ServiceStatus::Success, all_satisfied && any_done);
        }
    }

    #[test]
    fn a_settled_run_has_no_service_at_work(view in any_run()) {
        let outcome = outcome(&view);
        let is_running = |one: &ServiceOutcome| one.status == ServiceStatus::Running;
        if view.is_settled() {
            prop_assert!(!outcome.services.iter().any(is_running));
            prop_assert_ne!(outcome.status, ProvisioningStatus::Running);
        } else {
            prop_assert_eq!(outcome.status, ProvisioningStatus::Running);
        }
    }

    #[test]
    fn each_failed_step_is_an_error_with_the_name_of_its_service(view in any_run()) {
        let failed = view.steps.iter().filter(|step| step.error.is_some()).count();
        let outcome = outcome(&view);
        prop_assert_eq!(outcome.errors.len(), failed);
        for error in outcome.errors {
            let label = error.split(':').next().unwrap().to_owned();
            prop_assert!(["Workspace", "Mailbox", "Nextcloud", "Notification"].contains(&label.as_str()));
        }
    }
}

fn service_steps(view: &RunView, service: &str) -> Vec<StepState> {
    let names = match service {
        "workspace" => &NAMES[..2],
        "mailbox" => &NAMES[2..4],
        "nextcloud" => &NAMES[4..6],
        _ => &NAMES[6..],
    };
    let steps = view
        .steps
        .iter()
        .filter(|step| names.contains(&step.name.as_str()));
    steps.map(|step| step.state).collect()
}
