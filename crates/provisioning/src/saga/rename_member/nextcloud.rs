//! The account at Nextcloud bears the new name, and notifications go to the new address.

use std::sync::Arc;

use bheem_nextcloud::UserField;
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};

use super::RenameParams;
use crate::{
    connector::{failed, nextcloud::user_id, unanswered},
    credential,
    saga::{Deps, require_active},
};

pub(super) struct NextcloudStep(pub(super) Arc<Deps>);

type Context = StepContext<RenameParams>;

impl NextcloudStep {
    /// Answers whether there is an account.
    async fn rename(&self, ctx: &Context) -> Result<bool, Failure> {
        let found = self.0.find_member(ctx.tenant_id(), ctx.params.member_id);
        let member = require_active(found.await?)?;
        let users = self.0.nextcloud()?.ocs().users();
        let id = user_id(member.user_id);
        let found = users.find(&id).await;
        let Some(user) = found.map_err(|error| unanswered(&error))? else {
            return Ok(false);
        };
        let email = member.email.to_string();
        let fields = [
            (
                UserField::DisplayName,
                &member.name,
                user.display_name.unwrap_or_default(),
            ),
            (UserField::Email, &email, user.email.unwrap_or_default()),
        ];
        for (field, wanted, is) in fields {
            if *wanted != is {
                let edited = users.edit(&id, &field, wanted).await;
                edited.map_err(|error| failed(&error))?;
            }
        }
        Ok(true)
    }
}

impl Step for NextcloudStep {
    const NAME: &'static str = "nextcloud_rename";
    const PEER: Option<&'static str> = Some(credential::NEXTCLOUD);
    type Params = RenameParams;
    type Output = bool;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Renaming twice is renaming once.
    async fn probe(&self, _ctx: &Context) -> Probe<bool> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<bool> {
        self.rename(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: bool) -> Undo {
        Undo::Done
    }
}
