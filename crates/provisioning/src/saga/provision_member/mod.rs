//! Gives a person every service.
//!
//! The account and the membership come first; the membership is the point of no return. Mail and files follow side by
//! side, and the invitation is last, so that nobody is invited to what is not there. Before the point of no return a
//! refusal takes the membership and an unused account back; after it the other branches go on, and the run waits for a
//! person at the service that was refused.

mod account;
mod app_password;
mod calendar;
mod invitation;
mod mailbox;
mod member;
mod nextcloud;

use std::sync::Arc;

use bheem_domain::{AccountId, MemberId};
use bheem_saga::{Graph, Saga};
use serde::{Deserialize, Serialize};

use super::Deps;
use account::AccountStep;
use app_password::AppPasswordStep;
use calendar::CalendarStep;
use invitation::InvitationStep;
use mailbox::MailboxStep;
use member::MemberStep;
use nextcloud::NextcloudStep;

/// Gives a person every service. See the module.
#[derive(Debug, Clone)]
pub struct ProvisionMember(Arc<Deps>);

/// Whom it is about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ProvisionParams {
    /// The membership.
    pub member_id: MemberId,
    /// The account behind it.
    pub account_id: AccountId,
    /// Who invites.
    #[serde(default)]
    pub inviter: Option<AccountId>,
}

impl ProvisionMember {
    pub(crate) fn new(deps: &Arc<Deps>) -> Self {
        Self(Arc::clone(deps))
    }
}

impl Saga for ProvisionMember {
    const KIND: &'static str = "provision_member";
    const VERSION: i32 = 1;
    const PIVOT: Option<&'static str> = Some(super::step_names::MEMBER);
    type Params = ProvisionParams;

    fn define(&self, graph: &mut Graph<ProvisionParams>) {
        let deps = || Arc::clone(&self.0);
        graph.step(AccountStep(deps()));
        graph.step(MemberStep(deps())).after::<AccountStep>();
        graph.step(MailboxStep(deps())).after::<MemberStep>();
        graph.step(AppPasswordStep(deps())).after::<MailboxStep>();
        graph.step(NextcloudStep(deps())).after::<MemberStep>();
        graph.step(CalendarStep(deps())).after::<NextcloudStep>();
        graph
            .step(InvitationStep(deps()))
            .after::<AppPasswordStep>()
            .after::<CalendarStep>();
    }
}
