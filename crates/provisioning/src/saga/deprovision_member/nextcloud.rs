//! The person leaves the tenant's group; with the last seat in an open tenant the account is disabled. Files and
//! calendars stay.

use std::sync::Arc;

use bheem_domain::TenantId;
use bheem_http_kit::ErrorKind;
use bheem_persistence::SystemScope;
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{DeprovisionParams, owner};
use crate::{
    connector::{
        database, failed,
        nextcloud::{group_id, user_id},
    },
    credential,
    saga::Deps,
};

pub(super) struct NextcloudDisableStep(pub(super) Arc<Deps>);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NextcloudDisableOutput {
    /// The account is disabled; otherwise another tenant needs it, or there is none.
    is_disabled: bool,
    /// What was found instead of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    found: Option<String>,
}

impl NextcloudDisableOutput {
    fn new(is_disabled: bool) -> Self {
        Self {
            is_disabled,
            found: None,
        }
    }
}

type Context = StepContext<DeprovisionParams>;

impl NextcloudDisableStep {
    async fn close(&self, ctx: &Context) -> Result<NextcloudDisableOutput, Failure> {
        let users = self.0.nextcloud()?.ocs().users();
        let id = user_id(ctx.params.account_id);
        // Before the account is disabled: nobody could remove them in its name afterwards.
        let owner = owner(ctx.tenant_id(), &ctx.params);
        self.0.remove_nextcloud_app_passwords(owner).await?;
        let group = group_id(TenantId::from(ctx.tenant_id()));
        let left = users.remove_from_group(&id, &group).await;
        left.map_err(|error| failed(&error))?;
        if self.has_seat(ctx).await? {
            return Ok(NextcloudDisableOutput::new(false));
        }
        match users.disable(&id).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(NextcloudDisableOutput {
                    found: Some("absent".to_owned()),
                    ..NextcloudDisableOutput::new(false)
                });
            }
            Err(error) => return Err(failed(&error)),
        }
        // Another tenant may have let the person in while we disabled.
        let is_wanted_again = self.has_seat(ctx).await?;
        if is_wanted_again {
            let enabled = users.enable(&id).await;
            enabled.map_err(|error| failed(&error))?;
        }
        Ok(NextcloudDisableOutput::new(!is_wanted_again))
    }

    async fn has_seat(&self, ctx: &Context) -> Result<bool, Failure> {
        let scope = SystemScope::server("whether an account has a seat in an open tenant");
        let work = async {
            let mut read = self.0.database.system_read(&scope).await?;
            let account_id = ctx.params.account_id;
            let seats = read.tenants().count_open_seats_of(account_id).await?;
            Ok(seats > 0)
        };
        work.await.map_err(|error| database(&error))
    }
}

impl Step for NextcloudDisableStep {
    const NAME: &'static str = "nextcloud_disable";
    const PEER: Option<&'static str> = Some(credential::NEXTCLOUD);
    type Params = DeprovisionParams;
    type Output = NextcloudDisableOutput;

    fn policy(&self) -> Policy {
        self.0.closing_policy()
    }

    /// Doing it twice is doing it once.
    async fn probe(&self, _ctx: &Context) -> Probe<NextcloudDisableOutput> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<NextcloudDisableOutput> {
        let closed = async {
            let output = self.close(ctx).await?;
            let settled = self.0.require_settled(ctx.tenant_id(), ctx.subject()).await;
            settled.map(|()| output)
        };
        closed.await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: NextcloudDisableOutput) -> Undo {
        Undo::Done
    }
}
