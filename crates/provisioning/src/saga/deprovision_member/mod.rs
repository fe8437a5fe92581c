//! Takes a person's services away. Nothing is deleted: what was closed opens again when the person comes back.
//!
//! The right to sign in goes first, and then there is no way back: mail and files follow side by side.

mod access;
mod mailbox;
mod nextcloud;

use std::sync::Arc;

use bheem_domain::{AccountId, MemberId, TenantId};
use bheem_saga::{Graph, Saga};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Deps;
use crate::app_passwords::Owner;
use access::AccessStep;
use mailbox::MailboxDisableStep;
use nextcloud::NextcloudDisableStep;

/// Takes a person's services away. See the module.
#[derive(Debug, Clone)]
pub struct DeprovisionMember(Arc<Deps>);

/// Whom it is about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DeprovisionParams {
    /// The membership.
    pub member_id: MemberId,
    /// The account behind it.
    pub account_id: AccountId,
}

impl DeprovisionMember {
    pub(crate) fn new(deps: &Arc<Deps>) -> Self {
        Self(Arc::clone(deps))
    }
}

impl Saga for DeprovisionMember {
    const KIND: &'static str = "deprovision_member";
    const VERSION: i32 = 1;
    const PIVOT: Option<&'static str> = Some(super::step_names::ACCESS);
    const IS_CLOSING: bool = true;
    type Params = DeprovisionParams;

    fn define(&self, graph: &mut Graph<DeprovisionParams>) {
        let deps = || Arc::clone(&self.0);
        graph.step(AccessStep(deps()));
        graph.step(MailboxDisableStep(deps())).after::<AccessStep>();
        graph
            .step(NextcloudDisableStep(deps()))
            .after::<AccessStep>();
    }
}

fn owner(tenant_id: Uuid, params: &DeprovisionParams) -> Owner {
    Owner {
        tenant_id: TenantId::from(tenant_id),
        member_id: params.member_id,
        account_id: params.account_id,
    }
}
