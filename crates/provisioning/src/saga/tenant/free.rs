//! The last step of deleting a tenant: its domains are nobody's from here on, and whoever proves one gets it.

use std::sync::Arc;

use bheem_domain::TenantId;
use bheem_persistence::{SystemScope, repo::Entity};
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{TenantParams, patient};
use crate::{
    connector::database,
    saga::{Deps, step_names},
};

type Context = StepContext<TenantParams>;

pub(super) struct FreeStep(pub(super) Arc<Deps>);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Freed {
    /// How many domains there were.
    domains: usize,
}

impl FreeStep {
    async fn free(&self, ctx: &Context) -> Result<Freed, Failure> {
        let id = TenantId::from(ctx.tenant_id());
        let scope = SystemScope::server("free the domains of a tenant that is gone");
        let work = async {
            let mut tx = self.0.database.system(&scope).await?;
            let domains = tx.domains_of(id).list().await?;
            let now = self.0.database.clock().now();
            for domain in &domains {
                // Whoever proves the name next gets fresh accounts.
                tx.accounts()
                    .release_domain(id, &domain.domain, "tenant", now)
                    .await?;
                tx.domains_of(id).remove(domain.id).await?;
                tx.activity(Some(id))
                    .record(
                        "domain_removed",
                        Some(Entity::new("domain", domain.id)),
                        &format!("Domain {} removed with its tenant", domain.domain),
                        None,
                    )
                    .await?;
            }
            tx.activity(Some(id))
                .record(
                    "tenant.closed",
                    Some(Entity::new("tenant", id)),
                    "Every service of the deleted tenant is closed",
                    None,
                )
                .await?;
            tx.commit().await?;
            Ok(Freed {
                domains: domains.len(),
            })
        };
        work.await.map_err(|error| database(&error))
    }
}

impl Step for FreeStep {
    const NAME: &'static str = step_names::FREE;
    type Params = TenantParams;
    type Output = Freed;

    fn policy(&self) -> Policy {
        patient(&self.0)
    }

    /// Freeing twice is freeing once.
    async fn probe(&self, _ctx: &Context) -> Probe<Freed> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<Freed> {
        self.free(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: Freed) -> Undo {
        Undo::Done
    }
}
