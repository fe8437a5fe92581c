//! How a run stands, in the words of the API. Pure: everything is in the run's rows.
//!
//! A service is what its steps are. Success is said only of what was done, never of what was merely attempted.

use bheem_domain::provisioning::ProvisioningStatus;
use bheem_saga::{RunState, RunView, Saga, StepState, StepView};
use serde_json::Value;

use crate::saga::{ProvisionMember, step_names};

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// As a whole.
    pub status: ProvisioningStatus,
    /// Service by service.
    pub services: Vec<ServiceOutcome>,
    /// What went wrong, each beginning with the service's name.
    pub errors: Vec<String>,
    gives: bool,
}

/// How one service stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceOutcome {
    /// `workspace`, `mailbox`, `nextcloud` or `notify`.
    pub service: &'static str,
    /// Where it stands.
    pub status: ServiceStatus,
    /// Why it failed, waits or was left out.
    pub reason: Option<String>,
}

/// Where one service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServiceStatus {
    /// Everything of it is done.
    Success,
    /// At work, or waiting for its peer.
    Running,
    /// Refused, or not to be had until somebody acts.
    Failed,
    /// Left out on purpose.
    Skipped,
}

impl ServiceStatus {
    /// The word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl Outcome {
    /// The services that a run which gives services has given; only what succeeded.
    #[must_use]
    pub fn provisioned(&self) -> Vec<&'static str> {
        self.services
            .iter()
            .filter(|service| self.gives && service.status == ServiceStatus::Success)
            .map(|service| service.service)
            .collect()
    }
}

/// The services that the run has given; see [`Outcome::provisioned`].
#[must_use]
pub fn services_provisioned(run: &RunView) -> Vec<&'static str> {
    outcome(run).provisioned()
}

/// How a run stands. Any run of this crate's sagas; steps that no service has are left out.
#[must_use]
pub fn outcome(run: &RunView) -> Outcome {
    let parts: Vec<(&Service, Vec<&StepView>)> = SERVICES
        .iter()
        .map(|service| (service, service.steps_of(run)))
        .filter(|(_, steps)| !steps.is_empty())
        .collect();
    let mut errors: Vec<String> = parts
        .iter()
        .flat_map(|(service, steps)| {
            let failed = steps.iter().filter(|step| is_failed(step));
            failed.filter_map(|step| Some(service.complaint(&step.error.as_ref()?.detail)))
        })
        .collect();
    if errors.is_empty()
        && matches!(run.state, RunState::Undone | RunState::Stuck)
        && let Some(error) = &run.error
    {
        // The step at fault was undone since, or a person ended the run.
        let at_fault = error.step.as_deref().and_then(service_of);
        errors.push(at_fault.map_or_else(
            || error.detail.clone(),
            |service| service.complaint(&error.detail),
        ));
    }
    Outcome {
        status: status(run),
        services: parts
            .into_iter()
            .map(|(service, steps)| judge(run, service.name, &steps))
            .collect(),
        errors,
        gives: run.kind == ProvisionMember::KIND,
    }
}

struct Service {
    name: &'static str,
    label: &'static str,
    steps: &'static [&'static [&'static str]],
}

const SERVICES: [Service; 4] = [
    Service {
        name: "workspace",
        label: "Workspace",
        steps: &[&[
            step_names::ACCOUNT,
            step_names::MEMBER,
            step_names::ACCESS,
            step_names::DOMAIN,
            step_names::DOMAIN_ROW,
            step_names::ASK_PEOPLE,
            step_names::REOPEN_PEOPLE,
            step_names::PEOPLE,
            step_names::FREE,
            step_names::RENAMED,
        ]],
    },
    Service {
        name: "mailbox",
        label: "Mailbox",
        steps: &[
            step_names::MAILBOX,
            step_names::DEPROVISION_MAILBOX,
            step_names::DOMAIN_MAIL,
            step_names::DOMAIN_MAIL_OFF,
            step_names::TENANT_MAIL,
            step_names::RENAME_MAILBOX,
        ],
    },
    Service {
        name: "nextcloud",
        label: "Nextcloud",
        steps: &[
            step_names::NEXTCLOUD,
            step_names::DEPROVISION_NEXTCLOUD,
            step_names::TENANT_NEXTCLOUD,
            step_names::RENAME_NEXTCLOUD,
        ],
    },
    Service {
        name: "notify",
        label: "Notification",
        steps: &[step_names::INVITATION, &[step_names::MAIL]],
    },
];

impl Service {
    fn has(&self, step: &str) -> bool {
        self.steps.iter().any(|names| names.contains(&step))
    }

