//! Operations as they are answered.

use bheem_provisioning::{ServiceOutcome, outcome};
use bheem_saga::RunView;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Work at the peers, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationResponse {
    /// The operation.
    pub id: Uuid,
    /// The tenant it works for.
    pub tenant_id: Uuid,
    /// What it does, such as `provision_member`.
    pub kind: String,
    /// `running`, `success`, `partial` or `failed`.
    pub status: &'static str,
    /// Whether nothing happens any more unless somebody acts.
    pub is_settled: bool,
    /// How each service stands.
    pub services: Vec<ServiceResponse>,
    /// What went wrong, by service.
    pub errors: Vec<String>,
    /// Its steps.
    pub steps: Vec<StepResponse>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// How a service stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceResponse {
    /// Its name.
    pub service: &'static str,
    /// `success`, `running`, `failed` or `skipped`.
    pub status: &'static str,
    /// Why it failed, waits or was skipped.
    pub reason: Option<String>,
}

/// A step of an operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepResponse {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: &'static str,
    /// How often it was tried.
    pub attempt: u32,
    /// Stable code of its last failure.
    pub error_code: Option<String>,
    /// Its last failure in words.
    pub error: Option<String>,
    /// When it is tried again, while it waits.
    pub next_at: Option<DateTime<Utc>>,
}

impl From<ServiceOutcome> for ServiceResponse {
    fn from(outcome: ServiceOutcome) -> Self {
        Self {
            service: outcome.service,
            status: outcome.status.as_str(),
            reason: outcome.reason,
        }
    }
}

impl From<&RunView> for OperationResponse {
    fn from(run: &RunView) -> Self {
        let outcome = outcome(run);
        let is_settled = run.is_settled();
        Self {
            id: run.run_id,
            tenant_id: run.tenant_id,
            kind: run.kind.clone(),
            status: outcome.status.as_str(),
            is_settled,
            services: outcome.services.into_iter().map(Into::into).collect(),
            errors: outcome.errors,
            steps: run
                .steps
                .iter()
                .map(|step| StepResponse {
                    name: step.name.clone(),
                    state: step.state.as_str(),
                    attempt: step.attempt,
                    error_code: step.error.as_ref().map(|error| error.code.clone()),
                    error: step.error.as_ref().map(|error| error.detail.clone()),
                    next_at: (step.error.is_some() && !is_settled).then_some(step.next_at),
                })
                .collect(),
            created_at: run.created_at,
            finished_at: run.finished_at,
        }
    }
}
