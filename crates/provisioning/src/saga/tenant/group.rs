//! The tenant's group at Nextcloud goes, and with it what was shared with the group. Its name bears the tenant's id,
//! so nobody ever gets it again.

use std::sync::Arc;

use bheem_domain::TenantId;
use bheem_http_kit::Deleted;
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{TenantParams, patient};
use crate::{
    connector::{failed, nextcloud::group_id},
    credential,
    saga::Deps,
};

type Context = StepContext<TenantParams>;

pub(super) struct GroupStep(pub(super) Arc<Deps>);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RemovedGroup {
    /// There was one.
    was_there: bool,
}

impl GroupStep {
    async fn remove(&self, ctx: &Context) -> Result<RemovedGroup, Failure> {
        let group = group_id(TenantId::from(ctx.tenant_id()));
        let removed = self.0.nextcloud()?.ocs().groups().delete(&group).await;
        let removed = removed.map_err(|error| failed(&error))?;
        Ok(RemovedGroup {
            was_there: removed == Deleted::Removed,
        })
    }
}

impl Step for GroupStep {
    const NAME: &'static str = "nextcloud_group";
    const PEER: Option<&'static str> = Some(credential::NEXTCLOUD);
    type Params = TenantParams;
    type Output = RemovedGroup;

    fn policy(&self) -> Policy {
        patient(&self.0)
    }

    /// Removing twice is removing once.
    async fn probe(&self, _ctx: &Context) -> Probe<RemovedGroup> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<RemovedGroup> {
        self.remove(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: RemovedGroup) -> Undo {
        Undo::Done
    }
}