    fn steps_of<'a>(&self, run: &'a RunView) -> Vec<&'a StepView> {
        run.steps
            .iter()
            .filter(|step| self.has(&step.name))
            .collect()
    }

    fn complaint(&self, detail: &str) -> String {
        format!("{}: {detail}", self.label)
    }
}

fn service_of(step: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.has(step))
}

fn status(run: &RunView) -> ProvisioningStatus {
    match run.state {
        RunState::Forward | RunState::Unwinding => ProvisioningStatus::Running,
        RunState::Succeeded => ProvisioningStatus::Success,
        RunState::Undone => ProvisioningStatus::Failed,
        RunState::Stuck => {
            let is_past_pivot = run.steps.iter().any(|step| {
                step.is_pivot && matches!(step.state, StepState::Done | StepState::Skipped)
            });
            if is_past_pivot {
                ProvisioningStatus::Partial
            } else {
                ProvisioningStatus::Failed
            }
        }
    }
}

fn judge(run: &RunView, service: &'static str, steps: &[&StepView]) -> ServiceOutcome {
    let (status, reason) = if let Some(step) = steps.iter().find(|step| is_failed(step)) {
        (ServiceStatus::Failed, detail(step))
    } else if steps.iter().all(|step| step.state == StepState::Skipped) {
        let reason = steps.iter().find_map(|step| skipped(step));
        (ServiceStatus::Skipped, reason)
    } else if steps
        .iter()
        .all(|step| matches!(step.state, StepState::Done | StepState::Skipped))
    {
        match steps.iter().find_map(|step| left_alone(step)) {
            Some(reason) => (ServiceStatus::Skipped, Some(reason)),
            None => (ServiceStatus::Success, None),
        }
    } else if run.is_settled() {
        (ServiceStatus::Failed, Some(unfinished(run, steps)))
    } else {
        let reason = steps.iter().find_map(|step| detail(step));
        (ServiceStatus::Running, reason)
    };
    ServiceOutcome {
        service,
        status,
        reason,
    }
}

fn is_failed(step: &StepView) -> bool {
    matches!(step.state, StepState::Failed | StepState::UndoFailed)
}

fn detail(step: &StepView) -> Option<String> {
    let error = step.error.as_ref()?;
    Some(error.detail.clone())
}

/// Why a settled run has not finished a service of which no step failed.
fn unfinished(run: &RunView, steps: &[&StepView]) -> String {
    if run.state == RunState::Undone {
        return run.error.as_ref().map_or_else(
            || "taken back".to_owned(),
            |error| format!("taken back: {}", error.detail),
        );
    }
    let waits_for = run.steps.iter().filter(|step| is_failed(step));
    let names: Vec<&str> = waits_for.map(|step| step.name.as_str()).collect();
    if names.is_empty() || steps.is_empty() {
        "not finished".to_owned()
    } else {
        format!("waits for {}", names.join(", "))
    }
}

/// What a step found instead of what it was to close: nothing was closed, and nobody is told that it was.
fn left_alone(step: &StepView) -> Option<String> {
    let output = step.output.as_ref()?;
    let found = output.get("found").unwrap_or(output).as_str()?;
    match found {
        "foreign" => Some("what is there is not the workspace's, and was left alone".to_owned()),
        "absent" => Some("there was nothing to close".to_owned()),
        _ => None,
    }
}

/// The planner writes a text; an operator's reason is a detail.
fn skipped(step: &StepView) -> Option<String> {
    let reason = step.skip_reason.as_ref()?;
    ["text", "detail", "code"]
        .iter()
        .find_map(|key| reason.get(key).and_then(Value::as_str))
        .map(str::to_owned)
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
